// @ts-check
/** What a visitor is told, and agrees to, before anything is known of them. */

import { OUTWARD, safe } from "./address.js";
import { make } from "./dom.js";

const LINK = /\[([^\]\n]{1,200})\]\(([^)\s]{1,2000})\)|https?:\/\/[^\s<>]*[^\s<>.,;:!?)]/g;

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
    make("p", { class: "footnote", id: "consent", dir: "auto" }, ...linked(settings.consent)),
    make("label", { class: "tick" }, box, words.agree),
  ];
}

/** Draw a text in which pages are named: `[like this](https://example.org/)`, or by their bare addresses. @param {string} text */
function linked(text) {
  /** @type {(Node | string)[]} */
  const drawn = [];
  let done = 0;
  for (const { 0: whole, 1: name = whole, 2: address = whole, index } of text.matchAll(LINK)) {
    const href = safe(address)?.href;
    if (!href) continue; // stays as it is written
    drawn.push(text.slice(done, index), make("a", { href, ...OUTWARD }, name));
    done = index + whole.length;
  }
  return [...drawn, text.slice(done)];
}
