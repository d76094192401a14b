// @ts-check
/** Draws what it is told: a line of JSON in, a line of JSON out, for tests in another language. */

import { createInterface } from "node:readline";

import { safe } from "../../static/widget/address.js";
import { markdownIn } from "../../static/widget/markdown.js";
import { page } from "./page.js";

/** @param {Iterable<string>} pieces */
function draw(pieces) {
  const root = page.createElement("div");
  const markdown = markdownIn(/** @type {any} */ (root));
  for (const piece of pieces) markdown.write(piece);
  markdown.end();
  return { root, markdown };
}

/** Tell a node as its tag, its traits and what is in it. */
function told(node) {
  if (node.nodeName === "#text") return node.data;
  const traits = Object.fromEntries(node.attributes.map(({ name, value }) => [name, value]));
  return [node.nodeName.toLowerCase(), traits, ...node.childNodes.map(told)];
}

/** @returns {any[]} */
function texts(node) {
  return node.nodeName === "#text" ? [node] : node.childNodes.flatMap(texts);
}

/** Tell behind how many drawn characters each offset is found. */
function places(source) {
  const { root, markdown } = draw([source]);
  const drawn = texts(root);
  return Array.from({ length: source.length + 1 }, (_, offset) => {
    const found = markdown.find(offset);
    if (!found) return 0;
    const before = drawn.slice(0, drawn.indexOf(found.node));
    return before.reduce((sum, { data }) => sum + data.length, found.index);
  });
}

/** Draw what has come of an answer that goes on. */
function half(text) {
  const root = page.createElement("div");
  markdownIn(/** @type {any} */ (root)).write(text);
  return told(root).slice(2);
}

const WORK = {
  half,
  draw: (pieces) => told(draw(pieces).root).slice(2),
  places,
  safe: (address) => safe(address)?.href ?? null,
};

for await (const line of createInterface(process.stdin)) {
  const [what, given] = JSON.parse(line);
  console.log(JSON.stringify(given.map(WORK[what])));
}
