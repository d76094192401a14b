// @ts-check
/** Why something was refused, in words of its own for each trouble. */

import { fill } from "./strings.js";
import { wordsOf } from "./words.js";

/**
 * Say why something was refused: in our words or the owner's for its code, or else in the server's.
 *
 * @param {import("./server.js").Refused} refused
 * @param {Record<string, string>} strings
 */
export function reason({ code, message, status, retryAfter = 60 }, strings) {
  const words = wordsOf(strings);
  if (status === 429) {
    const time = new Date(Date.now() + retryAfter * 1000);
    const clock = time.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
    return `${message} ${retryAfter < 90 ? words.soon : fill(words.later, { time: clock })}`;
  }
  return (code !== "offline" && words[/** @type {keyof typeof words} */ (code)]) || message || words.unreachable;
}
