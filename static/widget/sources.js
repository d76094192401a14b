// @ts-check
/** Where an answer has it from: marks in the text, cards under it. */

import { icon, make } from "./dom.js";
import { safe } from "./inline.js";
import { fill } from "./words.js";

/** @typedef {import("./conversation.js").Source} Source */
/** @typedef {import("./markdown.js").Markdown} Markdown */
/** @typedef {import("./words.js").Words} Words */

/**
 * Put numbered marks at the ends of what the sources support. Nothing that is drawn is
 * drawn again: texts are only divided where a mark stands in the middle of one.
 *
 * @param {Markdown} markdown
 * @param {Source[]} sources
 * @param {(source: Source) => Node} draw
 */
export function placeMarks(markdown, sources, draw) {
  const ends = sources.flatMap((source) => source.spans.map(([, end]) => ({ source, end })));
  // From the last to the first, because dividing a text moves only what is behind.
  ends.sort((a, b) => b.end - a.end || b.source.index - a.source.index);
  for (const { source, end } of ends) {
    const found = markdown.find(end);
    if (!found) continue;
    const { node, index } = found;
    /** @type {ChildNode} */
    let before = index < node.length ? /** @type {ChildNode} */ (node.splitText(index).previousSibling) : node;
    for (let parent = before.parentElement; parent; parent = parent?.parentElement) {
      const whole = ["A", "CODE", "PRE"].includes(parent.nodeName);
      const atEnd = ["EM", "STRONG", "DEL"].includes(parent.nodeName) && !before.nextSibling;
      if (!whole && !atEnd) break;
      before = parent;
    }
    before.after(draw(source));
  }
}

/**
 * Draw the cards of an answer's sources; what one says is drawn when it is first opened.
 *
 * @param {Source[]} sources
 * @param {import("./panel.js").Panel} panel
 * @param {{source: string}} answer
 */
export function cards(sources, panel, answer) {
  const { words, use } = panel;
  const items = sources.map((source) => {
    const number = make("span", { class: "number" }, `${source.index}`);
    const summary = make("summary", {}, number, ...caption(source, words), icon("down"));
    const ontoggle = () => card.lastChild === summary && use((parts) => parts.unfold(panel, card, source, answer.source));
    const card = make("details", { class: "source", ontoggle }, summary);
    return make("li", {}, card);
  });
  const list = make("ol", { "aria-label": words.sources }, ...items);
  return make("div", { class: "sources" }, make("p", { class: "caption", "aria-hidden": "true" }, words.sources), list);
}

/** Draw what a source is: its kind, its title, where in it. @param {Source} source @param {Words} words */
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
