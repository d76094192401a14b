// @ts-check
/** What Markdown lines make up: paragraphs, headings, lists, quotes, fences, tables. */

import { DEEPEST, inline } from "./inline.js";

/** @typedef {import("./inline.js").Sketch} Sketch */
/** @typedef {import("./inline.js").ElementSketch} ElementSketch */

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:\s+|$)/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(\s+|$)/;
const COLUMNS = /^ {0,3}\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

let nesting = 0; // how many quotes and lists the lines at hand stand in

/**
 * Return the blocks of some lines, each with the number of its first line.
 * While `open`, the last of them may still go on.
 *
 * @param {string[]} lines
 * @param {boolean} [open]
 * @returns {{sketch: ElementSketch, line: number}[]}
 */
export function blocks(lines, open = false) {
  let next = 0; // the line to be read
  /** Take lines as long as they belong to what has begun. @param {() => unknown} belongs @param {(line: string) => string} inside */
  const take = (belongs, inside) => {
    const taken = [];
    while (next < lines.length && belongs()) taken.push(inside(lines[next++]));
    return taken;
  };
  const more = () => open && next === lines.length;
  const goesOn = () => !isBlank(lines[next]) && !begins(lines, next);

  /** @param {string} text @returns {ElementSketch | undefined} */
  const fence = (text) => {
    const opening = FENCE.exec(text);
    if (!opening) return undefined;
    const closing = new RegExp(`^ {0,3}${opening[1]}${opening[1][0]}*\\s*$`);
    const indent = text.indexOf(opening[1]);
    next++;
    const inside = take(() => !closing.test(lines[next]), (line) => dedent(line, indent) + "\n");
    next++;
    return sketch("pre", [sketch("code", inside.length ? [inside.join("")] : [])], { tabindex: "0" });
  };

  /** @param {string} text @returns {ElementSketch | undefined} */
  const heading = (text) => {
    const opening = HEADING.exec(text);
    if (!opening) return undefined;
    const words = text.slice(opening[0].length).replace(/(^|\s+)#+\s*$/, "");
    next++;
    // The chat's name is an h2, and models begin with one # or with two.
    return sketch(`h${Math.min(6, Math.max(3, opening[1].length + 1))}`, inline(words.trimEnd(), more()));
  };

  /** @param {string} text @returns {ElementSketch | undefined} */
  const rule = (text) => {
    if (!RULE.test(text)) return undefined;
    next++;
    return sketch("hr");
  };

  /** @param {string} text @returns {ElementSketch | undefined} */
  const quote = (text) => {
    if (!QUOTE.test(text)) return undefined;
    const inside = take(() => QUOTE.test(lines[next]) || goesOn(), (line) => line.replace(QUOTE, ""));
    return sketch("blockquote", within(inside, more()));
  };

  /** @param {string} text @returns {ElementSketch | undefined} */
  const list = (text) => {
    const first = ITEM.exec(text);
    if (!first) return undefined;
    const kind = first[2].at(-1);
    /** @type {string[][]} */
    const items = [];
    for (let marker; next < lines.length && (marker = ITEM.exec(lines[next])); ) {
      if (marker[2].at(-1) !== kind || RULE.test(marker.input)) break;
      const [, indent, sign, gap] = marker;
      let width = indent.length + sign.length + (gap.length > 4 ? 1 : gap.length || 1);
      const inside = [lines[next++].slice(width)];
      const belongs = () => {
        const under = depth(lines[next]);
        const nested = ITEM.test(lines[next]);
        // Two columns are enough for a nested list, as models write them under "1.".
        const child = under >= width || (under >= indent.length + 2 && nested);
        if (child) width = Math.min(width, under);
        const lazy = !isBlank(lines[next - 1]) && !begins(lines, next) && !nested;
        return isBlank(lines[next]) || child || lazy;
      };
      items.push([...inside, ...take(belongs, (line) => dedent(line, width))]);
    }
    const children = items.map((inside, i) => {
      const [before, ...after] = within(inside, more() && i === items.length - 1);
      // The first paragraph stands in the item itself, so that nothing is redrawn when another follows.
      return sketch("li", before?.tag === "p" ? [...before.children, ...after] : before ? [before, ...after] : []);
    });
    const start = parseInt(first[2], 10);
    return sketch(start >= 0 ? "ol" : "ul", children, start >= 0 && start !== 1 ? { start: `${start}` } : undefined);
  };

  /** @returns {ElementSketch | undefined} */
  const table = () => {
    if (!isTable(lines, next)) return undefined;
    const sides = cells(lines[next + 1]).map((text) => {
      return text.endsWith(":") ? (text.startsWith(":") ? "center" : "right") : "";
    });
    /** @param {string} tag */
    const draw = (tag) => {
      const found = cells(lines[next++]);
      const drawn = sides.map((side, i) => {
        const words = found[i] ? inline(found[i], more() && i === found.length - 1) : [];
        return sketch(tag, words, side ? { class: side } : undefined);
      });
      return sketch("tr", drawn);
    };
    const children = [sketch("thead", [draw("th")])];
    const rows = [];
    next++;
    while (next < lines.length && goesOn()) rows.push(draw("td"));
    if (rows.length) children.push(sketch("tbody", rows));
    return sketch("div", [sketch("table", children)], { class: "table", tabindex: "0" }); // a wide table scrolls, also by keyboard
  };

  const paragraph = () => {
    const words = [lines[next++], ...take(goesOn, (line) => line)].map((line) => line.trimStart());
    return sketch("p", inline(words.join("\n").trimEnd(), more()));
  };

  const found = [];
  while (next < lines.length) {
    const line = next;
    const text = lines[line];
    const nests = nesting < DEEPEST;
    if (isBlank(text)) next++;
    else {
      const block = fence(text) ?? heading(text) ?? rule(text) ?? (nests ? (quote(text) ?? list(text)) : undefined) ?? table() ?? paragraph();
      found.push({ sketch: block, line });
    }
  }
  return found;
}

/**
 * @param {string} tag
 * @param {Sketch[]} [children]
 * @param {Record<string, string>} [traits]
 * @returns {ElementSketch}
 */
function sketch(tag, children = [], traits) {
  return { tag, children, traits };
}

/** Tell whether a line ends the paragraph before it. @param {string[]} lines @param {number} line */
function begins(lines, line) {
  const text = lines[line];
  const item = ITEM.exec(text);
  // "2024. " at the start of a line is rarely a list.
  const listed = item && item[0].length < text.length && (item[2].length === 1 || parseInt(item[2], 10) === 1);
  return FENCE.test(text) || HEADING.test(text) || RULE.test(text) || QUOTE.test(text) || listed || isTable(lines, line);
}

/** @param {string[]} lines @param {number} line */
function isTable(lines, line) {
  const [head, columns] = [lines[line], lines[line + 1]];
  return (
    columns !== undefined &&
    head.includes("|") &&
    columns.includes("|") &&
    COLUMNS.test(columns) &&
    cells(head).length === cells(columns).length
  );
}

/** @param {string} row @returns {string[]} */
function cells(row) {
  const inside = row.trim().replace(/^\||(?<!\\)\|$/g, "");
  return inside.split(/(?<!\\)\|/).map((cell) => cell.trim());
}

/** @param {string[]} lines @param {boolean} open @returns {ElementSketch[]} */
function within(lines, open) {
  nesting++;
  const found = blocks(lines, open);
  nesting--;
  return found.map((block) => block.sketch);
}

/** @param {string} line */
function isBlank(line) {
  return !line.trim();
}

/** @param {string} line */
function depth(line) {
  return line.search(/\S|$/);
}

/** Take some blanks off the start of a line. @param {string} line @param {number} width */
function dedent(line, width) {
  return line.slice(Math.min(depth(line), width));
}
