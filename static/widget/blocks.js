// @ts-check
/** What Markdown lines make up: paragraphs, headings, lists, quotes, fences, tables. */

import { DEEPEST, inline, plain } from "./inline.js";

/** @typedef {import("./inline.js").Line} Line */
/** @typedef {import("./inline.js").Sketch} Sketch */
/** @typedef {import("./inline.js").ElementSketch} ElementSketch */
/** @typedef {{sketch: ElementSketch, next: number} | undefined} Block  a block and the line after it */

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
 * @param {Line[]} lines
 * @param {boolean} [open]
 * @returns {{sketch: ElementSketch, line: number}[]}
 */
export function blocks(lines, open = false) {
  const found = [];
  for (let line = 0; line < lines.length; ) {
    if (isBlank(lines[line])) {
      line++;
      continue;
    }
    const block =
      fence(lines, line) ??
      heading(lines, line, open) ??
      rule(lines, line) ??
      (nesting < DEEPEST ? (quote(lines, line, open) ?? list(lines, line, open)) : undefined) ??
      table(lines, line, open) ??
      paragraph(lines, line, open);
    found.push({ sketch: block.sketch, line });
    line = block.next;
  }
  return found;
}

/** @param {Line[]} lines @param {number} line @returns {Block} */
function fence(lines, line) {
  const opening = FENCE.exec(lines[line].text);
  if (!opening) return undefined;
  const closing = new RegExp(`^ {0,3}${opening[1]}${opening[1][0]}*\\s*$`);
  const indent = lines[line].text.indexOf(opening[1]);
  const inside = [];
  let next = line + 1;
  while (next < lines.length && !closing.test(lines[next].text)) inside.push(cut(lines[next++], indent, true));
  const code = { tag: "code", children: inside.length ? [plain(inside)] : [] };
  return { sketch: { tag: "pre", traits: { tabindex: "0" }, children: [code] }, next: next + 1 };
}

