// @ts-check
/** What the team says, drawn while the chat is open, for those who see it and those who hear it. */

import { draw } from "./message.js";

/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {import("./panel.js").Panel} Panel */

/**
 * Draw what has come where it is read from its beginning, but for who reads something else.
 *
 * @param {Panel} panel
 * @param {Message[]} messages
 */
export function arrive(panel, messages) {
  const { conversation, said, scroll } = panel;
  const log = /** @type {HTMLElement} */ (said.parentElement);
  for (const message of messages) {
    const { id, author, text } = message;
    const node = draw(panel, message);
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    panel.suggest();
    if (atEnd && !conversation.busy) scroll.from(node);
    scroll.count();
    panel.change(() => said.append(node));
    panel.say(`${node.ariaLabel}: ${/** @type {HTMLElement} */ (node.querySelector(".words")).innerText}`);
    panel.announce("message", { id, author, text });
  }
}
