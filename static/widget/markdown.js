// @ts-check
/** An answer's Markdown, drawn as nodes while it is still being said. */

import { blocks } from "./blocks.js";

/** @typedef {import("./inline.js").Sketch} Sketch */

const LINE = /\r?\n/;
// Signs that may turn out to be markup: they wait for the character that decides.
const UNDECIDED = /^\s*(?:[-*+#>|=_`~:\s]+|\d{1,3}[.)]?\s*)$/;

/**
 * Draws text as it arrives. A block that is over is never touched again, and the open one
 * is changed only where it differs, so that a reader can select and copy meanwhile.
 *
 * @example
 * const markdown = new Markdown(answer);
 * markdown.write("Hello **wor");
 * markdown.write("ld**");
 * markdown.end();
 */
export class Markdown {
  #root;
  #source = "";
  #settled = 0; // where in the source the open block begins
  #blocks = 0; // how many blocks are over

  /** @param {Element} root */
  constructor(root) {
    this.#root = root;
  }

  /** The Markdown so far, as it was written. */
  get source() {
    return this.#source;
  }

  /** @param {string} text */
  write(text) {
    this.#source += text;
    this.#draw(true);
  }

  /** Draw what was held back: no more text will come. */
  end() {
    this.#draw(false);
  }

  /**
   * Find where in the page a character of the source ended up, once the text has ended: behind
   * as many characters as are drawn of what is written before it.
   *
   * @param {number} offset  in UTF-16 units; the place returned is behind that many of them
   * @returns {{node: Text, index: number} | undefined}
   */
  find(offset) {
    let left = solid(lettersOf(blocks(this.#source.slice(0, offset).split(LINE), true).map(({ sketch }) => sketch)));
    /** @param {Node} node @returns {Text | undefined} */
    const seek = (node) => {
      if (node.nodeName !== "#text") return first(node.childNodes, seek);
      const text = /** @type {Text} */ (node);
      if (left <= solid(text.data)) return text;
      left -= solid(text.data);
      return undefined;
    };
    const node = left ? seek(this.#root) : undefined;
    let index = 0;
    while (node && solid(node.data.slice(0, index)) < left) index++;
    return node && { node, index };
  }

  /** @param {boolean} open */
  #draw(open) {
    const written = this.#source.slice(this.#settled);
    if (!written) return;
    const lines = written.split(LINE);
    const whole = lines.length - 1; // the last line has not ended yet
    if (open && UNDECIDED.test(lines[whole])) lines.pop();

    const found = blocks(lines, open);
    patch(this.#root, found.map(({ sketch }) => sketch), this.#blocks);

    // A block is over when the next one has two whole lines: only a table needs to see both.
    const over = open ? Math.max(0, found.findLastIndex(({ line }) => line + 1 < whole)) : found.length;
    this.#blocks += over;
    const rest = found[over]?.line ?? (open ? 0 : Infinity);
    this.#settled += written.split("\n").slice(0, rest).concat(open ? "" : []).join("\n").length;
  }
}

/** @param {Sketch[]} sketches @returns {string} */
function lettersOf(sketches) {
  return sketches.map((sketch) => (typeof sketch === "string" ? sketch : lettersOf(sketch.children))).join("");
}

/** How much of a text is neither blank nor, in half a table or link, markup. @param {string} text */
function solid(text) {
  return text.replace(/[\s|[]/g, "").length;
}

/**
 * Return the first that is found in some nodes.
 *
 * @template Found
 * @param {Iterable<Node>} nodes
 * @param {(node: Node) => Found | undefined} find
 */
function first(nodes, find) {
  for (const node of nodes) {
    const found = find(node);
    if (found) return found;
  }
  return undefined;
}

/**
 * Make a node's children, from one on, look as sketched, and leave alone what already does.
 *
 * @param {Node} parent
 * @param {Sketch[]} sketches
 * @param {number} from
 */
function patch(parent, sketches, from) {
  const page = parent.ownerDocument ?? document;
  sketches.forEach((sketch, i) => {
    const there = parent.childNodes[from + i];
    const isText = typeof sketch === "string";
    const fits = there?.nodeName.toLowerCase() === (isText ? "#text" : sketch.tag);
    const node = fits ? there : isText ? page.createTextNode("") : page.createElement(sketch.tag);
    if (!fits) there ? parent.replaceChild(node, there) : parent.appendChild(node);
    if (isText) retype(/** @type {Text} */ (node), sketch);
    else {
      adorn(/** @type {Element} */ (node), sketch.traits ?? {});
      patch(node, sketch.children, 0);
    }
  });
  while (parent.childNodes.length > from + sketches.length) parent.removeChild(/** @type {Node} */ (parent.lastChild));
}

/** Change only the end that differs, so that a selection before it stays. @param {Text} node @param {string} text */
function retype(node, text) {
  let same = 0;
  while (same < node.data.length && node.data[same] === text[same]) same++;
  if (same < node.data.length || same < text.length) node.replaceData(same, node.data.length - same, text.slice(same));
}

/** @param {Element} element @param {Record<string, string>} traits */
function adorn(element, traits) {
  for (const { name } of [...element.attributes]) if (!(name in traits)) element.removeAttribute(name);
  for (const name in traits) {
    if (element.getAttribute(name) !== traits[name]) element.setAttribute(name, traits[name]);
  }
}
