// @ts-check
/** The list of conversations: short addresses of filters, ticking many, a word when new ones have come. */

const EVERY = 10_000;

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-picking]"));
const bar = /** @type {HTMLElement | null} */ (document.querySelector("[data-picked]"));
const every = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-every]"));
const everything = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-everything]"));
const fresh = /** @type {HTMLElement | null} */ (document.querySelector("[data-fresh]"));

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

/** Ask once in a while how many have come to the front. */
async function watch() {
  const place = fresh?.dataset.fresh;
  const link = fresh?.querySelector("a");
  while (place && link) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    if (document.hidden) continue;
    try {
      const answer = await fetch(place, { headers: { Accept: "application/json" } });
      if (answer.status === 401) return; // signed out meanwhile
      if (!answer.ok) continue;
      const { count, more } = await answer.json();
      link.hidden = !count;
      if (count) link.textContent = `${count}${more ? "+" : ""} new`;
    } catch {
      // the line is broken for now; the next round asks again
    }
  }
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
watch();
