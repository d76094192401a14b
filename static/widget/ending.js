// @ts-check
/** How an answer ended, when it did not simply end. */

import { make } from "./dom.js";
import { wordsOf } from "./words.js";

/**
 * Return what is to be said about it, whether asking again may help, and what else the visitor can do.
 *
 * @param {Partial<import("./conversation.js").Message>} message
 * @param {Record<string, string>} strings
 * @param {() => void} contact
 * @returns {[string, boolean, ...Node[]]}
 */
export function ending({ status, finish_reason, engine, grounded, fallback }, strings, contact) {
  const words = wordsOf(strings);
  if (status === "stopped") return [words.stopped, true];
  if (finish_reason === "refused") {
    return [words.unanswered, false, make("button", { class: "plain", onclick: contact }, words.human)];
  }
  const notes = [
    finish_reason === "max_tokens" && words.cutShort,
    engine === "gemini" && grounded === false && words.ungrounded, // else it quotes, or only greets
    fallback && grounded && words.fallback,
  ];
  return [notes.filter(Boolean).join(" "), false];
}
