// @ts-check
/** What a source says, with the words marked that an answer has from it, and the way to all of it. */

import { OUTWARD, safe } from "./address.js";
import { host } from "./caption.js";
import { make } from "./dom.js";
import { atText } from "./fragment.js";
import { inCommon } from "./overlap.js";
import { wear } from "./style.js";
import { fill } from "./words.js";

/** @typedef {import("./conversation.js").Source} Source */

const WORDS_LOOK = /* css */ `
  .source > :not(summary) { margin: 4px 12px 12px }
  :is(.source, .passage) blockquote { max-height: 168px; overflow-y: auto; font-size: 14px; white-space: pre-line }
  .visit { display: inline-block; font-size: 13px }
  mark { padding: 1px 0; border-radius: 3px; color: var(--text); background: color-mix(in srgb, var(--link) 22%, transparent); box-decoration-break: clone; -webkit-box-decoration-break: clone }
  @media (forced-colors: active) { mark { color: MarkText; background: Mark } }
`;

/**
 * Draw a source's passage.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {Source} source
 * @param {string} answer  as it was written
 */
export function passage({ node, words }, source, answer) {
  wear(node, WORDS_LOOK);
  const { snippet, url, kind } = source;
  const quote = make("blockquote", { dir: "auto" }, ...marked(source, answer));
  const address = safe(url)?.href;
  if (!address) return [quote];
  const href = kind === "file" ? address : atText(address, snippet);
  return [quote, make("a", { class: "visit", href, ...OUTWARD }, fill(words.visit, { host: host(url) }))];
}

/** @param {Source} source @param {string} answer */
function marked({ snippet, spans }, answer) {
  /** @type {(Node | string)[]} */
  const drawn = [];
  let done = 0;
  for (const [from, to] of inCommon(snippet, spans.map(([start, end]) => answer.slice(start, end)))) {
    drawn.push(snippet.slice(done, from), make("mark", {}, snippet.slice(from, to)));
    done = to;
  }
  return [...drawn, snippet.slice(done)];
}

/**
 * Draw in an open card what its source says.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {HTMLElement} card
 * @param {Source} source
 * @param {string} answer
 */
export function unfold(panel, card, source, answer) {
  card.append(...passage(panel, source, answer));
  showMarks(card);
}

/** Show the first marked word of a drawn passage. @param {HTMLElement} node */
export function showMarks(node) {
  const quote = node.querySelector("blockquote");
  const mark = quote?.querySelector("mark");
  if (quote && mark) quote.scrollTop = mark.getBoundingClientRect().top - quote.getBoundingClientRect().top - 24;
}
