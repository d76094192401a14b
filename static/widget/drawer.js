// @ts-check
/** A page that covers the chat under its header until the visitor goes back. */

import { iconButton, label, make } from "./dom.js";
import { wear } from "./style.js";

const BACK = "M15 5l-7 7 7 7";
const DRAWER_LOOK = /* css */ `
  .drawer { position: absolute; inset: 0; display: flex; flex-direction: column; gap: 12px; padding: 12px; overflow-y: auto; background: var(--back); overscroll-behavior: contain; animation: rise 0.2s }
  .drawer h3 { font-size: 16px }
  .drawer input, .drawer textarea { width: 100%; min-width: 0; min-height: 40px; padding: 8px 12px; border: 1px solid var(--edge); border-radius: 10px; color: inherit; background: none; font-size: 16px }
  .drawer input[type="checkbox"] { width: 18px; min-height: 18px; accent-color: var(--link) }
  .drawer :is(input, textarea):focus-visible { outline-offset: -1px }
  [dir="rtl"] .top svg { transform: scaleX(-1) }
  .top, .row { display: flex; align-items: center; gap: 4px }
  .primary { padding: 8px 16px; border: 1px solid transparent; border-radius: 10px; color: var(--on-accent); background: var(--accent); font-weight: 500 }
  .contact { display: flex; flex-direction: column; align-items: start; gap: 12px }
  .contact > label { width: 100%; font-size: 14px }
  .contact > .footnote { text-align: start }
  .threads { list-style: none }
  .thread { flex: 1; min-width: 0; padding: 8px; border-radius: 10px; text-align: start }
  .thread:hover, .thread[aria-current="true"] { background: var(--soft) }
  .thread .title { display: block }
  .row .icon { width: 32px; height: 32px }
  .row svg { width: 16px }
  .row form { flex: 1 }
  .drawer ::placeholder { color: var(--quiet); opacity: 1 }
  .row p { flex: 1; padding: 8px; font-size: 14px }
  .undo { position: sticky; bottom: 0; display: flex; align-items: center; gap: 8px; margin-top: auto; padding: 8px 12px; border-radius: 10px; color: var(--back); background: var(--text); font-size: 14px; animation: rise 0.2s }
  .undo > .plain { flex: none; margin-inline-start: auto; color: inherit }
  .undo > :focus-visible { outline-color: currentColor }
  @media (forced-colors: active) { .thread[aria-current="true"] { outline: 1px solid } }
  .foot { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 16px }
  .tick { display: flex; align-items: center; gap: 8px; min-height: 24px; font-size: 14px }
`;

/**
 * Cover the chat with a page, and return how to take it away again. Escape does so, too.
 *
 * @param {import("./panel.js").Panel} panel
 * @param {string} title
 * @param {...Node} children
 */
export function cover({ node: panel, words }, title, ...children) {
  wear(panel, DRAWER_LOOK);
  const { activeElement: before } = /** @type {ShadowRoot} */ (panel.getRootNode());
  const [header, ...behind] = /** @type {HTMLElement[]} */ ([...panel.children]);
  const close = (/** @type {Event | void} */ event) => {
    const keeps = event?.type === "depart" && !panel.matches(":focus-within"); // the page may be elsewhere
    header.removeEventListener("click", leave, true);
    panel.removeEventListener("depart", close);
    drawer.remove();
    for (const node of behind) node.inert = false;
    if (!keeps) /** @type {HTMLElement} */ (before)?.focus({ preventScroll: true });
  };
  // The header's own buttons lead elsewhere, and the one that led here leads back.
  const leave = (/** @type {Event} */ event) => {
    if (before?.contains(/** @type {Node} */ (event.target))) event.stopPropagation();
    close();
  };
  header.addEventListener("click", leave, true);
  panel.addEventListener("depart", close); // what it shows is the visitor's who was here
  const top = make("div", { class: "top" }, label(iconButton(BACK, close), words.back), make("h3", {}, title));
  const onkeydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation(); // or the chat would close
    close();
  };
  const drawer = make("div", { class: "drawer", role: "region", "aria-label": title, onkeydown }, top, ...children);
  drawer.style.setProperty("top", `${header.offsetTop + header.offsetHeight}px`);
  for (const node of behind) node.inert = true;
  panel.append(drawer);
  /** @type {HTMLElement} */ (drawer.querySelector("input") ?? top.firstChild).focus({ preventScroll: true });
  return close;
}
