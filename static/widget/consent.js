// @ts-check
/** What a visitor is told, and agrees to, before anything is known of them. */

import { make } from "./dom.js";

/**
 * Draw the owner's words with a box that has to be ticked, or ours if the owner has none.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {string} [ours]
 */
export function consent({ settings, words }, ours) {
  if (!settings.consent) return ours ? [make("p", { class: "footnote" }, ours)] : [];
  const box = make("input", { type: "checkbox", required: true, "aria-describedby": "consent" });
  return [
    make("p", { class: "footnote", id: "consent", dir: "auto" }, settings.consent),
    make("label", { class: "tick" }, box, words.agree),
  ];
}
