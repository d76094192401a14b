// @ts-check
/** What was said before, drawn again. */

import { make } from "./dom.js";
import { reason } from "./reasons.js";
import { wear } from "./style.js";
import { fill } from "./words.js";

/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {import("./panel.js").Panel} Panel */

const PAST_LOOK = /* css */ `
  .older { display: block; margin: 0 auto 16px }
  .team { padding-inline-start: 12px; border-inline-start: 3px solid var(--link) }
  .team .thumb { display: none }
`;

/**
 * Show the newest part of a conversation, with the way to what is older.
 *
 * @param {Panel} panel
 * @param {Message[]} messages
 */
export function recall(panel, messages) {
  const { conversation, said, words } = panel;
  wear(said, PAST_LOOK);
  const showOlder = async () => {
    const log = /** @type {HTMLElement} */ (said.parentElement);
    const height = log.scrollHeight;
    older.after(...(await conversation.older()).map((message) => draw(panel, message)));
    older.hidden = !conversation.hasOlder;
    log.scrollTop += log.scrollHeight - height;
  };
  const older = make("button", { class: "plain older", hidden: !conversation.hasOlder, onclick: showOlder }, words.older);
  said.replaceChildren(older, ...messages.map((message) => draw(panel, message)));
  panel.scroll.from([...said.querySelectorAll(".question")].at(-1));
  if (panel.settings.follow_ups) panel.suggest(messages.at(-1)?.follow_ups);
  panel.change();
}

/** @param {Panel} panel @param {Message} message */
function draw(panel, message) {
  const { words } = panel;
  if (message.role === "visitor") return panel.drawn.newQuestion(panel, message.text || words.unkept);
  const answer = panel.drawn.newAnswer(panel);
  answer.id = message.id;
  if (message.role === "team") sign(answer.node, fill(words.team, { name: message.author }));
  if (message.text) answer.say(message.text);
  answer.cite(message.sources ?? []);
  if (message.error) answer.fail(reason(panel, message.error), message.error.retryable);
  else answer.finish(message);
  return answer.node;
}

/** Show that somebody of the team wrote this, and no machine. @param {HTMLElement} node @param {string} who */
function sign(node, who) {
  node.classList.add("team");
  node.ariaLabel = who;
  node.prepend(make("p", { class: "caption", dir: "auto" }, who));
}
