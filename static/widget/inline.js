// @ts-check
/** What stands within a line of Markdown: emphasis, code, links. Sketches, not yet nodes. */

/**
 * A sketch is a node still to be drawn. A text knows its `places`: pairs of an index in
 * the text and the offset in the source that this index came from.
 *
 * @typedef {{tag: string, traits?: Record<string, string>, children: Sketch[], depth?: number}} ElementSketch
 * @typedef {{text: string, places: [number, number][], node?: Text}} TextSketch
 * @typedef {ElementSketch | TextSketch} Sketch
 * @typedef {{text: string, at: number}} Line  a line and the offset of its first character
 * @typedef {TextSketch & {mark: string, opens: boolean, closes: boolean}} Run
 */

const SPECIAL = /[\\`*_~[!<&\n]|https?:\/\//gi;
const DESTINATION =
  /\(\s*(?:<([^<>\n]*)>|((?:[^\s()]|\([^\s()]*\))*))(?:\s+(?:"[^"]*"|'[^']*'|\([^)]*\)))?\s*\)/y;
const ANGLED = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/iy;
const BARE = /https?:\/\/[^\s<>`"]*[^\s<>`"'*_~.,:;!?)\]]/iy;
const BREAK = /<br ?\/?>/iy;
const ENTITY = /&(?:#(x?[\da-f]{1,7})|(amp|lt|gt|quot|apos|nbsp));/iy;
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
/** How many things may stand within each other: enough for people, and a wall of stars ends here. */
export const DEEPEST = 16;

/** How a link leaves a page: elsewhere, and without saying from where. */
export const OUTWARD = { target: "_blank", rel: "noopener noreferrer nofollow" };
const LONGEST_LABEL = 600; // so that a wall of brackets stays cheap

/**
 * Return the sketches of some lines that belong together.
 * While `open`, more is to come: what has begun counts as if it were already closed.
 *
 * @param {Line[]} lines
 * @param {boolean} [open]
 * @returns {Sketch[]}
 */
export function inline(lines, open = false) {
  const text = lines.map((line) => line.text).join("\n");
  return read(text, offsetsOf(lines), open, true);
}

/**
 * Return a text that knows where it came from.
 *
 * @param {Line[]} lines
 * @returns {TextSketch}
 */
export function plain(lines) {
  const at = offsetsOf(lines);
  const sketch = { text: "", places: [] };
  let index = 0;
  for (const line of lines) {
    extend(sketch, line.text + "\n", at(index));
    index += line.text.length + 1;
  }
  return sketch;
}

/** Return the address if it may be followed, whatever the text calls it. */
export function safeAddress(/** @type {string} */ address) {
  try {
    const url = new URL(address);
    return /^(https?|mailto):$/.test(url.protocol) ? url.href : undefined;
  } catch {
    return undefined; // a relative address would lead into the host page
  }
}

/**
 * @param {string} text
 * @param {(index: number) => number} at
 * @param {boolean} open
 * @param {boolean} linking  false inside of a link
 * @returns {Sketch[]}
 */
function read(text, at, open, linking) {
  /** @type {Sketch[]} */
  const found = [];
  /** @type {TextSketch | undefined} */
  let last;

  /** @param {string} words @param {number} from */
  const say = (words, from) => {
    if (!words) return;
    if (!last) found.push((last = { text: "", places: [] }));
    extend(last, words, at(from));
  };
  /** @param {Sketch} sketch */
  const add = (sketch) => {
    found.push(sketch);
    last = undefined;
  };
  /** @param {string | undefined} href @param {Sketch[]} children */
  const link = (href, children) => {
    add({ tag: "a", traits: href ? { href, ...OUTWARD } : {}, children });
  };
  /** @param {RegExp} pattern @param {number} index */
  const match = (pattern, index) => {
    pattern.lastIndex = index;
    return pattern.exec(text);
  };
  /** @param {number} from @param {number} to @param {boolean} within */
  const inside = (from, to, within) => read(text.slice(from, to), (i) => at(from + i), within, false);

  let i = 0;
  while (i < text.length) {
    const special = match(SPECIAL, i);
    if (!special) {
      say(text.slice(i), i);
      break;
    }
    say(text.slice(i, special.index), i);
    i = special.index;
    const sign = text[i];

    if (sign === "\\") {
      const next = text[i + 1] ?? "";
      if (next === "\n") add({ tag: "br", children: [] });
      else if (/[!-/:-@[-`{-~]/.test(next)) say(next, i + 1);
      else say(sign + next, i);
      i += 2;
      continue;
    }

    if (sign === "\n") {
      const spaces = last ? / *$/.exec(last.text)?.[0].length ?? 0 : 0;
      if (last && spaces) last.text = last.text.slice(0, -spaces);
      if (spaces > 1) add({ tag: "br", children: [] });
      else say(sign, i);
      i += 1;
      continue;
    }

    if (sign === "`") {
      const ticks = /`+/y;
      const fence = match(ticks, i)?.[0] ?? sign;
      const start = i + fence.length;
      const end = closingTicks(text, start, fence.length);
      if (end >= 0 || (open && text.slice(start).trim())) {
        add({ tag: "code", children: [code(text.slice(start, end < 0 ? undefined : end), at(start))] });
        i = end < 0 ? text.length : end + fence.length;
      } else {
        if (!open || start < text.length) say(fence, i);
        i = start;
      }
      continue;
    }

    if ("*_~".includes(sign)) {
      const length = match(/(.)\1*/y, i)?.[0].length ?? 1;
      if (sign === "~" && length !== 2) say(text.slice(i, i + length), i);
      else add(run(text, i, length, at(i)));
      i += length;
      continue;
    }

    const picture = sign === "!";
    const bracket = picture ? i + 1 : i;
    if (linking && text[bracket] === "[") {
      const end = closingBracket(text, bracket);
      const target = end > 0 ? match(DESTINATION, end + 1) : null;
      const half = open && end > 0 && !target && /^\([^)\n]*$/.test(text.slice(end + 1));
      if (target || half) {
        const href = target ? safeAddress(target[1] ?? target[2] ?? "") : undefined;
        const label = inside(bracket + 1, end, false);
        if (!label.length && href) label.push({ text: href, places: [[0, at(i)]] });
        if (href || half) link(href, label);
        else {
          found.push(...label);
          last = undefined;
        }
        i = target ? DESTINATION.lastIndex : text.length;
        continue;
      }
    }

    const angled = linking && sign === "<" && match(ANGLED, i);
    const bare = linking && !angled && /h/i.test(sign) && match(BARE, i);
    const address = angled ? angled[1] : bare ? bare[0] : "";
    const href = address && safeAddress(address);
    const entity = sign === "&" && match(ENTITY, i);
    if (href) {
      const shown = { text: address, places: /** @type {[number, number][]} */ ([[0, at(angled ? i + 1 : i)]]) };
      link(href, [shown]);
      i += angled ? angled[0].length : address.length;
    } else if (sign === "<" && match(BREAK, i)) {
      add({ tag: "br", children: [] });
      i = BREAK.lastIndex;
    } else if (entity) {
      say(characterOf(entity), i);
      i += entity[0].length;
    } else {
      say(special[0], i);
      i += special[0].length;
    }
  }
  return emphasize(found, open);
}

/**
 * Pair the runs of `*`, `_` and `~` as CommonMark does, and make text of what is left over.
 *
 * @param {Sketch[]} found
 * @param {boolean} open
 * @returns {Sketch[]}
 */
function emphasize(found, open) {
  for (let c = 1; c < found.length; c++) {
    const closer = /** @type {Run} */ (found[c]);
    if (!closer.closes) continue;
    let o = c - 1;
    while (o >= 0 && !pairs(/** @type {Run} */ (found[o]), closer)) o--;
    if (o < 0) continue;

    const depth = 1 + found.slice(o + 1, c).reduce((most, sketch) => Math.max(most, ("depth" in sketch && sketch.depth) || 0), 0);
    if (depth > DEEPEST) continue;
    const opener = /** @type {Run} */ (found[o]);
    const size = Math.min(2, opener.text.length, closer.text.length);
    const children = asText(found.splice(o + 1, c - o - 1));
    found.splice(o + 1, 0, { tag: tagOf(closer.mark, size), children, depth });
    opener.text = opener.text.slice(size);
    closer.text = closer.text.slice(size);
    closer.places[0][1] += size;
    if (!closer.text) found.splice(o + 2, 1);
    if (!opener.text) found.splice(o, 1);
    c = o + (opener.text ? 1 : 0); // what is left of the closer may close again
  }
  if (open) {
    for (let o = found.length - 1, depth = 0; o >= 0 && depth < DEEPEST; o--) {
      const opener = /** @type {Run} */ (found[o]);
      if (opener.mark && o === found.length - 1) found.pop(); // half a mark: wait for the rest
      else if (opener.opens && !opener.closes) {
        depth++;
        const tag = tagOf(opener.mark, Math.min(2, opener.text.length));
        found.splice(o, found.length, { tag, children: asText(found.slice(o + 1)) });
      }
    }
  }
  return asText(found);
}

/** @param {Run} opener @param {Run} closer */
function pairs(opener, closer) {
  if (!opener.opens || opener.mark !== closer.mark) return false;
  // CommonMark's rule of three: `*foo**bar*` is one emphasis, not two.
  const both = opener.closes || closer.opens;
  const sum = opener.text.length + closer.text.length;
  return !both || sum % 3 !== 0 || (opener.text.length % 3 === 0 && closer.text.length % 3 === 0);
}

/** @param {string} mark @param {number} size */
function tagOf(mark, size) {
  return mark === "~" ? "del" : size > 1 ? "strong" : "em";
}

/**
 * Join what is text to one text each.
 *
 * @param {Sketch[]} found
 * @returns {Sketch[]}
 */
function asText(found) {
  /** @type {Sketch[]} */
  const joined = [];
  for (const sketch of found) {
    const before = joined.at(-1);
    if (!("text" in sketch)) joined.push(sketch);
    else if (before && "text" in before) {
      for (const [index, offset] of sketch.places) note(before, before.text.length + index, offset);
      before.text += sketch.text;
    } else if (sketch.text) joined.push({ text: sketch.text, places: sketch.places });
  }
  return joined;
}

/**
 * @param {string} text
 * @param {number} i
 * @param {number} length
 * @param {number} offset
 * @returns {Run}
 */
function run(text, i, length, offset) {
  const before = text[i - 1] ?? " ";
  const after = text[i + length] ?? " ";
  const snake = text[i] === "_" ? /[\p{L}\p{N}]/u : /[]/; // snake_case is a word
  return {
    text: text.slice(i, i + length),
    places: [[0, offset]],
    mark: text[i],
    opens: /\S/.test(after) && !snake.test(before),
    closes: /\S/.test(before) && !snake.test(after),
  };
}

/** @param {string} text @param {number} offset @returns {TextSketch} */
function code(text, offset) {
  const words = text.replace(/\n/g, " ");
  const padded = /^ .*\S.* $/.test(words) || /^ \S $/.test(words);
  return { text: padded ? words.slice(1, -1) : words, places: [[0, padded ? offset + 1 : offset]] };
}

/** @param {string} text @param {number} from @param {number} length */
function closingTicks(text, from, length) {
  for (const ticks of text.slice(from).matchAll(/`+/g)) {
    if (ticks[0].length === length) return from + ticks.index;
  }
  return -1;
}

/** @param {string} text @param {number} from */
function closingBracket(text, from) {
  const end = Math.min(text.length, from + LONGEST_LABEL);
  for (let i = from, depth = 0; i < end; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "[") depth++;
    else if (text[i] === "]" && --depth === 0) return i;
  }
  return -1;
}

/** @param {RegExpExecArray} entity */
function characterOf([, number, name]) {
  if (name) return NAMED[/** @type {keyof typeof NAMED} */ (name.toLowerCase())];
  const point = Number(`0${number}`); // "0x27" is hexadecimal
  return point > 0 && point < 0x110000 ? String.fromCodePoint(point) : "\ufffd";
}

/** @param {Line[]} lines @returns {(index: number) => number} */
function offsetsOf(lines) {
  let index = 0;
  const starts = lines.map(({ text, at }) => {
    const start = [index, at];
    index += text.length + 1;
    return start;
  });
  return (i) => {
    let line = starts.length - 1;
    while (line > 0 && starts[line][0] > i) line--;
    return starts[line][1] + i - starts[line][0];
  };
}

/** @param {TextSketch} sketch @param {string} words @param {number} offset */
function extend(sketch, words, offset) {
  note(sketch, sketch.text.length, offset);
  sketch.text += words;
}

/** @param {TextSketch} sketch @param {number} index @param {number} offset */
function note(sketch, index, offset) {
  const [lastIndex, lastOffset] = sketch.places.at(-1) ?? [0, NaN];
  if (lastOffset + index - lastIndex !== offset) sketch.places.push([index, offset]);
}
