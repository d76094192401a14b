// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { markdownIn } from "../../static/widget/markdown.js";
import { placeMarks } from "../../static/widget/sources.js";
import { page, spell } from "./page.js";

/**
 * Draw a text, and a mark wherever a source's words end.
 *
 * @param {string} text
 * @param {...string[]} sources  the words that each source supports
 */
function cited(text, ...sources) {
  const root = page.createElement("div");
  const markdown = markdownIn(/** @type {any} */ (root));
  for (const letter of text) markdown.write(letter);
  markdown.end();
  const spans = (words) => words.map((word) => [text.indexOf(word), text.indexOf(word) + word.length]);
  const found = sources.map((words, i) => ({ index: i + 1, spans: spans(words) }));
  placeMarks(markdown, /** @type {any} */ (found), (source) => {
    const mark = page.createTextNode();
    mark.data = `[${source.index}]`;
    return /** @type {any} */ (mark);
  });
  return spell(root);
}

test("it marks the end of what a source supports", () => {
  assert.equal(cited("We open at nine. We close at five.", ["at nine."], ["at five."]), "<p>We open at nine.[1] We close at five.[2]</p>");
});

test("it puts the marks of several sources in order", () => {
  assert.equal(cited("We open at nine. Always.", ["at nine."], ["We open at nine."]), "<p>We open at nine.[1][2] Always.</p>");
});

test("it marks one text in many places", () => {
  assert.equal(cited("a, b, c, d", ["a", "c"], ["b", "d"]), "<p>a[1], b[2], c[1], d[2]</p>");
});

test("it puts a mark behind emphasis, links and code, not into them", () => {
  assert.equal(cited("At **nine**.", ["At **nine**"]), "<p>At <strong>nine</strong>[1].</p>");
  assert.equal(cited("At **nine or *ten***.", ["ten***"]), "<p>At <strong>nine or <em>ten</em></strong>[1].</p>");
  assert.equal(cited("At [nine sharp](https://x.org).", ["nine"]), '<p>At <a href="https://x.org/" data-host="x.org">nine sharp</a>[1].</p>');
  assert.equal(cited("At `nine sharp`.", ["nine"]), "<p>At <code>nine sharp</code>[1].</p>");
});

test("it marks inside emphasis where only a part is supported", () => {
  assert.equal(cited("**At nine. At ten.**", ["At nine."]), "<p><strong>At nine.[1] At ten.</strong></p>");
});

test("it marks lists, tables and fences", () => {
  assert.equal(cited("- nine\n- ten\n", ["nine\n"], ["ten\n"]), "<ul><li>nine[1]</li><li>ten[2]</li></ul>");
  assert.match(cited("| a | b |\n|-|-|\n| nine | ten |", ["| nine |"]), /<td>nine\[1\]<\/td><td>ten<\/td>/);
  assert.equal(cited("```\nnine\nten\n```\nafter", ["nine"]), "<pre><code>nine\nten\n</code></pre>[1]<p>after</p>");
});

test("it passes over a mark that has no place", () => {
  assert.equal(cited("nine", [""]), "<p>nine</p>");
});
