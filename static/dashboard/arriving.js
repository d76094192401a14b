// @ts-check
/** A conversation goes on while it is read: what comes appears at its end, and nobody loses their place. */

const SOONEST = 1_000; // milliseconds between two looks, however often somebody comes back
const SOON = 3_000; // while something comes, or is being answered
const SELDOM = 15_000;
const GONE = [401, 403, 404]; // signed out, or deleted meanwhile
const MOST_SAID = 300; // characters of a message that are said aloud

const turns = /** @type {HTMLElement} */ (document.querySelector("[data-turns]")); // none on an older page
const below = /** @type {HTMLElement} */ (document.querySelector(".arrived"));
const heard = /** @type {HTMLElement} */ (document.querySelector(".arrived ~ [role=status]"));
const eye = new IntersectionObserver((sights) => {
  if (!sights.some(({ isIntersecting }) => isIntersecting)) return;
  eye.disconnect();
  below.hidden = true;
});

let known = "";
let wait = SOON;
let looked = Date.now();
let timer = 0;

/** Look how the conversation has gone on, unless nobody would see it. */
async function look() {
  const last = /** @type {HTMLElement | null} */ (turns.lastElementChild);
  if (document.hidden || !last) return;
  looked = Date.now();
  const place = new URL(turns.dataset.turns ?? "", location.href);
  place.searchParams.set("turn", last.dataset.turn ?? "");
  const headers = { Accept: "application/json", "If-None-Match": known };
  const answer = await fetch(place, { headers }).catch(() => undefined); // the next look asks again
  if (answer && GONE.includes(answer.status)) return;
  const told = answer?.ok ? await answer.json().catch(() => undefined) : undefined;
  if (told) {
    known = answer?.headers.get("ETag") ?? "";
    take(new DOMParser().parseFromString(told.html, "text/html"));
  }
  wait = told ? SOON : Math.min(wait * 1.5, SELDOM);
  plan();
}

function plan(after = wait) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(after, looked + SOONEST - Date.now()));
}

/** Show the last turns as they are now, and what is said about all of them. @param {Document} told */
function take(told) {
  const came = /** @type {NodeListOf<HTMLElement>} */ (told.querySelectorAll("[data-turn]"));
  /** @type {HTMLElement | undefined} */
  let first;
  hold(() => {
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (told.querySelectorAll("[data-part]"))) {
      const shown = document.querySelector(`[data-part="${part.dataset.part}"]`);
      if (shown) update(shown, document.importNode(part, true));
    }
    for (const each of came) {
      const fresh = document.importNode(each, true);
      const shown = /** @type {HTMLElement | null} */ (turns.querySelector(`[data-turn="${fresh.dataset.turn}"]`));
      if (shown?.dataset.state === fresh.dataset.state) continue;
      say(fresh, shown);
      if (shown) update(shown, fresh);
      else turns.append(fresh);
      (shown ?? fresh).dispatchEvent(new Event("arrive", { bubbles: true }));
      if (!shown) first ??= fresh;
    }
  });
  if (first) point(first);
}

/** Change the page, and leave what is seen where it is: what stands under the turns, or one of them. @param {() => void} change */
function hold(change) {
  const before = turns.getBoundingClientRect();
  change();
  const after = turns.getBoundingClientRect();
  const isBelow = heard.nextElementSibling && before.bottom < innerHeight;
  const top = isBelow ? after.bottom - before.bottom : before.top < 0 ? after.top - before.top : 0;
  scrollBy({ top, behavior: "instant" });
}

/** Say what somebody has written, and an answer once it is whole. @param {HTMLElement} fresh @param {HTMLElement | null} shown */
function say(fresh, shown) {
  const isOver = fresh.ariaBusy !== "true" && shown?.ariaBusy !== "false";
  const words = [shown ? null : fresh.querySelector(".question"), isOver ? fresh.querySelector(".answer") : null];
  const said = words.flatMap((node) => node?.textContent?.replace(/\s+/g, " ").trim().slice(0, MOST_SAID) || []);
  if (said[0]) heard.textContent = said.join(" ");
}

/** Lead to a turn until it was seen. @param {HTMLElement} turn */
function point(turn) {
  if (turn.getBoundingClientRect().top < innerHeight) return;
  if (below.hidden) /** @type {HTMLAnchorElement} */ (below.querySelector("a")).hash = turn.id;
  below.hidden = false;
  eye.observe(turn);
}

/**
 * Make a part of the page what it is now, and leave alone what has stayed as it was: somebody may
 * read in it, or be about to press it.
 *
 * @param {Node} shown
 * @param {Node} fresh
 */
function update(shown, fresh) {
  if (shown.isEqualNode(fresh)) return;
  if (!(shown instanceof HTMLElement && fresh instanceof HTMLElement && shown.localName === fresh.localName)) {
    return shown.parentNode?.replaceChild(fresh, shown);
  }
  for (const { name, value } of fresh.attributes) shown.setAttribute(name, value);
  const [before, after] = [[...shown.childNodes], [...fresh.childNodes]];
  after.forEach((node, place) => (before[place] ? update(before[place], node) : shown.append(node)));
  for (const node of before.slice(after.length)) node.remove();
}

/** Look again soon: somebody is here. */
function back() {
  wait = SOON;
  plan(0);
}

if (turns) {
  plan();
  for (const sign of ["focus", "online", "visibilitychange"]) addEventListener(sign, back);
  addEventListener("input", () => (wait = SOON));
}
