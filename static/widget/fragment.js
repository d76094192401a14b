// @ts-check
/** The way to a text on its page: an address with a text fragment, which browsers find and mark. */

import { wordsOf } from "./overlap.js";

const ENDS = 4; // words that a browser is given of the beginning and of the end
const BREAKS = /[\n\t|•›…]+/; // where elements end, which no search goes across

/**
 * Return the address with the text in it.
 *
 * @param {string} address
 * @param {string} text
 */
export function atText(address, text) {
  const lines = text.split(BREAKS).filter((line) => wordsOf(line)[0]);
  if (!/^https?:/.test(address) || !lines[0]) return address;
  const [head, tail] = [lines[0], lines[lines.length - 1]];
  const [first, last] = [wordsOf(head), wordsOf(tail).slice(-ENDS)];
  const short = head === tail && first.length <= 2 * ENDS;
  const start = head.slice(first[0].from, first[Math.min(first.length, short ? 2 * ENDS : ENDS) - 1].to);
  const found = short ? [start] : [start, tail.slice(last[0].from, last[last.length - 1].to)];
  return `${address}${address.includes("#") ? "" : "#"}:~:text=${found.map(encode).join(",")}`;
}

/** @param {string} text */
function encode(text) {
  return encodeURIComponent(text).replace(/-/g, "%2D"); // a hyphen stands for what goes before or behind
}
