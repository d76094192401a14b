// @ts-check
/** What follows a copied answer. */

import { iconButton, label, make } from "./dom.js";

/**
 * Show that an answer was copied, or copy it as people do: pages without TLS have no clipboard.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {string} text
 * @param {HTMLElement} button
 * @param {boolean | void} done  whether it is copied already
 */
export function copied({ words, say }, text, button, done) {
  if (!done && !copyBySelecting(text)) return;
  say(words.copied);
  const check = label(iconButton("check", () => {}), words.copied);
  const focused = button.matches(":focus");
  button.replaceWith(check);
  if (focused) check.focus();
  setTimeout(() => {
    const focused = check.matches(":focus");
    check.replaceWith(button);
    if (focused) button.focus();
  }, 1500);
}

/** @param {string} text */
function copyBySelecting(text) {
  const field = make("textarea", {});
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
