// @ts-check
/**
 * Citation marks show the passage they lead to in a small card beside them: while the pointer or the
 * focus is on one, or until the next click once one was clicked. Without this a mark is a link to
 * its passage under the answer.
 */

const LEAVING = 180; // milliseconds to move the pointer from a mark onto its card

const card = document.createElement("div");
card.className = "peek";
card.id = "peek";
card.popover = "manual";
card.setAttribute("role", "note");

/** @type {HTMLAnchorElement | undefined} */
let mark;
let pinned = false;
let leaving = 0;

/** @type {WeakSet<HTMLAnchorElement>} */
const prepared = new WeakSet();

/** @param {HTMLAnchorElement} wanted */
function show(wanted) {
  clearTimeout(leaving);
  if (mark === wanted) return;
  hide();
  const passage = passageOf(wanted);
  if (!passage) return;
  mark = wanted;
  mark.setAttribute("aria-expanded", "true");
  mark.setAttribute("aria-describedby", card.id);
  const title = document.createElement("strong");
  title.textContent = passage.querySelector("summary bdi")?.textContent ?? "";
  const rest = [...passage.querySelectorAll("blockquote, .note")].map((part) => part.cloneNode(true));
  card.replaceChildren(title, ...rest);
  mark.parentElement?.after(card); // so that its links are next for the keyboard
  card.showPopover();
  place(mark.getBoundingClientRect());
  const words = card.querySelector("blockquote");
  if (words && words.scrollHeight > words.clientHeight) words.tabIndex = 0; // to scroll by keyboard
}

/** Put the card under its mark, or above where there is no room. @param {DOMRect} here */
function place(here) {
  const { offsetHeight: height, offsetWidth: width } = card;
  const below = here.bottom + 8;
  const fits = below + height < innerHeight || here.top - 8 < height;
  const left = Math.max(16, Math.min(here.left - 24, document.documentElement.clientWidth - width - 16));
  card.style.setProperty("top", `${scrollY + (fits ? below : here.top - 8 - height)}px`);
  card.style.setProperty("left", `${scrollX + left}px`);
}

function hide() {
  clearTimeout(leaving);
  pinned = false;
  mark?.removeAttribute("aria-expanded");
  mark?.removeAttribute("aria-describedby");
  mark = undefined;
  card.remove();
}

function leave() {
  clearTimeout(leaving);
  if (!pinned) leaving = setTimeout(hide, LEAVING);
}

/** @param {HTMLAnchorElement} of */
function passageOf(of) {
  return document.getElementById(of.hash.slice(1));
}

/** Open the passage that the address names. */
function open() {
  const passage = location.hash && document.getElementById(location.hash.slice(1))?.querySelector("details");
  if (passage) passage.open = true;
}

/** Let a mark show its passage. @param {HTMLAnchorElement} link */
function prepare(link) {
  const title = passageOf(link)?.querySelector("summary bdi")?.textContent;
  link.setAttribute("aria-label", `Source ${link.textContent}: ${title}`);
  if (prepared.has(link)) return;
  prepared.add(link);
  link.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show(link));
  link.addEventListener("pointerleave", leave);
  link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (pinned && mark === link) return hide();
    show(link);
    pinned = true;
  });
}

/** @param {ParentNode} part */
function prepareIn(part) {
  hide();
  /** @type {NodeListOf<HTMLAnchorElement>} */ (part.querySelectorAll(".mark a")).forEach(prepare);
}

if ("popover" in HTMLElement.prototype) {
  prepareIn(document);
  addEventListener("arrive", ({ target }) => prepareIn(/** @type {HTMLElement} */ (target)));
}
card.addEventListener("pointerenter", () => clearTimeout(leaving));
card.addEventListener("pointerleave", leave);
addEventListener("focusin", ({ target }) => {
  if (mark && target !== mark && !card.contains(/** @type {Node} */ (target))) hide();
});
addEventListener("click", ({ target }) => {
  if (mark && target !== mark && !card.contains(/** @type {Node} */ (target))) hide();
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !mark) return;
  if (card.contains(document.activeElement)) mark.focus();
  hide();
});
addEventListener("resize", hide);
addEventListener("hashchange", open);
open();
