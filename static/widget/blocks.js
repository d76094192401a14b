// @ts-check
/** What Markdown lines make up: paragraphs, headings, lists, quotes, fences, tables. */

import { DEEPEST, inline, sketch } from "./inline.js";

/** @typedef {import("./inline.js").Sketch} Sketch */
/** @typedef {import("./inline.js").ElementSketch} ElementSketch */

// However far it is indented, what looks like a block is one: four blanks make no code here.
const FENCE = /^\s*(`{3,}(?!.*`)|~{3,})/;
const HEADING = /^\s*(#{1,6})(?!\S)/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const QUOTE = /^\s*> ?/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(?:\s{1,4}(?=\S)|\s|$)/;
const LIST = /^\s*([-*+]|0*1[.)])\s+\S/; // after words, "2024. " at the start of a line is rarely a list
/** @type {Record<string, string>} */
const SIDES = { "::": "center", "-:": "right" };
const COLUMN = /^:?-+:?$/;

let nesting = 0; // how many quotes and lists the lines at hand stand in

/**
 * Return the blocks of some lines, each with the number of its first line.
 * While `open`, the last of them may still go on.
 *
 * @param {string[]} lines
 * @param {boolean} open
 * @returns {(ElementSketch & {line: number})[]}
 */
export function blocks(lines, open) {
  let next = 0; // the line to be read
  /**
   * Take lines as long as they belong to what has begun, and make something of each.
   *
   * @template Taken
   * @param {(last: Taken) => unknown} belongs
   * @param {(line: string) => Taken} inside
   * @param {...Taken} taken
   */
  const take = (belongs, inside, ...taken) => {
    while (next < lines.length && belongs(/** @type {Taken} */ (taken.at(-1)))) taken.push(inside(lines[next++]));
    return taken;
  };
  const more = () => open && next === lines.length;
  const isWords = () => !isBlank(lines[next]) && !begins(lines[next]);
  const goesOn = () => isWords() && !isTable(lines, next);

  /** @param {string} text @param {string} signs */
  const fence = (text, signs) => {
    const closing = new RegExp(`^\\s*${signs}+\\s*$`);
    const inside = take(() => !closing.test(lines[next]), (line) => dedent(line, text.indexOf(signs)) + "\n");
    next++;
    return sketch("pre", [sketch("code", [inside.join("")].filter(Boolean))], { tabindex: "0" });
  };

  /** @param {string} text @param {string} signs */
  const heading = (text, signs) => {
    const words = text.trim().slice(signs.length).replace(/(?<!\S)#+$/, "");
    // The chat's name is an h2, and models begin with one # or with two.
    return sketch(`h${"334566"[signs.length - 1]}`, inline(words.trim(), more()));
  };

  /** @param {string} text */
  const quote = (text) => {
    /** @param {string} line */
    const unquoted = (line) => line.replace(QUOTE, "");
    const inside = take((last) => QUOTE.test(lines[next]) || (!isBlank(last) && goesOn()), unquoted, unquoted(text));
    return sketch("blockquote", within(inside, more()));
  };

  /** Read an item from its first line on. @param {string} text */
  const item = (text) => {
    const [{ length }, before] = /** @type {RegExpExecArray} */ (ITEM.exec(text));
    let width = length;
    /** @param {string} last */
    const belongs = (last) => {
      const under = margin(lines[next]).length;
      const nested = ITEM.test(lines[next]);
      // Two columns are enough for a nested list, as models write them under "1.".
      const child = under >= width || (under >= before.length + 2 && nested);
      if (child) width = Math.min(width, under);
      return child || isBlank(lines[next]) || (!isBlank(last) && goesOn() && !nested);
    };
    return take(belongs, (line) => dedent(line, width), text.slice(width));
  };

  /** @param {string} text @param {string} sign */
  const list = (text, sign) => {
    const another = () => ITEM.exec(lines[next])?.[2].at(-1) === sign.at(-1) && !RULE.test(lines[next]);
    const items = take(another, item, item(text));
    const children = items.map((inside, i) => {
      const drawn = within(inside, more() && i === items.length - 1);
      // The first paragraph stands in the item itself, so that nothing is redrawn when another follows.
      return sketch("li", drawn.flatMap((block, i) => (i || block.tag !== "p" ? block : block.children)));
    });
    const start = parseInt(sign);
    return sketch(sign[1] ? "ol" : "ul", children, sign[1] && start !== 1 ? { start: `${start}` } : {});
  };

  /** @param {string} head */
  const table = (head) => {
    const sides = cells(lines[next]).map((text) => SIDES[text[0] + text.at(-1)]);
    /** @param {string} tag @param {string} row */
    const draw = (tag, row) => {
      const found = cells(row);
      const drawn = sides.map((side, i) => sketch(tag, inline(found[i] ?? "", more() && i === found.length - 1), side ? { class: side } : {}));
      return sketch("tr", drawn);
    };
    const children = [sketch("thead", [draw("th", head)])];
    next++;
    const rows = take(isWords, (row) => draw("td", row));
    if (rows.length) children.push(sketch("tbody", rows));
    return sketch("div", [sketch("table", children)], { class: "table", tabindex: "0" }); // a wide table scrolls, also by keyboard
  };

  /** @param {string} first */
  const paragraph = (first) => {
    const words = take(goesOn, (line) => line.trimStart(), first);
    return sketch("p", inline(words.join("\n").trim(), more()));
  };

  /** @param {string} text  the line before the next */
  const block = (text) => {
    const [fenced, headed, listed] = [FENCE, HEADING, ITEM].map((sign) => sign.exec(text));
    if (fenced) return fence(text, fenced[1]);
    if (headed) return heading(text, headed[1]);
    if (RULE.test(text)) return sketch("hr");
    if (nesting < DEEPEST && QUOTE.test(text)) return quote(text);
    if (nesting < DEEPEST && listed) return list(text, listed[2]);
    return isTable(lines, next - 1) ? table(text) : paragraph(text);
  };

  const found = [];
  while (next < lines.length) {
    const line = next++;
    if (!isBlank(lines[line])) found.push({ ...block(lines[line]), line });
  }
  return found;
}

/** Tell whether a line ends the paragraph before it. @param {string} line */
function begins(line) {
  return [FENCE, HEADING, RULE, QUOTE, LIST].some((sign) => sign.test(line));
}

/** @param {string[]} lines @param {number} line */
function isTable(lines, line) {
  const [head, columns] = lines.slice(line, line + 2).filter((row) => row.includes("|")).map(cells);
  return columns && head.length === columns.length && columns.every((cell) => COLUMN.test(cell));
}

/** @param {string} row @returns {string[]} */
function cells(row) {
  const inside = row.trim().replace(/^\||(?<!\\)\|$/g, "");
  return inside.split(/(?<!\\)\|/).map((cell) => cell.replace(/\\\|/g, "|").trim());
}

/** @param {string[]} lines @param {boolean} open @returns {ElementSketch[]} */
function within(lines, open) {
  nesting++;
  const found = blocks(lines, open);
  nesting--;
  return found;
}

/** @param {string} line */
function isBlank(line) {
  return !line.trim();
}

/** Return the blanks at the start of a line, a tab as four. @param {string} line */
function margin(line) {
  return line.slice(0, line.search(/\S|$/)).replace(/\t/g, "    ");
}

/** Take some blanks off the start of a line. @param {string} line @param {number} width */
function dedent(line, width) {
  return width ? margin(line).slice(width) + line.trimStart() : line;
}
