// @ts-check
/** Where the visitor types. */

import { icon, label, make } from "./dom.js";
import { ENGLISH, fill } from "./strings.js";

/** @typedef {import("./strings.js").Strings} Strings */

export class Composer {
  #strings = ENGLISH;
  #limit = 2000;
  #busy = false;
  #counter = make("span", { class: "counter", id: "counter" });
  #field;
  #button;
  /** How questions are asked besides their words. @type {{mode?: string, source_ids?: string[]}} */
  how = {};

  /**
   * @param {object} hands
   * @param {(text: string) => void} hands.ask
   * @param {() => void} hands.stop
   * @param {(text: string) => void} hands.draft
   * @param {() => void} hands.mention  an @ may become the name of a source
   */
  constructor({ ask, stop, draft, mention }) {
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const text = this.text.trim();
      if (this.#busy || !text || this.text.length > this.#limit) return;
      this.text = "";
      ask(text);
    };
    this.#field = make("textarea", {
      class: "field",
      rows: 1,
      dir: "auto",
      enterkeyhint: "send",
      "aria-describedby": "counter",
      oninput: () => {
        this.#fit();
        draft(this.text);
        if (this.text.includes("@")) mention();
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        // While an input method composes, Enter chooses a word.
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
      },
    });
    this.#button = make("button", {
      class: "send",
      onclick: (/** @type {Event} */ event) => {
        if (!this.#busy) return;
        event.preventDefault();
        stop();
      },
    });
    const box = make("div", { class: "box" }, this.#field, this.#counter, this.#button);
    this.node = make("form", { class: "composer", onsubmit: submit }, box);
  }

  /** @param {Strings} strings @param {number} limit */
  speak(strings, limit) {
    this.#strings = strings;
    this.#limit = limit;
    this.#field.placeholder = strings.placeholder;
    this.#field.ariaLabel = strings.placeholder;
    this.busy = this.#busy;
  }

  get text() {
    return this.#field.value;
  }

  set text(text) {
    this.#field.value = text;
    this.#fit();
  }

  /** Whether an answer is on its way, so that the button stops it. */
  set busy(/** @type {boolean} */ busy) {
    this.#busy = busy;
    this.#button.classList.toggle("stopping", busy);
    this.#button.replaceChildren(icon(busy ? "stop" : "send"));
    label(this.#button, busy ? this.#strings.stop : this.#strings.send);
    this.#fit();
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** Make room for what is typed, and say when it gets too long. */
  #fit() {
    const { style } = this.#field;
    style.setProperty("height", "0");
    style.setProperty("height", `${this.#field.scrollHeight}px`);
    const left = this.#limit - this.text.length;
    const near = left < Math.min(200, this.#limit / 5);
    this.#counter.textContent = near ? fill(left < 0 ? this.#strings.over : this.#strings.left, { n: Math.abs(left) }) : "";
    this.#counter.classList.toggle("over", left < 0);
    this.#button.disabled = !this.#busy && (!this.text.trim() || left < 0);
  }
}
