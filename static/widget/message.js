// @ts-check
/** One message of a conversation, drawn as it is read again. */

import { make } from "./dom.js";
import { reason } from "./reasons.js";
import { wear } from "./style.js";
import { fill } from "./words.js";

const TEAM_LOOK = /* css */ `
  .team { padding-inline-start: 12px; border-inline-start: 3px solid var(--link) }
  .team .thumb { display: none }
`;

/** @param {import("./panel.js").Panel} panel @param {import("./conversation.js").Message} message */
export function draw(panel, message) {
  const { words } = panel;
  if (message.role === "visitor") return panel.drawn.newQuestion(panel, message.text || words.unkept);
  const answer = panel.drawn.newAnswer(panel);
  answer.id = message.id;
  if (message.role === "team") sign(panel, answer, fill(words.team, { name: message.author ?? "" }));
  if (message.text) answer.say(message.text);
  answer.cite(message.sources ?? []);
  if (message.error) answer.fail(reason(panel, message.error), message.error.retryable);
  else answer.finish(message);
  return answer.node;
}

/** Show that somebody of the team wrote this, and no machine. @param {import("./panel.js").Panel} panel @param {import("./answer.js").Answer} answer @param {string} who */
function sign({ said }, { id, node }, who) {
  wear(said, TEAM_LOOK);
  node.classList.add("team");
  node.dataset.id = id;
  node.ariaLabel = who;
  node.prepend(make("p", { class: "caption", dir: "auto" }, who));
}