/** @param {Line[]} lines @param {number} line @param {boolean} open @returns {Block} */
function heading(lines, line, open) {
  const opening = HEADING.exec(lines[line].text);
  if (!opening) return undefined;
  const rest = cut(lines[line], opening[0].length);
  const words = { at: rest.at, text: rest.text.replace(/(^|\s+)#+\s*$/, "").trimEnd() };
  const next = line + 1;
  // The chat's name is an h2, and models begin with one # or with two.
  const tag = `h${Math.min(6, Math.max(3, opening[1].length + 1))}`;
  return { sketch: { tag, children: inline([words], open && next === lines.length) }, next };
}

/** @param {Line[]} lines @param {number} line @returns {Block} */
function rule(lines, line) {
  return RULE.test(lines[line].text) ? { sketch: { tag: "hr", children: [] }, next: line + 1 } : undefined;
}

/** @param {Line[]} lines @param {number} line @param {boolean} open @returns {Block} */
function quote(lines, line, open) {
  if (!QUOTE.test(lines[line].text)) return undefined;
  const inside = [];
  let next = line;
  for (; next < lines.length && !isBlank(lines[next]); next++) {
    const mark = QUOTE.exec(lines[next].text);
    if (!mark && begins(lines, next)) break;
    inside.push(cut(lines[next], mark?.[0].length ?? 0));
  }
  return { sketch: { tag: "blockquote", children: within(inside, open && next === lines.length) }, next };
}

/** @param {Line[]} lines @param {number} line @param {boolean} open @returns {Block} */
function list(lines, line, open) {
  const first = ITEM.exec(lines[line].text);
  if (!first) return undefined;
  const kind = first[2].at(-1);
  const items = [];
  let next = line;
  while (next < lines.length) {
    const marker = ITEM.exec(lines[next].text);
    if (!marker || marker[2].at(-1) !== kind || RULE.test(lines[next].text)) break;
    const [, indent, sign, gap] = marker;
    let width = indent.length + sign.length + (gap.length > 4 ? 1 : gap.length || 1);
    const inside = [cut(lines[next++], width)];
    for (; next < lines.length; next++) {
      const under = depth(lines[next]);
      // Two columns are enough for a nested list, as models write them under "1.".
      const child = under >= width || (under >= indent.length + 2 && ITEM.test(lines[next].text));
      const lazy = !isBlank(lines[next - 1]) && !begins(lines, next) && !ITEM.test(lines[next].text);
      if (!isBlank(lines[next]) && !child && !lazy) break;
      if (child) width = Math.min(width, under);
      inside.push(cut(lines[next], width, true));
    }
    items.push(inside);
  }
  const children = items.map((inside, i) => {
    const last = open && next === lines.length && i === items.length - 1;
    const found = within(inside, last);
    // The first paragraph stands in the item itself, so that nothing is redrawn when another follows.
    if (found[0]?.tag === "p") return { tag: "li", children: [...found[0].children, ...found.slice(1)] };
    return { tag: "li", children: found };
  });
  const start = parseInt(first[2], 10);
  const traits = start >= 0 && start !== 1 ? { start: String(start) } : undefined;
  return { sketch: { tag: start >= 0 ? "ol" : "ul", traits, children }, next };
}

/** @param {Line[]} lines @param {number} line @param {boolean} open @returns {Block} */
function table(lines, line, open) {
  if (!isTable(lines, line)) return undefined;
  const sides = cells(lines[line + 1]).map(({ text }) => {
    return text.endsWith(":") ? (text.startsWith(":") ? "center" : "right") : "";
  });
  /** @param {Line} row @param {string} tag @param {boolean} last */
  const draw = (row, tag, last) => {
    const found = cells(row);
    const children = sides.map((side, i) => ({
      tag,
      traits: side ? { class: side } : undefined,
      children: found[i] ? inline([found[i]], last && i === found.length - 1) : [],
    }));
    return { tag: "tr", children };
  };
  let next = line + 2;
  const rows = [];
  while (next < lines.length && !isBlank(lines[next]) && !begins(lines, next)) {
    rows.push(draw(lines[next], "td", open && next === lines.length - 1));
    next++;
  }
  const children = [{ tag: "thead", children: [draw(lines[line], "th", false)] }];
  if (rows.length) children.push({ tag: "tbody", children: rows });
  const traits = { class: "table", tabindex: "0" }; // a wide table scrolls, also by keyboard
  return { sketch: { tag: "div", traits, children: [{ tag: "table", children }] }, next };
}

/** @param {Line[]} lines @param {number} line @param {boolean} open @returns {NonNullable<Block>} */
function paragraph(lines, line, open) {
  let next = line + 1;
  while (next < lines.length && !isBlank(lines[next]) && !begins(lines, next)) next++;
  const words = lines.slice(line, next).map((each) => cut(each, depth(each)));
  const last = words[words.length - 1];
  words[words.length - 1] = { at: last.at, text: last.text.trimEnd() };
  return { sketch: { tag: "p", children: inline(words, open && next === lines.length) }, next };
}

/** Tell whether a line ends the paragraph before it. @param {Line[]} lines @param {number} line */
function begins(lines, line) {
  const { text } = lines[line];
  const item = ITEM.exec(text);
  // "2024. " at the start of a line is rarely a list.
  const listed = item && item[0].length < text.length && (item[2].length === 1 || parseInt(item[2], 10) === 1);
  return FENCE.test(text) || HEADING.test(text) || RULE.test(text) || QUOTE.test(text) || listed || isTable(lines, line);
}

/** @param {Line[]} lines @param {number} line */
function isTable(lines, line) {
  const [head, columns] = [lines[line], lines[line + 1]];
  return (
    columns !== undefined &&
    head.text.includes("|") &&
    columns.text.includes("|") &&
    COLUMNS.test(columns.text) &&
    cells(head).length === cells(columns).length
  );
}

/** @param {Line} row @returns {Line[]} */
function cells(row) {
  const found = [];
  const end = /\|?\s*$/.exec(row.text)?.index ?? row.text.length;
  let from = /^\s*\|?/.exec(row.text)?.[0].length ?? 0;
  for (let i = from; i <= end; i++) {
    if (row.text[i] === "\\") i++;
    else if (i === end || row.text[i] === "|") {
      const cell = cut({ text: row.text.slice(0, i), at: row.at }, from);
      const words = cut(cell, depth(cell));
      found.push({ at: words.at, text: words.text.trimEnd() });
      from = i + 1;
    }
  }
  return found;
}

/** @param {Line[]} lines @param {boolean} open @returns {ElementSketch[]} */
function within(lines, open) {
  nesting++;
  const found = blocks(lines, open);
  nesting--;
  return found.map((block) => block.sketch);
}

/** @param {Line} line */
function isBlank(line) {
  return !line.text.trim();
}

/** @param {Line} line */
function depth(line) {
  return /^\s*/.exec(line.text)?.[0].length ?? 0;
}

/** Take characters off the start of a line; if `gently`, only blanks. @param {Line} line @param {number} width */
function cut(line, width, gently = false) {
  const taken = Math.min(gently ? depth(line) : line.text.length, width);
  return { text: line.text.slice(taken), at: line.at + taken };
}
