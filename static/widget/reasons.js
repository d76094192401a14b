// @ts-check
/** Why something was refused, in words of its own for each trouble. */

import { fill } from "./strings.js";

const ENGLISH_REASONS = {
  origin_not_allowed: "This chat is not available on this website.",
  busy: "The chat is very busy just now. Please try again in a moment.",
  soon: "You can ask again in a minute.",
  later: "You can ask again at {time}.",
};

/**
 * Say why something was refused: in our words or the owner's for its code, or else in the server's.
 *
 * @param {import("./server.js").Refused} refused
 * @param {Record<string, string>} strings
 */
export function reason({ code, message, status, retryAfter = 60 }, strings) {
  /** @type {Record<string, string>} */
  const words = { ...ENGLISH_REASONS, ...strings };
  if (status === 429) {
    const time = new Date(Date.now() + retryAfter * 1000);
    const clock = time.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
    return `${message} ${retryAfter < 90 ? words.soon : fill(words.later, { time: clock })}`;
  }
  return (code !== "offline" && words[code]) || message || words.unreachable;
}
