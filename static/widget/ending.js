// @ts-check
/** How an answer ended, when it did not simply end. */

import { contact } from "./contact.js";
import { make } from "./dom.js";

/**
 * Return what is to be said about it, whether asking again may help, and what else the visitor can do.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {Partial<import("./conversation.js").Message>} message
 * @returns {[string, boolean, ...Node[]]}
 */
export function ending(panel, { status, finish_reason, engine, grounded, fallback }) {
  const { words } = panel;
  if (status === "stopped") return [words.stopped, true];
  if (finish_reason === "refused") {
    const offer = make("button", { class: "plain", onclick: () => contact(panel) }, words.human);
    return [words.unanswered, false, ...(panel.settings.contact === "never" ? [] : [offer])];
  }
  const notes = [
    finish_reason === "max_tokens" && words.cutShort,
    engine === "gemini" && grounded === false && words.ungrounded, // else it quotes, or only greets
    fallback && grounded && words.fallback,
  ];
  return [notes.filter(Boolean).join(" "), false];
}
