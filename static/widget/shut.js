// @ts-check
/** A chat that cannot be used here or now: only the reason is left of it. */

import { icon } from "./dom.js";
import { wear } from "./style.js";

const SILENT = "M4 5h16v12h-9l-4 4v-4H4z";
const SHUT_LOOK = /* css */ `
  .shut { height: 250px }
  .shut > .header { border: 0 }
  .close { margin-inline-start: auto }
  .shut :is(h2, .header > .icon:not(.close), .log, .composer, .footnote) { display: none }
  .shut > .footer { margin: auto }
  .shut .notice { margin-bottom: 48px; max-height: none; color: var(--text); background: none; font-size: 16px; text-align: center }
  .notice svg { display: block; margin: 0 auto 12px; width: 56px; height: 56px; padding: 14px; border-radius: 28px; background: var(--soft) }
`;

/**
 * Leave only the reason to be seen, and tell the owner about a website that is not listed.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {string} code
 */
export function shut({ node: panel, notice }, code) {
  const was = panel.matches(".shut");
  wear(panel, SHUT_LOOK);
  panel.classList.add("shut");
  notice.prepend(icon(SILENT));
  if (panel.matches(":focus-within")) /** @type {HTMLElement} */ (panel.querySelector(".close")).focus(); // the field goes away
  if (code === "origin_not_allowed" && !was) {
    console.warn(
      `RagWidget: this page's origin, ${self.origin}, is not on the chatbot's list of allowed websites. Add it on the Install page of the dashboard.`,
    );
  }
}
