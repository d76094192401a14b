// @ts-check
/** Erasing with a way back: what was deleted goes when nobody has wanted it back for a while. */

import { make } from "./dom.js";

const WHILE = 6000; // milliseconds

/** What is gone, or will be, by its id. @type {Set<string>} */
const leaving = new Set();

/** Whether it counts as erased already. @param {string} id */
export function isLeaving(id) {
  return leaving.has(id);
}

/**
 * Draw a bar that gives something back, and erase it when nobody wanted that: after a while, or at
 * once when the page is left, or the visitor is another. Whoever points at the bar, or is there by
 * keyboard, has all the time.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {string} id
 * @param {HTMLElement} rest  where the focus goes from the bar
 * @param {() => Promise<void>} erase
 * @param {(wanted: boolean) => void} back  told when it is there again: wanted, or because erasing failed
 */
export function eraseLater({ node, words }, id, rest, erase, back) {
  const stop = () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", leave);
    node.removeEventListener("depart", end);
    if (undo.matches(":focus")) rest.focus();
    bar.remove();
  };
  const restore = () => {
    stop();
    leaving.delete(id);
    back(true);
  };
  const end = () => {
    stop();
    erase().catch(() => {
      leaving.delete(id);
      back(false);
    });
  };
  const leave = () => document.hidden && end();
  const look = () => (bar.matches(":hover") || undo.matches(":focus-visible") ? wait() : end());
  const wait = () => (timer = setTimeout(look, WHILE));

  const undo = make("button", { class: "plain", onclick: restore }, words.undo);
  const bar = make("div", { class: "undo" }, make("span", {}, words.conversationDeleted), undo);
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  leaving.add(id);
  document.addEventListener("visibilitychange", leave);
  node.addEventListener("depart", end);
  wait();
  return { bar, undo };
}
