// @ts-check
/** `<rag-widget>` come alive: what the element that widget.js defines does once somebody is interested. */

import { icon } from "./dom.js";
import { newPanel } from "./panel.js";
import { LOOK, wear } from "./style.js";

/**
 * Bring an element to life, and return how to call what a page may ask of it.
 *
 * @param {HTMLElement} host
 * @param {string} home  where RagWidget is served, if the element does not say so itself
 */
export function wake(host, home) {
  const root = /** @type {ShadowRoot} */ (host.shadowRoot);
  const launcher = /** @type {HTMLElement | null} */ (root.querySelector(".launcher")); // none where the chat has a place in the page
  const face = [...(launcher?.childNodes ?? [])];
  const chatbot = host.getAttribute("chatbot") ?? "";
  const life = new AbortController();
  const { signal } = life;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(":host{}");
  const { style: look } = /** @type {CSSStyleRule} */ (sheet.cssRules[0]);

  const opening = launcher?.ariaLabel ?? "";

  /** Tell the page, and say whether it agrees. @param {string} name @param {object} [detail] */
  const announce = (name, detail) =>
    host.dispatchEvent(new CustomEvent(`rag-widget:${name}`, { bubbles: true, composed: true, cancelable: /^(open|close|question)$/.test(name), detail }));

  const panel = newPanel({
    server: host.getAttribute("server") ?? home,
    chatbot,
    lang: host.lang,
    locale: document.documentElement.lang || navigator.language,
    signal,
    announce,
    close: () => close(),
    dress({ name, locale, theme }) {
      // In a sheet inside and where no attribute is: whatever the page says goes before.
      for (const key in theme) look.setProperty(`--rag-widget-${key}`, theme[key]);
      for (const key of ["icon", "position"]) if (theme[key] && !host.hasAttribute(key)) host.setAttribute(key, theme[key]);
      tellLauncher();
      announce("ready", { name, locale });
    },
  });
  const { node, words } = panel;

  /** A chat in its place has no launcher: it is always open, and looks as another part says. */
  const prepare = async () => {
    if (!launcher) (await import("./place.js")).settle(host, panel);
    else if (matchMedia("(pointer: coarse)").matches) phone ??= fetchPhone().catch(() => (phone = undefined));
    return panel.prepare();
  };

  /** @type {Promise<void> | undefined} */
  let phone;
  const fetchPhone = async () => (await import("./phone.js")).settleOnPhone(panel, close, signal);

  const open = async ({ focus = true } = {}) => {
    if (!launcher) await prepare();
    else if (node.hidden) {
      if (!announce("open")) return;
      host.hidePopover?.(); // and back: above what came into the top layer since
      host.showPopover?.();
      const isLeft = (/** @type {Element} */ widget) => widget.getAttribute("position") === "left";
      const { length } = [...document.querySelectorAll("rag-widget:not([mode])")].filter((widget) => isLeft(widget) === isLeft(host));
      host.style.setProperty("--rag-widget-count", `${length}`); // the panel opens above all launchers of its corner
      panel.show(true);
      prepare();
      tellLauncher();
    }
    if (focus) panel.focus();
  };

  const close = ({ focus = true } = {}) => {
    if (!launcher || node.hidden || !announce("close")) return;
    panel.show(false);
    tellLauncher();
    if (focus) launcher.focus({ preventScroll: true });
  };

  /** Draw and name the launcher as it now works. */
  const tellLauncher = () => {
    if (!launcher) return;
    const shown = !node.hidden;
    host.toggleAttribute("opened", shown);
    launcher.ariaExpanded = `${shown}`;
    launcher.ariaLabel = shown ? words.close : host.getAttribute("label") || words.open || opening;
    const sign = host.getAttribute("icon");
    launcher.replaceChildren(...(shown ? [icon("down")] : sign ? [sign[16] ? icon(sign) : sign] : face)); // a path is longer than any sign
    if (shown && host.hasAttribute("open")) return; // this page opened it, and the next need not
    try {
      sessionStorage.setItem(`rag-widget:${chatbot}`, shown ? "open" : "");
    } catch {} // then the next page starts closed
  };

  root.append(node);
  wear(root, LOOK);
  root.adoptedStyleSheets.push(sheet);
  root.addEventListener(
    "keydown",
    (event) => {
      const { key, isComposing } = /** @type {KeyboardEvent} */ (event);
      if (key !== "Escape" || isComposing || node.hidden) return;
      const hid = panel.peek?.hide();
      if (hid || launcher) event.stopPropagation();
      if (!hid) close();
    },
    { signal },
  );
  // One chat at a time: they would lie on top of each other.
  document.addEventListener("rag-widget:open", ({ target }) => target !== host && close({ focus: false }), { signal });

  /** @type {Record<string, (...args: any[]) => any>} */
  const calls = {
    prepare,
    open,
    close,
    toggle: () => (node.hidden ? open() : close()),
    end() {
      life.abort();
      panel.conversation.leave(panel.conversation.id);
      node.remove();
      for (const name of ["opened", "unread"]) host.removeAttribute(name);
    },
  };
  /** @type {Promise<void> | undefined} */
  let others;
  const fetchOthers = async () => {
    const { api } = await import("./api.js");
    Object.assign(calls, api(host, panel, open, tellLauncher));
  };

  /** @param {string} name @param {...any} args */
  return async (name, ...args) => {
    if (!calls[name]) others ??= fetchOthers();
    await others?.catch(() => (others = undefined)); // in the order in which the page said it
    return calls[name](...args);
  };
}
