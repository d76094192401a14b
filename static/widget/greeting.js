// @ts-check
/** Who a visitor is, asked before the first question where the owner wants to know. */

import { consent } from "./consent.js";
import { make } from "./dom.js";
import { cover } from "./drawer.js";

/**
 * Go on with the first question of somebody who is known in this browser; else ask who they are
 * before. Whoever goes back finds the question in the field.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {string} question
 * @param {() => Promise<void>} go
 */
export async function greet(panel, question, go) {
  const { announce, composer, conversation, words } = panel;
  const { about, memory } = conversation;
  const known = about.visitor?.email ? about.visitor : (memory.get("visitor") ?? about.visitor);
  if (known?.email || memory.get("known")) {
    if (!memory.get("known")) about.visitor = known; // else the website's server says it
    return go();
  }
  composer.text ||= question;
  conversation.draft = composer.text;

  const name = make("input", { autocomplete: "name", maxlength: 120, dir: "auto", value: known?.name });
  const email = make("input", { type: "email", autocomplete: "email", maxlength: 254, required: true });
  const onsubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const visitor = { name: name.value.trim(), email: email.value.trim() };
    about.visitor = visitor;
    memory.keep({ visitor });
    announce("contact", visitor);
    close();
    if (composer.text.startsWith(question)) composer.text = composer.text.slice(question.length).trim();
    await go();
    if (conversation.id) return;
    about.visitor = undefined; // the server may have thought nothing of it
    memory.keep({ visitor: undefined });
  };
  const fields = [[words.email, email], [words.nameOptional, name]].map(([title, field]) => make("label", {}, title, field));
  const form = make("form", { class: "contact", onsubmit }, ...fields, ...consent(panel), make("button", { class: "primary" }, words.begin));
  const close = cover(panel, words.before, form);
}
