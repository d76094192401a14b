// @ts-check
/** Where an answer has it from: marks in the text, cards under it. */

import { caption } from "./caption.js";
import { icon, make } from "./dom.js";

/** @typedef {import("./conversation.js").Source} Source */
/** @typedef {import("./markdown.js").Markdown} Markdown */

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
