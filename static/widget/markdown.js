// @ts-check
/** An answer's Markdown, drawn as nodes while it is still being said. */

import { blocks } from "./blocks.js";
import { lettersOf } from "./inline.js";

/** @typedef {import("./inline.js").Sketch} Sketch */

const LINE = /\r?\n/;
// Signs that may turn out to be markup: they wait for the character that decides.
const UNDECIDED = /^\s*(?:[-*+#>|_`~:\s]+|\d{1,3}[.)]?\s*)$/;
const MARK = "\ua66e"; // a letter that no text has, and no other sign of Markdown minds
const FARTHEST = 99; // how far a place may be from where it was looked for

/** @typedef {ReturnType<typeof markdownIn>} Markdown */

/**
 * Draw text in an element as it arrives. A block that is over is never touched again, and the
 * open one is changed only where it differs, so that a reader can select and copy meanwhile.
 *
 * @example
 * const markdown = markdownIn(answer);
 * markdown.write("Hello **wor");
 * markdown.write("ld**");
 * markdown.end();
 *
 * @param {Element} root
 */
export function markdownIn(root) {
  let source = "";
  let over = 0; // how many blocks are over
  const starts = [0]; // where in the source each block begins

  /** @param {boolean} open */
  const draw = (open) => {
    const start = starts[over];
    const written = source.slice(start);
    if (!written) return;
    const lines = written.split(LINE);
    const whole = lines.length - 1; // the last line has not ended yet
    if (open && UNDECIDED.test(lines[whole])) lines.pop();

    const found = blocks(lines, open);
    patch(root, found, over);
    const begun = found.map(({ line }) => start + written.split("\n", line).join("\n").length);
    starts.splice(over, Infinity, ...begun, open ? start : source.length);
    // A block is over when a whole line has begun the next: what makes a line above a table waits.
    over += open ? Math.max(0, found.findLastIndex(({ line }) => line < whole)) : found.length;
  };

  return {
    /** The Markdown so far, as it was written. */
    get source() {
      return source;
    },

    /** @param {string} text */
    write(text) {
      source += text;
      draw(true);
    },

    /** Draw what was held back: no more text will come. */
    end() {
      draw(false);
    },

    /**
     * Find where in the page an offset of the source ended up, once the text has ended: where a
     * letter is drawn that stands there or, if it would change what is markup, a little before;
     * at the worst, at the end of its block.
     *
     * @param {number} offset  in UTF-16 units
     * @returns {{node: Text, index: number} | undefined}
     */
    find(offset) {
      const end = source.slice(0, offset).trimEnd().length;
      const i = starts.findLastIndex((start) => start < end);
      const written = source.slice(starts[i], starts[i + 1]);
      const letters = lettersIn(written);
      for (let at = end - starts[i], tries = FARTHEST; at > 0 && tries--; at--) {
        const marked = lettersIn(written.slice(0, at) + MARK + written.slice(at));
        if (marked.replace(MARK, "") === letters) return textAt(root.childNodes[i], marked.indexOf(MARK));
      }
      return i < 0 ? undefined : textAt(root.childNodes[i], letters.length);
    },
  };
}

/** Return what is drawn of some Markdown, without its nodes. @param {string} text */
function lettersIn(text) {
  return lettersOf(blocks(text.split(LINE), false));
}

/** Find the text that has a node's nth letter. @param {Node} node @param {number} index */
function textAt(node, index) {
  const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  let text;
  while ((text = /** @type {Text | null} */ (texts.nextNode())) && text.length < index) index -= text.length;
  return text ? { node: text, index } : undefined;
}

/**
 * Make a node's children, from one on, look as sketched, and leave alone what already does.
 *
 * @param {Element} parent
 * @param {Sketch[]} sketches
 * @param {number} from
 */
function patch(parent, sketches, from) {
  sketches.forEach((sketch, i) => {
    const there = parent.childNodes[from + i];
    const tag = typeof sketch === "string" ? "#text" : sketch.tag;
    const fits = there?.nodeName.toLowerCase() === tag;
    const node = fits ? there : tag === "#text" ? document.createTextNode("") : document.createElement(tag);
    if (!fits) there ? there.replaceWith(node) : parent.append(node);
    if (typeof sketch === "string") retype(/** @type {Text} */ (node), sketch);
    else {
      adorn(/** @type {Element} */ (node), sketch.traits);
      patch(/** @type {Element} */ (node), sketch.children, 0);
    }
  });
  while (parent.childNodes.length > from + sketches.length) parent.lastChild?.remove();
}

/** Change only the end that differs, so that a selection before it stays. @param {Text} node @param {string} text */
function retype(node, text) {
  if (node.data === text) return;
  let same = 0;
  while (node.data[same] === text[same]) same++;
  node.replaceData(same, node.length - same, text.slice(same));
}

/** @param {Element} element @param {Record<string, string>} traits */
function adorn(element, traits) {
  for (const { name } of [...element.attributes]) if (!(name in traits)) element.removeAttribute(name);
  for (const name in traits) {
    if (element.getAttribute(name) !== traits[name]) element.setAttribute(name, traits[name]);
  }
}
