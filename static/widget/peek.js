// @ts-check
/** The small card that shows a passage beside its mark. Fetched when somebody looks at a mark. */

import { make } from "./dom.js";
import { caption, passage } from "./sources.js";
import { wear } from "./style.js";

/** @typedef {import("./conversation.js").Source} Source */
/** @typedef {import("./strings.js").Strings} Strings */

const LEAVING = 180; // milliseconds to move the pointer from a mark onto its card

const PASSAGE_LOOK = /* css */ `
  .passage { position: absolute; inset-inline: 12px; display: flex; flex-direction: column; gap: 8px; padding: 12px 14px; border: 1px solid var(--line); border-radius: 10px; background: var(--back); box-shadow: 0 8px 28px #0003; animation: rise 0.2s }
  .heading { display: flex; align-items: center; gap: 10px }
`;

export class Peek {
  #frame;
  #strings;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #leaving;
  /** @type {HTMLElement | undefined} */
  #mark;
  #pinned = false;

  /**
   * @param {HTMLElement} frame  what the card must stay within
   * @param {Strings} strings
   */
  constructor(frame, strings) {
    this.#frame = frame;
    this.#strings = strings;
    this.card = make("div", {
      class: "passage",
      id: "passage",
      role: "note",
      hidden: true,
      onpointerenter: () => clearTimeout(this.#leaving),
      onpointerleave: () => this.#leave(),
    });
    wear(frame, PASSAGE_LOOK);
    frame.append(this.card);
    frame.addEventListener("click", ({ target }) => {
      const within = /** @type {Node} */ (target);
      if (!this.card.contains(within) && !this.#mark?.contains(within)) this.hide();
    });
  }

  /**
   * Show a source's passage, if the visitor still looks at its mark.
   *
   * @param {{type: string, target: EventTarget | null}} event
   * @param {Source} source
   */
  look({ type, target }, source) {
    const mark = /** @type {HTMLElement} */ (target);
    if (type === "click") {
      const again = this.#pinned && this.#mark === mark;
      if (again) return void this.hide();
      this.#show(mark, source);
      this.#pinned = true;
    } else if (mark.matches(":hover, :focus-visible")) this.#show(mark, source);
  }

  /** Take the card away, and say whether there was one. */
  hide() {
    const shown = !this.card.hidden;
    this.card.hidden = true;
    this.#pinned = false;
    if (this.#mark) this.#mark.ariaExpanded = "false";
    this.#mark?.removeAttribute("aria-describedby"); // or it would tell of the passage shown last
    this.#mark = undefined;
    return shown;
  }

  /** Stay beside the mark while the log moves under it, as long as the mark can be seen. */
  follow() {
    const seen = this.#mark?.closest(".log")?.getBoundingClientRect();
    const here = this.#mark?.getBoundingClientRect();
    if (seen && here && here.bottom > seen.top && here.top < seen.bottom) this.#place(here);
    else this.hide();
  }

  /** @param {HTMLElement} mark @param {Source} source */
  #show(mark, source) {
    clearTimeout(this.#leaving);
    if (this.#mark === mark) return;
    this.hide();
    this.#mark = mark;
    mark.ariaExpanded = "true";
    mark.setAttribute("aria-describedby", "passage");
    for (const name of ["pointerleave", "blur"]) mark.addEventListener(name, () => this.#leave(), { once: true });
    const strings = this.#strings;
    this.card.replaceChildren(make("div", { class: "heading" }, ...caption(source, strings)), ...passage(source, strings));
    this.card.hidden = false;
    this.#place(mark.getBoundingClientRect());
  }

  /** @param {DOMRect} here */
  #place(here) {
    const around = this.#frame.getBoundingClientRect();
    const below = here.bottom - around.top + 6;
    const fits = below + this.card.offsetHeight < around.height - 8;
    const top = fits ? below : Math.max(8, here.top - around.top - this.card.offsetHeight - 6);
    this.card.style.setProperty("top", `${top}px`);
  }

  #leave() {
    if (this.#pinned) return;
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => this.hide(), LEAVING);
  }
}
