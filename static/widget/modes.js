// @ts-check
/** The visitor's choice of how answers are given, where the owner allows one. */

import { make } from "./dom.js";
import { tools } from "./tools.js";
import { wordsOf } from "./words.js";

/**
 * Offer the chatbot's own mode and those that it allows.
 *
 * @param {import("./composer.js").Composer} composer
 * @param {{mode: string, modes: string[]}} settings
 * @param {Record<string, string>} strings
 */
export function offerModes(composer, { mode, modes }, strings) {
  const words = wordsOf(strings);
  const options = ["strict", "balanced", "creative"].filter((each) => each === mode || modes.includes(each));
  const choose = () => (composer.how.mode = select.value);
  const select = make(
    "select",
    { "aria-label": words.mode, title: words.mode, onchange: choose },
    ...options.map((value) => make("option", { value, selected: value === mode }, words[/** @type {keyof typeof words} */ (value)])),
  );
  tools(composer.node).prepend(select);
}
