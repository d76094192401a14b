// @ts-check
/** A message to a human, with a name and an address to answer to. */

import { consent } from "./consent.js";
import { make } from "./dom.js";
import { cover } from "./drawer.js";
import { reason } from "./reasons.js";

/**
 * Show the form.
 *
 * @param {import("./panel.js").Panel} panel
 */
export function contact(panel) {
  const { conversation, words } = panel;
  const known = conversation.about.visitor ?? conversation.memory.get("visitor");
  const name = make("input", { autocomplete: "name", maxlength: 120, required: true, dir: "auto", value: known?.name });
  const email = make("input", { type: "email", autocomplete: "email", maxlength: 254, required: true, value: known?.email });
  const message = make("textarea", { rows: 5, maxlength: 4000, required: true, dir: "auto" });
  const trouble = make("p", { class: "failed", role: "alert", hidden: true });
  const send = make("button", { class: "primary" }, words.leave);

  const onsubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    send.disabled = true;
    trouble.hidden = true;
    const body = { name: name.value, email: email.value, message: message.value };
    try {
      await conversation.call("POST", `conversations/${conversation.id}/contact`, body);
      const thanks = make("p", { role: "status", tabindex: "-1" }, words.contacted);
      form.replaceWith(thanks);
      panel.announce("contact", body);
      panel.drawn?.listen(panel, undefined, true);
      thanks.focus();
    } catch (error) {
      const refused = /** @type {import("./server.js").Refused} */ (error);
      trouble.textContent = refused.message.startsWith("email:") ? words.checkEmail : reason(panel, refused);
      trouble.hidden = false;
      send.disabled = false;
    }
  };
  const named = [[words.yourName, name], [words.email, email], [words.message, message]].map(([title, field]) => make("label", {}, title, field));
  const form = make("form", { class: "contact", onsubmit }, ...named, ...consent(panel, words.consent), trouble, send);
  cover(panel, words.human, form);
}
