// @ts-check
/** The small card that shows a passage beside its mark. */

import { make } from "./dom.js";
import { caption, passage } from "./sources.js";
import { fill } from "./strings.js";

/** @typedef {import("./conversation.js").Source} Source */
/** @typedef {import("./strings.js").Strings} Strings */

const LEAVING = 180; // milliseconds to move the pointer from a mark onto its card

export class Peek {
  #frame;
  #strings;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #leaving;
  /** @type {HTMLElement | undefined} */
  #mark;

  /**
   * @param {HTMLElement} frame  what the card must stay within
   * @param {() => Strings} strings
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
    this.pinned = false;
    frame.addEventListener("click", ({ target }) => {
      const within = /** @type {Node} */ (target);
      if (!this.card.contains(within) && !this.#mark?.contains(within)) this.hide();
    });
  }

  /** Draw the mark that shows a source's passage. @param {Source} source @returns {HTMLElement} */
  mark(source) {
    const mark = make(
      "button",
      {
        type: "button",
        class: "citation",
        "aria-label": fill(this.#strings().source, { n: source.index, title: source.title }),
        "aria-expanded": "false",
        onpointerenter: (/** @type {PointerEvent} */ event) => event.pointerType === "mouse" && this.#show(mark, source),
        onpointerleave: () => this.#leave(),
        onfocus: () => mark.matches(":focus-visible") && this.#show(mark, source),
        onblur: () => this.#leave(),
        onclick: () => {
          const again = this.pinned && this.#mark === mark;
          if (again) return this.hide();
          this.#show(mark, source);
          this.pinned = true;
        },
      },
      String(source.index),
    );
    return mark;
  }

  /** Take the card away, and say whether there was one. */
  hide() {
    const shown = !this.card.hidden;
    this.card.hidden = true;
    this.pinned = false;
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
    const strings = this.#strings();
    const words = passage(source, strings).filter((node) => node !== undefined);
    this.card.replaceChildren(make("div", { class: "heading" }, ...caption(source, strings)), ...words);
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
    if (this.pinned) return;
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => this.hide(), LEAVING);
  }
}
