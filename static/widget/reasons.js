// @ts-check
/** Why something was refused, in words of its own for each trouble. */

import { fill } from "./words.js";

/** Codes that come to the same for a visitor. @type {Record<string, string>} */
const ALIKE = {
  conversation_not_found: "gone",
  cut: "interrupted",
  database_unavailable: "unreachable",
  engine_busy: "busy",
  message_not_found: "gone",
  no_words: "again",
  recitation: "blocked_answer",
  request_entity_too_large: "invalid_input",
  source_not_found: "invalid_input",
  too_many_tries: "too_many_requests",
};

/**
 * Say why something was refused: in our words or the owner's for its code, or else in the server's.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {{code: string, message: string, status?: number, retryable?: boolean, retryAfter?: number}} refused
 */
export function reason({ words, settings }, { code, message, status, retryable, retryAfter = 60 }) {
  if (!navigator.onLine) return words.offline;
  if (code === "offline") return words.unreachable;
  const engine = code.startsWith("engine_") && words[retryable ? "again" : "notNow"];
  const why = words[ALIKE[code] ?? code] || engine || message || words.unreachable;
  if (status !== 429 || code === "budget_reached") return fill(why, { n: settings.max_message_chars });
  const when = retryAfter < 90 ? words.soon : fill(words.later, { time: clock(retryAfter, settings.locale) });
  return why + (why.endsWith("。") ? "" : " ") + when;
}

/** Say what time it will be, as this visitor writes times in this language. @param {number} seconds @param {string} [language] */
function clock(seconds, language = "") {
  const custom = navigator.languages.find((custom) => custom.startsWith(language)) ?? language;
  return new Date(Date.now() + seconds * 1000).toLocaleTimeString(custom, { hour: "numeric", minute: "2-digit" });
}
