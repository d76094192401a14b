// @ts-check
/** The visitor's choice of how answers are given, where the owner allows one. */

import { make } from "./dom.js";
import { tools } from "./tools.js";

/**
 * Offer the chatbot's own mode and those that it allows. What was chosen is remembered in this
 * browser for as long as it is allowed.
 *
 * @param {import("./panel.js").Panel} panel
 */
export function offerModes({ composer, conversation, node, settings: { mode, modes }, words }) {
  const options = ["strict", "balanced", "creative"].filter((each) => each === mode || modes.includes(each));
  const footnote = /** @type {HTMLElement} */ (node.querySelector(".footnote"));
  const choose = (/** @type {string | undefined} */ chosen) => {
    composer.how.mode = chosen;
    footnote.textContent = (chosen ?? mode) === "strict" ? words.footnote : words.careful;
  };
  const onchange = () => {
    conversation.memory.keep({ mode: select.value });
    choose(select.value);
  };
  choose(options.find((each) => each === conversation.memory.get("mode")));
  const select = make(
    "select",
    { "aria-label": words.mode, title: words.mode, onchange },
    ...options.map((value) => make("option", { value, selected: value === (composer.how.mode ?? mode) }, words[value])),
  );
  const row = tools(composer);
  row.querySelector("select")?.remove(); // there may be others to choose from now
  if (modes[0]) row.prepend(select);
}
