// @ts-check
/** What was said before, drawn again. */

import { make } from "./dom.js";
import { draw } from "./message.js";
import { wear } from "./style.js";

const PAST_LOOK = /* css */ `.older { display: block; margin: 0 auto 16px }`;

/**
 * Show the newest part of a conversation, with the way to what is older.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {import("./conversation.js").Message[]} messages
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
  panel.drawn.attend(panel, messages);
}
