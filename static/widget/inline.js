// @ts-check
/** What stands within a line of Markdown: emphasis, code, links. Sketches, not yet nodes. */

import { leading, safe } from "./address.js";

/**
 * A sketch is a node still to be drawn; a text is its own sketch.
 *
 * @typedef {{tag: string, children: Sketch[], traits: Record<string, string>, depth: number}} ElementSketch
 * @typedef {ElementSketch | string} Sketch
 * @typedef {{text: string, mark: string, length: number, opens: boolean, closes: boolean}} Run  signs that may be emphasis or a link
 */

const NAMED = { __proto__: null, amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
const CHARACTER = /\\([!-/:-@[-`{-~])|&(?:#(x[\da-f]{1,6}|\d{1,7})|(\w+));/gi;
const CODE = /(`+)(?!`)([^]*?)(?<!`)\4(?!`)/;
const ADDRESS = /<(\w+:[^\s<>]+)>|(https?:\/\/[^\s<>`"[\]]*[^\s<>`"[\]'*_~.,:;!?)])/;
// Where a link leads, or, at the end of the text, half of it. Blanks are counted so that a wall of them stays cheap.
const DESTINATION =
  /\](\(\s{0,9}(?:<([^<>\n]*)>|(?!<)((?:\\\S|[^\s()\\]|\([^\s()]*\))*))(?:\s{1,9}(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s{0,9}\)|\([^)\n]{0,999}$)?/;
const SIGNS = /`+|(\*+|_+|(?<!~)~~(?!~))|\\\n|<br ?\/?>|(?<! ) *\n|!?\[/;
// What may be more than text. Where two begin at once, the first named is meant.
const TOKEN = new RegExp([CHARACTER, CODE, ADDRESS, DESTINATION, SIGNS].map(({ source }) => source).join("|"), "gi");
/** How many things may stand within each other: enough for people, and a wall of stars ends here. */
export const DEEPEST = 16;

/**
 * @param {string} tag
 * @param {Sketch[]} [children]
 * @param {Record<string, string>} [traits]
 * @returns {ElementSketch}
 */
export function sketch(tag, children = [], traits = {}) {
  return { tag, children, traits, depth: depthOf(children) };
}

/**
 * Return the sketches of some text that belongs together.
 * While `open`, more is to come: what has begun counts as if it were already closed.
 *
 * @param {string} text
 * @param {boolean} [open]
 * @returns {Sketch[]}
 */
export function inline(text, open) {
  /** @type {(Sketch | Run)[]} */
  const found = [];
  /** @type {number[]} */
  const brackets = []; // where among the found a link may have begun
  let end = 0;
  /** @param {Sketch[]} label @param {URL | undefined} address @param {...Sketch} text  what it is when it leads nowhere */
  const link = (label, address, ...text) => found.push(...(address ? [sketch("a", label.length ? label : [address.href], leading(address, lettersOf(label)))] : text));

  TOKEN.lastIndex = 0;
  for (let token; (token = TOKEN.exec(text)); end = TOKEN.lastIndex) {
    const [whole, escaped, number, name, ticks, words, pointed, bare = pointed, half, angled, target = angled, run] = token;
    found.push(text.slice(end, token.index));

    if (escaped || number || name) found.push(plain(whole));
    else if (ticks) found.push(code(words));
    else if (bare) link([bare], safe(bare), whole);
    else if (whole.endsWith("[")) brackets.push(found.push(/** @type {Run} */ ({ text: whole })) - 1);
    else if (whole[0] === "]") {
      const start = brackets.pop();
      if (start === undefined || (target === undefined && !(half && open))) {
        found.push("]");
        TOKEN.lastIndex = token.index + 1;
        continue;
      }
      const [bracket, ...inside] = found.splice(start);
      const label = unlinked(emphasize(inside));
      if (target === undefined) found.push(sketch("a", label));
      else link(label, safe(plain(target)), ...label);
      if (/** @type {Run} */ (bracket).text === "[") brackets.length = 0; // no link stands in a link
    } else if (whole[0] === "`") {
      const rest = text.slice(TOKEN.lastIndex);
      if (!open) found.push(whole);
      else if (rest.trim()) found.push(code(rest));
      if (open) TOKEN.lastIndex = text.length;
    } else if (run) found.push(runAt(text, token.index, run));
    else found.push(/^ ?\n/.test(whole) ? "\n" : sketch("br"));
  }
  return emphasize([...found, text.slice(end)].filter(Boolean), open);
}

/**
 * Pair the runs of `*`, `_` and `~` as CommonMark does, and make text of what is left over.
 *
 * @param {(Sketch | Run)[]} found
 * @param {boolean} [open]
 * @returns {Sketch[]}
 */
function emphasize(found, open) {
  const runs = /** @type {Run[]} */ (found);
  /** @param {number} o @param {number} c @param {number} size */
  const enclose = (o, c, size) => {
    const inside = found.slice(o + 1, c);
    const depth = depthOf(inside) + 1;
    if (depth > DEEPEST) return;
    const tag = runs[o].mark === "~" ? "del" : size > 1 ? "strong" : "em";
    found.splice(o + 1, inside.length, { ...sketch(tag, asText(inside)), depth });
    runs[o].text = runs[o].text.slice(size);
    return true;
  };

  /** @type {number[]} */
  const openers = [];
  for (let c = 0; c < found.length; c++) {
    const { text, opens, closes } = runs[c];
    const last = text && closes ? openers.findLastIndex((o) => pairs(runs[o], runs[c])) : -1;
    if (last >= 0) {
      const o = openers[last];
      const size = Math.min(2, runs[o].text.length, text.length);
      runs[c].text = text.slice(size);
      if (!enclose(o, c, size)) break;
      openers.length = runs[o].text ? last + 1 : last;
      c = o + 1; // what is left of the closer may close again
    } else if (text && opens) openers.push(c);
  }
  if (open) {
    if (runs.at(-1)?.mark) found.pop(); // half a mark: wait for the rest
    for (let o = found.length - 1; o >= 0; o--) {
      const { text, opens, closes } = runs[o];
      if (text && opens && !closes && !enclose(o, found.length, text.length)) break;
    }
  }
  return asText(found);
}

/** @param {Run} opener @param {Run} closer */
function pairs(opener, closer) {
  // CommonMark's rule of three: `*foo**bar*` is one emphasis, not two.
  const both = opener.closes || closer.opens;
  return opener.mark === closer.mark && (!both || (opener.length + closer.length) % 3 > 0 || opener.length % 3 === 0);
}

/**
 * Tell what a run of marks may do. CommonMark lets one between a letter and punctuation face only the letter;
 * here only brackets and quotation marks have a side, so that `**Note:**it` and `**「はい」**と` are strong.
 *
 * @param {string} text
 * @param {number} i
 * @param {string} run
 * @returns {Run}
 */
function runAt(text, i, run) {
  const [before, after] = [text[i - 1] ?? " ", text[i + run.length] ?? " "];
  const word = run[0] === "_" ? /[\p{L}\p{N}]/u : /[]/; // snake_case is a word
  return {
    text: run,
    mark: run[0],
    length: run.length,
    opens: /[^\s\p{Pe}\p{Pf}]/u.test(after) && !word.test(before),
    closes: /[^\s\p{Ps}\p{Pi}]/u.test(before) && !word.test(after),
  };
}

/** @param {(Sketch | Run)[]} found */
function depthOf(found) {
  return found.reduce((most, each) => Math.max(most, /** @type {ElementSketch} */ (each).depth ?? 0), 0);
}

/**
 * Join what is text to one text each.
 *
 * @param {(Sketch | Run)[]} found
 * @returns {Sketch[]}
 */
function asText(found) {
  /** @type {Sketch[]} */
  const joined = [];
  for (const one of found) {
    const sketch = /** @type {Run} */ (one).text ?? /** @type {Sketch} */ (one);
    if (typeof sketch === "string" && typeof joined.at(-1) === "string") joined.push(joined.pop() + sketch);
    else if (sketch) joined.push(sketch);
  }
  return joined;
}

/** Take the links out of what becomes a link itself. @param {Sketch[]} sketches @returns {Sketch[]} */
function unlinked(sketches) {
  const bare = sketches.flatMap((sketch) => {
    if (typeof sketch === "string") return sketch;
    const children = unlinked(sketch.children);
    return sketch.tag === "a" ? children : { ...sketch, children };
  });
  return asText(bare);
}

/** Return what is drawn of some sketches, without their nodes. @param {Sketch[]} sketches @returns {string} */
export function lettersOf(sketches) {
  return sketches.map((sketch) => (typeof sketch === "string" ? sketch : lettersOf(sketch.children))).join("");
}

/** @param {string} text */
function code(text) {
  return sketch("code", [text.replace(/\n/g, " ").replace(/^ (.*\S.*) $/, "$1")]);
}

/** Read escapes and entities as the characters they stand for. @param {string} text */
function plain(text) {
  return text.replace(CHARACTER, (whole, escaped, number, name) => {
    if (!number) return escaped ?? NAMED[/** @type {keyof typeof NAMED} */ (name)] ?? whole;
    const point = Number(`0${number}`); // "0x27" is hexadecimal
    return point > 0 && point < 0x110000 ? String.fromCodePoint(point) : "\ufffd";
  });
}
