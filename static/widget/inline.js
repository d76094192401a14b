// @ts-check
/** What stands within a line of Markdown: emphasis, code, links. Sketches, not yet nodes. */

/**
 * A sketch is a node still to be drawn; a text is its own sketch.
 *
 * @typedef {{tag: string, traits?: Record<string, string>, children: Sketch[], depth?: number}} ElementSketch
 * @typedef {ElementSketch | string} Sketch
 * @typedef {{text: string, mark: string, opens: boolean, closes: boolean}} Run  signs that may be emphasis
 */

// What may be more than text: 1 escaped, 2 a run of marks, 3 and 4 an address, 5 and 6 an entity.
const TOKEN =
  /\\([!-/:-@[-`{-~\n])|([`*_~])\2*|<((?:https?:\/\/|mailto:)[^\s<>]+)>|(https?:\/\/[^\s<>`"]*[^\s<>`"'*_~.,:;!?)\]])|&(?:#(x?[\da-f]{1,7})|(amp|lt|gt|quot|apos|nbsp));|<br ?\/?>|!?\[|\n/gi;
const DESTINATION =
  /\(\s*(?:<([^<>\n]*)>|((?:[^\s()]|\([^\s()]*\))*))(?:\s+(?:"[^"]*"|'[^']*'|\([^)]*\)))?\s*\)/y;
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
/** How many things may stand within each other: enough for people, and a wall of stars ends here. */
export const DEEPEST = 16;

/** How a link leaves a page: elsewhere, and without saying from where. */
export const OUTWARD = { target: "_blank", rel: "noopener noreferrer nofollow" };
const LONGEST_LABEL = 600; // so that a wall of brackets stays cheap

/** Return an address that may be followed, whatever the text calls it. @param {string | null | undefined} address */
export function safe(address) {
  try {
    const url = new URL(address ?? ""); // a relative address would lead into the host page
    return /^(https?|mailto):$/.test(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Return the sketches of some text that belongs together.
 * While `open`, more is to come: what has begun counts as if it were already closed.
 *
 * @param {string} text
 * @param {boolean} [open]
 * @param {boolean} [linking]  false inside of a link
 * @returns {Sketch[]}
 */
export function inline(text, open = false, linking = true) {
  /** @type {(Sketch | Run)[]} */
  const found = [];
  let i = 0;

  /** @param {string} words */
  const say = (words) => words && found.push(words);
  /** @param {string} tag @param {Sketch[]} [children] @param {Record<string, string>} [traits] */
  const add = (tag, children = [], traits) => found.push({ tag, children, traits });
  /** @param {string | null | undefined} href @param {Sketch[]} label */
  const link = (href, label) => add("a", label, href ? { href, ...OUTWARD } : {});
  /** Read a link or a picture whose label begins at a bracket, and return where it ends. @param {number} start */
  const readLink = (start) => {
    const end = linking ? closingBracket(text, start) : -1;
    if (end < 0) return 0;
    DESTINATION.lastIndex = end + 1;
    const target = DESTINATION.exec(text);
    const half = open && !target && /^\([^)\n]*$/.test(text.slice(end + 1));
    if (!target && !half) return 0;
    const href = target && safe(target[1] ?? target[2])?.href;
    const label = inline(text.slice(start + 1, end), false, false);
    if (!label.length && href) label.push(href);
    if (href || half) link(href, label);
    else found.push(...label);
    return target ? end + 1 + target[0].length : text.length;
  };

  for (let token; (TOKEN.lastIndex = i, (token = TOKEN.exec(text))); ) {
    say(text.slice(i, token.index));
    i = token.index;
    const [whole, escaped, sign, bracketed, bare = bracketed, number, name] = token;
    const address = linking && safe(bare)?.href;
    let end = i + whole.length;

    if (escaped === "\n" || /^<br/i.test(whole)) add("br");
    else if (escaped) say(escaped);
    else if (sign === "`") {
      const length = text.slice(end).search(new RegExp(`(?<!\`)${whole}(?!\`)`));
      const half = open && text.slice(end).trim();
      if (length >= 0 || half) {
        const to = length < 0 ? text.length : end + length;
        add("code", [code(text.slice(end, to))]);
        end = to + whole.length;
      } else if (!open || end < text.length) say(whole);
    } else if (sign && (sign !== "~" || whole === "~~")) found.push(runAt(text, i, whole));
    else if (address) link(address, [bare]);
    else if (whole === "\n") {
      const before = found.at(-1);
      const kept = typeof before === "string" ? before.replace(/ +$/, "") : undefined;
      if (kept !== undefined) found.pop();
      say(kept ?? "");
      if (kept !== undefined && kept.length + 1 < /** @type {string} */ (before).length) add("br");
      else say(whole);
    } else if (number || name) say(characterOf(number, name));
    else {
      const after = whole.endsWith("[") && readLink(end - 1);
      if (after) end = after;
      else say(whole);
    }
    i = end;
  }
  say(text.slice(i));
  return emphasize(found, open);
}

/**
 * Pair the runs of `*`, `_` and `~` as CommonMark does, and make text of what is left over.
 * Only punctuation beside a mark is no hindrance here: `**「はい」**と` is strong.
 *
 * @param {(Sketch | Run)[]} found
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

    const depth = 1 + found.slice(o + 1, c).reduce((most, sketch) => Math.max(most, /** @type {ElementSketch} */ (sketch).depth ?? 0), 0);
    if (depth > DEEPEST) continue;
    const opener = /** @type {Run} */ (found[o]);
    const size = Math.min(2, opener.text.length, closer.text.length);
    const children = asText(found.splice(o + 1, c - o - 1));
    found.splice(o + 1, 0, { tag: tagOf(closer.mark, size), children, depth });
    opener.text = opener.text.slice(size);
    closer.text = closer.text.slice(size);
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
 * @param {(Sketch | Run)[]} found
 * @returns {Sketch[]}
 */
function asText(found) {
  /** @type {Sketch[]} */
  const joined = [];
  for (const sketch of found) {
    const text = typeof sketch === "string" ? sketch : "text" in sketch ? sketch.text : undefined;
    if (text === undefined) joined.push(/** @type {ElementSketch} */ (sketch));
    else if (typeof joined.at(-1) === "string") joined.push(joined.pop() + text);
    else if (text) joined.push(text);
  }
  return joined;
}

/**
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
    opens: /\S/.test(after) && !word.test(before),
    closes: /\S/.test(before) && !word.test(after),
  };
}

/** @param {string} text */
function code(text) {
  const words = text.replace(/\n/g, " ");
  return /^ .*\S.* $/.test(words) ? words.slice(1, -1) : words;
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

/** @param {string} number @param {string} name */
function characterOf(number, name) {
  if (name) return NAMED[/** @type {keyof typeof NAMED} */ (name.toLowerCase())];
  const point = Number(`0${number}`); // "0x27" is hexadecimal
  return point > 0 && point < 0x110000 ? String.fromCodePoint(point) : "\ufffd";
}
