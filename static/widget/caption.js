// @ts-check
/** What a source is, in a line. */

import { safe } from "./address.js";
import { icon, make } from "./dom.js";
import { fill } from "./words.js";

/** @typedef {import("./conversation.js").Source} Source */

/** Draw what a source is: its kind, its title, where in it. @param {Source} source @param {import("./words.js").Words} words */
export function caption(source, words) {
  const page = source.page && fill(words.page, { n: source.page });
  const where = [page, host(source.url)].filter(Boolean).join(" · ");
  const title = make("span", { class: "title" }, source.title, where ? make("small", {}, where) : undefined);
  return [make("span", { class: "kind", "aria-hidden": "true" }, kind(source)), title];
}

/** @param {Source} source */
function kind(source) {
  const ending = source.kind === "file" && /\.(\w{2,4})$/.exec(source.title)?.[1];
  if (ending) return ending.toUpperCase();
  if (source.kind === "qa") return "Q&A";
  return icon(source.kind === "page" || source.kind === "site" ? "globe" : "text");
}

/** Return whose page it is. @param {string | null} address */
export function host(address) {
  return safe(address)?.hostname.replace(/^www\./, "") ?? "";
}
