// @ts-check
/** Where the visitor types. */

import { icon, label, make } from "./dom.js";

/** @typedef {ReturnType<typeof newComposer>} Composer */

const FEW_LEFT = 200; // characters from the limit at which the visitor is told how many are left

/**
 * @param {object} hands
 * @param {import("./words.js").Words} hands.words
 * @param {(text: string) => void} hands.ask
 * @param {() => void} hands.stop
 * @param {(text: string) => void} hands.draft
 * @param {(act: (parts: typeof import("./more.js"), panel: import("./panel.js").Panel) => void) => void} hands.use
 */
export function newComposer({ words, ask, stop, draft, use }) {
  let limit = 2000;
  let isBusy = false;
  let counts = false;

  const submit = () => {
    const text = field.value.trim();
    if (button.disabled || isBusy || !text) return;
    composer.text = "";
    draft("");
    ask(text);
  };

  const field = make("textarea", {
    class: "field",
    rows: 1,
    enterkeyhint: "send",
    oninput: () => {
      fit();
      draft(field.value);
      if (field.value.includes("@")) use((parts, panel) => parts.mention(panel));
    },
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      // While an input method composes, Enter chooses a word.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      submit();
    },
  });
  const button = make("button", { class: "send", onclick: () => (isBusy ? stop() : submit()) });
  const box = make("div", { class: "box" }, field, button);

  /** Make room for what is typed, and say when it gets too long. */
  const fit = () => {
    const { style, value } = field;
    style.setProperty("height", "0");
    style.setProperty("height", `${field.scrollHeight}px`);
    const left = limit - value.length;
    counts ||= left < Math.min(FEW_LEFT, limit / 5);
    if (counts) use((parts, panel) => parts.count(panel, FEW_LEFT));
    button.disabled = !isBusy && (!value.trim() || left < 0);
  };

  const composer = {
    node: make("div", { class: "composer" }, box),
    box,
    field,
    submit,
    /** How questions are asked besides their words. @type {{mode?: string, source_ids?: string[]}} */
    how: {},

    /** Say the words that have come, and take at most so many characters. @param {number} [most] */
    speak(most = limit) {
      limit = most;
      field.placeholder = field.ariaLabel = words.placeholder;
      composer.busy = isBusy;
    },

    get limit() {
      return limit;
    },

    get text() {
      return field.value;
    },

    set text(text) {
      field.value = text;
      fit();
    },

    /** Whether an answer is on its way, so that the button stops it. */
    set busy(/** @type {boolean} */ busy) {
      isBusy = busy;
      button.classList.toggle("stopping", busy);
      button.replaceChildren(icon(busy ? "stop" : "send"));
      label(button, busy ? words.stop : words.send);
      fit();
    },

    focus() {
      field.focus({ preventScroll: true });
    },
  };
  return composer;
}
