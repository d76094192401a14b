// @ts-check
/** The list of conversations: short addresses of filters, ticking many, and what happens meanwhile. */

const EVERY = 10_000;
const SOON = 1_500;

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-picking]"));
const bar = /** @type {HTMLElement | null} */ (document.querySelector("[data-picked]"));
const every = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-every]"));
const everything = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-everything]"));
const fresh = /** @type {HTMLElement | null} */ (document.querySelector("[data-fresh]"));
const changes = /** @type {HTMLElement | null} */ (document.querySelector("[data-changes]"));

/** @returns {HTMLInputElement[]} */
function boxes() {
  return [...(form?.querySelectorAll('input[name="id"]') ?? [])].map((box) => /** @type {HTMLInputElement} */ (box));
}

/** Show what can be done once something is ticked, and say to how many. */
function tell() {
  if (!bar || !every) return;
  const ticked = boxes().filter((box) => box.checked).length;
  const all = everything?.checked ?? false;
  bar.hidden = !ticked && !all;
  every.checked = ticked > 0 && ticked === boxes().length;
  every.indeterminate = ticked > 0 && !every.checked;
  const said = bar.querySelector("[data-said]");
  if (said) said.textContent = all ? "All that match" : `${ticked} ticked`;
}

/**
 * Ask once in a while what there is to tell, until that says it is over.
 *
 * @param {string | undefined} place
 * @param {number} pause
 * @param {(told: any) => boolean | void} tell
 */
async function watch(place, pause, tell) {
  while (place) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (document.hidden) continue;
    try {
      const answer = await fetch(place, { headers: { Accept: "application/json" } });
      if (answer.status === 401) return; // signed out meanwhile
      if (answer.ok && tell(await answer.json())) return;
    } catch {
      // the line is broken for now; the next round asks again
    }
  }
}

/**
 * Say how many have come to the front.
 *
 * @param {{count: number, more: boolean}} told
 */
function tellFresh({ count, more }) {
  const link = fresh?.querySelector("a");
  if (!link) return;
  link.hidden = !count;
  if (count) link.textContent = `${count}${more ? "+" : ""} new`;
}

/**
 * Say how far a change to all that matched is.
 *
 * @param {{said: string, over: boolean}} told
 */
function tellChanges({ said, over }) {
  const words = changes?.querySelector("span");
  const link = changes?.querySelector("a");
  if (words && words.textContent !== said) words.textContent = said;
  if (link) link.hidden = !over;
  changes?.classList.toggle("success", over);
  return over;
}

document.querySelector(".filtering")?.addEventListener("formdata", (event) => {
  const { formData } = /** @type {FormDataEvent} */ (event);
  for (const [name, value] of [...formData]) if (!value || value === "newest") formData.delete(name);
});

if (form && bar && every) {
  /** @type {HTMLElement} */ (every.closest("label")).hidden = false;
  every.addEventListener("change", () => {
    for (const box of boxes()) box.checked = every.checked;
    tell();
  });
  form.addEventListener("change", (event) => event.target !== every && tell());
  addEventListener("pageshow", tell); // a browser that goes back ticks what was ticked
  tell();
}
const said = changes?.querySelector("a");
if (said) said.hidden = true; // until it is over
watch(changes?.dataset.changes, SOON, tellChanges);
watch(fresh?.dataset.fresh, EVERY, tellFresh);
