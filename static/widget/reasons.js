// @ts-check
/** Why something was refused, in words of its own for each trouble. */

import { fill } from "./words.js";

/**
 * Say why something was refused: in our words or the owner's for its code, or else in the server's.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {import("./server.js").Refused} refused
 */
export function reason({ words }, { code, message, status, retryAfter = 60 }) {
  if (!navigator.onLine) return words.offline;
  if (status === 429) {
    const time = new Date(Date.now() + retryAfter * 1000);
    const clock = time.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
    return `${message} ${retryAfter < 90 ? words.soon : fill(words.later, { time: clock })}`;
  }
  return (code !== "offline" && words[code]) || message || words.unreachable;
}
