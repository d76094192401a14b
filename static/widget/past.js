// @ts-check
/** What was said before, drawn again. */

import { make } from "./dom.js";
import { heal } from "./heal.js";
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
  let reading = false;
  const showOlder = async () => {
    if (reading) return; // pressed twice, it would be there twice
    reading = true;
    panel.tell();
    try {
      const messages = await conversation.older();
      if (older.isConnected) show(messages);
    } catch (error) {
      if (older.isConnected) heal(panel, /** @type {import("./server.js").Refused} */ (error), showOlder);
    }
    reading = false;
  };
  const show = (/** @type {import("./conversation.js").Message[]} */ messages) => {
    const log = /** @type {HTMLElement} */ (said.parentElement);
    const height = log.scrollHeight;
    older.after(...messages.map((message) => draw(panel, message)));
    if (!conversation.hasOlder && older.matches(":focus")) log.focus({ preventScroll: true }); // the button goes away
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
