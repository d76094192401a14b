// @ts-check
/** Which words of a passage an answer has from it, in any script. */

/** @typedef {{from: number, to: number, form: string}} Word  `form`: what is compared */

const ACCENTS = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f]/g; // and points and vowel signs: who writes may leave them out
const TELLING = /\p{N}|\p{Lu}{2}|[\p{sc=Han}\p{sc=Katakana}][\p{L}ー]|\p{sc=Hangul}{2}|[\p{L}\p{M}]{4}/u;
const IDLE = new Set(
  `about also been does from have into more must only some such than that them then there they this very were what when which will with would your
  aber alle auch auf dass dein denn diese dieser eine einem einen einer haben kann nach nicht noch oder sein sich sind über wenn werden wird
  avec cette dans elle leur mais nous pour sont tout vous como cuando desde esta este para pero sobre tiene anche come della delle sono
  mais pela pelo quando voor niet zijn jest oraz przez które için daha olan`.split(/\s+/),
);
const END = /[.!?…。\n]/;
const REACH = 2; // words: small ones count beside one that tells something

/** Return the words of a text, and where they stand. @param {string} text @returns {Word[]} */
export function wordsOf(text) {
  const words = [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)].filter(({ isWordLike }) => isWordLike);
  return words.map(({ segment, index }) => {
    const form = segment.normalize("NFD").replace(ACCENTS, "").toLowerCase();
    return { from: index, to: index + segment.length, form };
  });
}

/**
 * Return which parts of a passage rest in what was said, as half-open pairs of offsets: whole
 * sentences where they were taken over, or else the words that tell something.
 *
 * @param {string} passage
 * @param {string[]} said
 * @returns {[number, number][]}
 */
export function inCommon(passage, said) {
  const there = wordsOf(passage);
  /** @type {Set<number>} */
  const found = new Set();
  for (const sentence of said.flatMap(sentences)) {
    const words = wordsOf(sentence);
    const telling = new Set(words.filter(({ from, to, form }) => tells(sentence.slice(from, to), form)).map(({ form }) => form));
    const start = telling.size ? indexOf(there, words) : -1;
    for (const [i, { form }] of there.entries()) {
      if (start < 0 ? telling.has(form) : i >= start && i < start + words.length) found.add(i);
    }
    if (start < 0) spread(passage, there, found, new Set(words.map(({ form }) => form)));
  }
  return runs(there, found);
}

/** @param {string} text */
function sentences(text) {
  return [...new Intl.Segmenter(undefined, { granularity: "sentence" }).segment(text)].map(({ segment }) => segment);
}

/** @param {string} word @param {string} form */
function tells(word, form) {
  return TELLING.test(word.normalize("NFC")) && !IDLE.has(form);
}

/** Find words in a row. @param {Word[]} all @param {Word[]} sought */
function indexOf(all, sought) {
  return all.findIndex((_, i) => sought.every(({ form }, j) => all[i + j]?.form === form));
}

/** Add the words around those that were found, as far as the sentence has them, too. @param {string} passage @param {Word[]} there @param {Set<number>} found @param {Set<string>} said */
function spread(passage, there, found, said) {
  const together = (/** @type {number} */ i, /** @type {number} */ j) => !END.test(passage.slice(there[Math.min(i, j)].to, there[Math.max(i, j)].from));
  for (const i of [...found]) {
    for (const step of [-1, 1]) {
      for (let j = i + step; Math.abs(j - i) <= REACH && said.has(there[j]?.form) && together(i, j); j += step) found.add(j);
    }
  }
}

/** Return words in a row as one. @param {Word[]} there @param {Set<number>} found */
function runs(there, found) {
  /** @type {[number, number][]} */
  const parts = [];
  for (const [i, { from, to }] of there.entries()) {
    if (!found.has(i)) continue;
    if (found.has(i - 1)) parts[parts.length - 1][1] = to;
    else parts.push([from, to]);
  }
  return parts;
}
