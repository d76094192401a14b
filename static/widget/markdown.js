// @ts-check
/** An answer's Markdown, drawn as nodes while it is still being said. */

import { blocks } from "./blocks.js";

/** @typedef {import("./inline.js").Sketch} Sketch */
/** @typedef {import("./inline.js").TextSketch} TextSketch */

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
  /** @type {TextSketch[]} */
  #texts = [];

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
   * Find where in the page a character of the source ended up, once the text has ended.
   *
   * @param {number} offset  in UTF-16 units; the place returned is behind that many of them
   * @returns {{node: Text, index: number} | undefined}
   */
  find(offset) {
    const sketch = this.#texts.findLast(({ at }) => at[0] < offset);
    if (!sketch?.node) return undefined;
    const found = sketch.text.slice(0, sketch.at.findLastIndex((place) => place < offset) + 1).trimEnd();
    return { node: sketch.node, index: found.length };
  }

  /** @param {boolean} open */
  #draw(open) {
    const lines = [];
    let at = this.#settled;
    for (const line of this.#source.slice(at).split("\n")) {
      lines.push({ text: line.replace(/\r$/, ""), at });
      at += line.length + 1;
    }
    const whole = lines.length - 1; // the last line has not ended yet
    if (open && UNDECIDED.test(lines[whole].text)) lines.pop();

    const found = blocks(lines, open);
    patch(this.#root, found.map((block) => block.sketch), this.#blocks);

    // A block is over when the next one has two whole lines: only a table needs to see both.
    let over = found.length;
    if (open) over = Math.max(0, found.findLastIndex((block) => block.line + 1 < whole));
    for (const block of found.slice(0, over)) this.#texts.push(...textsOf(block.sketch));
    this.#blocks += over;
    this.#settled = found[over] ? lines[found[over].line].at : open ? this.#settled : this.#source.length;
  }
}

/**
 * Make a node's children, from one on, look as sketched, and leave alone what already does.
 *
 * @param {Node} parent
 * @param {Sketch[]} sketches
 * @param {number} from
 */
function patch(parent, sketches, from) {
  sketches.forEach((sketch, i) => {
    const there = parent.childNodes[from + i];
    const node = fits(there, sketch) ? there : fresh(parent.ownerDocument ?? document, sketch);
    if (node !== there) there ? parent.replaceChild(node, there) : parent.appendChild(node);
    if ("text" in sketch) {
      sketch.node = /** @type {Text} */ (node);
      retype(sketch.node, sketch.text);
    } else {
      adorn(/** @type {Element} */ (node), sketch.traits ?? {});
      patch(node, sketch.children, 0);
    }
  });
  while (parent.childNodes.length > from + sketches.length) parent.removeChild(/** @type {Node} */ (parent.lastChild));
}

/** @param {Node | undefined} node @param {Sketch} sketch */
function fits(node, sketch) {
  return node?.nodeName.toLowerCase() === ("text" in sketch ? "#text" : sketch.tag);
}

/** @param {Document} document @param {Sketch} sketch */
function fresh(document, sketch) {
  return "text" in sketch ? document.createTextNode("") : document.createElement(sketch.tag);
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

/** @param {Sketch} sketch @returns {TextSketch[]} */
function textsOf(sketch) {
  return "text" in sketch ? [sketch] : sketch.children.flatMap(textsOf);
}
