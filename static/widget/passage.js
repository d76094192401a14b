// @ts-check
/** What a source says, as far as an answer rests on it, and the way to all of it. */

import { make } from "./dom.js";
import { OUTWARD, safe } from "./inline.js";
import { host } from "./sources.js";
import { wear } from "./style.js";
import { fill } from "./words.js";

const WORDS_LOOK = /* css */ `
  .source > :not(summary) { margin: 4px 12px 12px }
  :is(.source, .passage) blockquote { max-height: 168px; overflow-y: auto; font-size: 14px; white-space: pre-line }
  .visit { display: inline-block; font-size: 13px }
`;

/** @param {import("./panel.js").Panel} panel @param {import("./conversation.js").Source} source */
export function passage({ node, words }, { snippet, url }) {
  wear(node, WORDS_LOOK);
  const quote = make("blockquote", { dir: "auto" }, snippet);
  const href = safe(url)?.href;
  return href ? [quote, make("a", { class: "visit", href, ...OUTWARD }, fill(words.visit, { host: host(url) }))] : [quote];
}
