// @ts-check
/** A thumb for an answer, and a word about it from whoever likes to say more. */

import { make } from "./dom.js";
import { wear } from "./style.js";

const RATING_LOOK = /* css */ `
  .comment { display: flex; flex-direction: column; align-items: start; gap: 8px; margin-top: 8px; padding: 12px; border-radius: 10px; background: var(--soft); font-size: 14px; animation: rise 0.2s }
  .primary { padding: 8px 16px; border: 1px solid transparent; border-radius: 10px; color: var(--on-accent); background: var(--accent); font-weight: 500 }
  .comment textarea { width: 100%; min-height: 64px; padding: 8px 12px; border: 1px solid var(--edge); border-radius: 10px; background: var(--back); font-size: 16px; resize: vertical }
`;

/**
 * Press a thumb, or take it back, and offer to say why.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {import("./answer.js").Answer} answer
 * @param {HTMLElement[]} thumbs  up and down
 * @param {HTMLElement} pressed
 */
export function rate({ conversation, words, announce, settings }, { id }, thumbs, pressed) {
  const send = async (/** @type {"up" | "down" | null} */ rating, comment = "") => {
    await conversation.rate(id, rating, comment);
    announce("rating", { id, rating, comment });
  };
  const taken = pressed.ariaPressed === "true";
  for (const thumb of thumbs) thumb.ariaPressed = String(!taken && thumb === pressed);
  const rating = taken ? null : thumbs[0] === pressed ? "up" : "down";
  send(rating).catch(() => {
    for (const thumb of thumbs) thumb.ariaPressed = String(taken && thumb === pressed); // nobody heard it
  });

  const actions = /** @type {HTMLElement} */ (pressed.parentElement);
  if (actions.nextElementSibling) actions.nextElementSibling.remove();
  if (taken || settings.keeps_words === false) return;
  wear(actions, RATING_LOOK);
  const title = rating === "up" ? words.whyGood : words.whyBad;
  const field = make("textarea", { maxlength: 1000, dir: "auto", "aria-label": title });
  const trouble = make("p", { class: "over", role: "alert" });
  const onsubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const comment = field.value.trim();
    const heard = !comment || (await send(rating, comment).then(() => true, () => false));
    trouble.textContent = heard ? "" : words.unreachable;
    if (!heard) return;
    const thanks = make("p", { class: "state", role: "status", tabindex: "-1" }, words.thanks);
    form.replaceWith(thanks);
    thanks.focus({ preventScroll: true });
  };
  const onkeydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    form.remove();
    pressed.focus();
  };
  const form = make("form", { class: "comment", onsubmit, onkeydown }, make("p", {}, title), field, trouble, make("button", { class: "primary" }, words.sendComment));
  actions.after(form);
  form.scrollIntoView({ block: "nearest" });
}
