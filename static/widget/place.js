// @ts-check
/** A chat that has a place in the page: it fills its box, and is no dialog. */

import { wear } from "./style.js";

const PLACE_LOOK = /* css */ `
  :host([mode]) .panel {
    position: relative;
    inset: auto;
    width: 100%;
    height: 100%;
    min-height: 320px;
    padding: 0;
    box-shadow: none;
    animation: none;
    letter-spacing: normal;
    word-spacing: normal;
    text-align: start;
    text-indent: 0;
    text-transform: none;
    white-space: normal;
    visibility: visible;
    cursor: auto;
  }
  :host([mode]) .panel .close { display: none }
  :host([mode="full"]) { height: 100dvh }
  :host([mode="full"]) .panel { padding: env(safe-area-inset-top) env(safe-area-inset-right) 0 env(safe-area-inset-left); border: 0; border-radius: 0 }
  :host([mode="full"]) .panel > * { width: 100%; max-width: 760px; margin-inline: auto }
  :host([mode="full"]) .panel > .log { max-width: none; padding-inline: max(16px, 50% - 364px) }
`;

/** Show a chat in its place. @param {HTMLElement} host @param {import("./panel.js").Panel} panel */
export function settle(host, panel) {
  if (!panel.node.hidden) return;
  wear(panel.node, PLACE_LOOK);
  panel.node.role = "region";
  panel.show(true);
}
