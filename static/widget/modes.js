// @ts-check
/** The visitor's choice of how answers are given, where the owner allows one. */

import { make } from "./dom.js";
import { tools } from "./tools.js";

/**
 * Offer the chatbot's own mode and those that it allows.
 *
 * @param {import("./panel.js").Panel} panel
 */
export function offerModes({ composer, settings: { mode, modes }, words }) {
  const options = ["strict", "balanced", "creative"].filter((each) => each === mode || modes.includes(each));
  const choose = () => (composer.how.mode = select.value);
  const select = make(
    "select",
    { "aria-label": words.mode, title: words.mode, onchange: choose },
    ...options.map((value) => make("option", { value, selected: value === mode }, words[value])),
  );
  tools(composer).prepend(select);
}
