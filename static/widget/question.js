// @ts-check
/** One question, as the visitor asked it. */

import { iconButton, label, make } from "./dom.js";

/** @param {import("./panel.js").Panel} panel @param {string} text */
export function newQuestion({ composer, conversation, words }, text) {
  const again = () => {
    const { text: typed } = composer; // stays
    if (!typed.includes(text)) conversation.draft = composer.text = [text, typed].filter(Boolean).join("\n");
    composer.focus();
  };
  const button = label(iconButton("pencil", again), words.edit);
  return make("article", { class: "question", "aria-label": words.you }, text, button);
}
