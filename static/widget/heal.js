// @ts-check
/** What was refused heals: by itself where trying again can help, and with the visitor where it cannot. */

import { make } from "./dom.js";
import { offerModes } from "./modes.js";
import { cause, reason, until } from "./reasons.js";
import { shut } from "./shut.js";
import { fill } from "./words.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./server.js").Refused} Refused */

const SHUTTING = ["chatbot_not_found", "chatbot_paused", "origin_not_allowed"];
const OUTDATED = ["contact_required", "invalid_input", "message_too_long"];
const TRIES = 6; // by itself; then it is up to the visitor
const WATCHED = 60; // seconds that somebody may look at a countdown
const RECENT = 90_000; // milliseconds in which a try that failed counts as one of a row

/** How often a chat has just tried by itself. @type {WeakMap<Panel, {tries: number, at: number}>} */
const rows = new WeakMap();

/**
 * Say why something was refused, and try it again when that may help: soon, later and later still,
 * or as soon as the browser is back on line, unless the visitor has gone on to something else.
 *
 * @param {Panel} panel
 * @param {Refused} refused
 * @param {() => void} again
 * @param {string} [question]  which the visitor has back in the field
 * @param {Answer} [failed]  what was said until then
 */
export async function heal(panel, refused, again, question, failed) {
  if (failed) return mend(panel, refused, failed);
  if (panel.conversation.busy) return;
  const { composer, settings, words } = panel;
  const goneOn = () => (question ? composer.text !== question : panel.node.hidden);
  if (refused.code === "message_id_taken" && !goneOn()) return again(); // under a name of its own
  if (OUTDATED.includes(refused.code)) await renew(panel, refused);

  const { tries, wait } = patience(panel, refused);
  const by = wait <= WATCHED && tries < TRIES && !goneOn(); // else it would ask what is only being typed
  const over = new AbortController();
  const due = Date.now() + wait * 1000;

  const retry = () => {
    over.abort();
    panel.tell();
    again();
  };
  const button = make("button", { class: "plain", onclick: retry }, words.retry);
  const clock = make("span", { role: "timer" });
  const why = make("span", {}, (by ? cause : reason)(panel, refused), " ", by ? clock : "", " ", refused.retryable ? button : "");

  const count = () => {
    const left = Math.ceil((due - Date.now()) / 1000);
    if (goneOn() || !why.isConnected) {
      over.abort();
      clock.replaceWith(refused.status === 429 ? until(panel, wait) : "");
    } else if (left > 0) clock.textContent = fill(words.retryIn, { n: left });
    else {
      rows.set(panel, { tries: tries + 1, at: Date.now() });
      retry();
    }
  };
  panel.tell(why);
  if (SHUTTING.includes(refused.code) || !settings.id) shut(panel, refused.code);
  if (refused.retryable) addEventListener("online", () => (goneOn() || !why.isConnected ? over.abort() : retry()), { signal: over.signal });
  if (!by) return;
  count();
  const ticking = setInterval(count, 1000);
  over.signal.addEventListener("abort", () => clearInterval(ticking));
}

/**
 * Return how often it was tried in a row, and how many seconds are to be waited now.
 *
 * @param {Panel} panel
 * @param {Refused} refused
 */
function patience(panel, { retryable, retryAfter = 0, status }) {
  const row = rows.get(panel);
  rows.delete(panel);
  const tries = row && Date.now() - row.at < RECENT ? row.tries : 0;
  const longer = Math.min(2 ** (tries + 1), 30) * (1 + Math.random() / 4); // not everybody at once
  if (status === 429) return { tries, wait: retryAfter || WATCHED };
  return { tries, wait: retryable ? Math.max(retryAfter, longer) : Infinity };
}

/** Leave an answer as far as it came; one whose line broke goes on when the line is back. @param {Panel} panel @param {Refused} refused @param {Answer} failed */
function mend(panel, refused, failed) {
  if (refused.code === "nothing_to_retry") return panel.begin(panel.conversation.id); // a newer answer has taken its place
  panel.change(() => failed.fail(reason(panel, refused), refused.retryable));
  if (refused.code !== "offline") return;
  const back = new AbortController();
  const retry = () => {
    if (document.hidden) return;
    back.abort();
    if (failed.node.isConnected && !failed.node.nextElementSibling) panel.retry(failed);
  };
  for (const sign of ["online", "pageshow", "visibilitychange"]) addEventListener(sign, retry, { signal: back.signal });
}

/** Take over what the chatbot has become while the page stayed open. @param {Panel} panel @param {Refused} refused */
async function renew(panel, { details: { unknown = [] } }) {
  const found = await panel.conversation.settings().catch(() => {});
  if (!found) return;
  panel.take(found);
  offerModes(panel);
  for (const id of unknown) /** @type {HTMLElement | null} */ (panel.composer.box.querySelector(`[data-source="${id}"]`))?.click();
}

/** Draw the line between what was said and can no longer be reached, and a new conversation. @param {Panel} panel @param {string} code */
export function restart({ said, words }, code) {
  const divider = make("p", { class: "divider" }, code === "conversation_not_found" ? words.gone : words.restarted);
  [...said.querySelectorAll(".question")].at(-1)?.before(divider);
}
