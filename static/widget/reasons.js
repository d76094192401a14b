// @ts-check
/** Why something was refused, in words of its own for each trouble. */

import { customOf, fill } from "./words.js";

/** Codes that come to the same for a visitor. @type {Record<string, string>} */
const ALIKE = {
  conversation_not_found: "gone",
  cut: "interrupted",
  engine_busy: "busy",
  message_not_found: "gone",
  no_words: "again",
  recitation: "blocked_answer",
  source_not_found: "invalid_input",
  token_expired: "restarted",
  token_invalid: "restarted",
  too_large: "invalid_input",
  too_many_tries: "too_many_requests",
  unavailable: "unreachable",
};
const CHOICES = ["mode", "source_ids"];

/**
 * Say why something was refused, and from when on it may be tried again.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {{code: string, message: string, status?: number, retryable?: boolean, retryAfter?: number}} refused
 */
export function reason(panel, refused) {
  const why = cause(panel, refused);
  if (refused.status !== 429 || refused.code === "budget_reached") return why; // which says tomorrow
  return why + (why.endsWith("。") ? "" : " ") + until(panel, refused.retryAfter);
}

/**
 * Say why something was refused: in our words or the owner's for its code, or else in the server's.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {{code: string, message: string, retryable?: boolean, details?: any}} refused
 */
export function cause({ words, settings }, { code, message, retryable, details }) {
  if (!navigator.onLine) return words.offline;
  if (code === "offline") return words.unreachable;
  if (CHOICES.includes(details?.field)) return words.changed;
  const engine = code.startsWith("engine_") && words[retryable ? "again" : "notNow"];
  return fill(words[ALIKE[code] ?? code] || engine || message || words.unreachable, { n: settings.max_message_chars });
}

/**
 * Say from when on one may ask again, as this visitor writes times in this language.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {number} [seconds]
 */
export function until({ settings, words }, seconds = 60) {
  if (seconds < 90) return words.soon;
  const time = new Date(Date.now() + seconds * 1000);
  const weekday = time.toDateString() === new Date().toDateString() ? undefined : "long";
  return fill(words.later, { time: time.toLocaleTimeString(customOf(settings.locale), { weekday, hour: "numeric", minute: "2-digit" }) });
}
