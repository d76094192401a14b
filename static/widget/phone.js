// @ts-check
/** What only a touch screen needs: room beside its keyboard, a page that stays where it is, ways to close by thumb. */

import { backCloses } from "./back.js";
import { wear } from "./style.js";
import { swipeCloses } from "./swipe.js";

const FULL = "(max-width: 480px), (max-height: 480px)"; // the chat is all that is seen, as style.js has it
const PHONE_LOOK = /* css */ `
  .header { touch-action: pinch-zoom }
  .tools > select { font-size: 16px }
  @media (max-width: 480px), (max-height: 480px) {
    .panel { top: var(--seen-top, 0) }
    .header::before { content: ""; position: absolute; top: calc(4px + env(safe-area-inset-top)); inset-inline: 0; width: 36px; height: 4px; margin-inline: auto; border-radius: 2px; background: var(--line) }
  }
  @media (min-width: 481px) and (min-height: 481px) {
    .panel { margin-bottom: max(0px, var(--keyboard, 0px) - 68px); max-height: calc(100dvh - var(--keyboard, 0px) - 40px) }
  }
`;

/**
 * Make a chat at home on a touch screen.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {() => void} close
 * @param {AbortSignal} signal  when to hear no more of the page
 */
export function settleOnPhone(panel, close, signal) {
  const { node } = panel;
  const full = matchMedia(FULL);
  wear(node, PHONE_LOOK);
  fitKeyboard(panel, signal);
  backCloses(node, full, close, signal);
  swipeCloses(node, full, close);
  node.addEventListener("touchmove", stay, { passive: false });
}

/** Keep the keyboard off the field: it shrinks and moves what is seen, not the page. @param {import("./panel.js").Panel} panel @param {AbortSignal} signal */
function fitKeyboard({ node, change }, signal) {
  const seen = window.visualViewport;
  if (!seen) return;
  const fit = () => {
    const { height, scale, offsetTop } = seen;
    const magnified = scale > 1.01; // whoever magnifies wants the chat larger, not smaller, and moves about in it
    const keyboard = magnified ? 0 : Math.max(0, innerHeight - height - offsetTop);
    node.style.setProperty("--rag-widget-seen", `${height * scale}px`);
    node.style.setProperty("--seen-top", `${magnified ? 0 : offsetTop}px`);
    node.style.setProperty("--keyboard", `${keyboard}px`);
    change();
  };
  for (const name of ["resize", "scroll"]) seen.addEventListener(name, fit, { signal });
}

/** Let no finger on the chat move the page behind it, unless two magnify. @param {TouchEvent} event */
function stay(event) {
  if (event.touches.length > 1 || !event.cancelable) return;
  const path = /** @type {Element[]} */ (event.composedPath());
  const within = path.slice(0, path.indexOf(/** @type {Element} */ (event.currentTarget)));
  const scrolls = within.some((node) => {
    const { overflowX, overflowY } = getComputedStyle(node);
    return (overflowY === "auto" && node.scrollHeight > node.clientHeight) || (overflowX === "auto" && node.scrollWidth > node.clientWidth);
  });
  if (!scrolls) event.preventDefault();
}
