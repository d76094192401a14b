// @ts-check
/** `<rag-widget>`: the launcher's element, come alive. */

import { icon } from "./dom.js";
import { newPanel } from "./panel.js";
import { LOOK, wear } from "./style.js";
import { FEW } from "./words.js";

/**
 * Made by widget.js, which draws the launcher into its shadow root. Attributes:
 * `chatbot`, `server`, and optionally `position`, `accent`, `scheme`, `lang`, `label`.
 * Tells the page what happens by events that bubble: `rag-widget:open`, `:close`,
 * `:question`, `:answer`, `:error`.
 */
export class RagWidget extends HTMLElement {
  /** @type {import("./panel.js").Panel | undefined} */
  #panel;
  /** @type {(Node | string)[]} */
  #face = [];
  #words = /** @type {import("./words.js").Words} */ (FEW);

  /** Fetch what an open chat needs, without opening it. */
  prepare() {
    return this.#open().prepare();
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  get isOpen() {
    return this.#panel?.node.hidden === false;
  }

  /** @param {{focus?: boolean}} [options] */
  open({ focus = true } = {}) {
    if (this.isOpen) return;
    const panel = this.#open();
    if (this.popover) {
      this.hidePopover(); // and back: above what came into the top layer since
      this.showPopover();
    }
    const count = document.querySelectorAll("rag-widget").length;
    this.style.setProperty("--rag-widget-count", String(count)); // the panel opens above all launchers
    panel.show(true);
    panel.prepare();
    this.#tellLauncher(true);
    if (focus) panel.focus();
    this.#announce("open");
  }

  /** @param {{focus?: boolean}} [options] */
  close({ focus = true } = {}) {
    if (!this.isOpen) return;
    this.#panel?.show(false);
    this.#tellLauncher(false);
    if (focus) this.#launcher.focus({ preventScroll: true });
    this.#announce("close");
  }

  get #launcher() {
    return /** @type {HTMLElement} */ (this.shadowRoot?.querySelector(".launcher"));
  }

  #open() {
    if (this.#panel) return this.#panel;
    const root = /** @type {ShadowRoot} */ (this.shadowRoot);
    wear(root, LOOK);
    this.#panel = newPanel({
      server: this.getAttribute("server") ?? location.origin,
      chatbot: this.getAttribute("chatbot") ?? "",
      locale: this.getAttribute("lang") || document.documentElement.lang || navigator.language,
      close: () => this.close(),
      dress: (settings, words) => this.#dress(settings.theme ?? {}, words),
      announce: (name, detail) => this.#announce(name, detail),
    });
    root.append(this.#panel.node);
    root.addEventListener("keydown", (event) => this.#leave(/** @type {KeyboardEvent} */ (event)));
    // One chat at a time: they would lie on top of each other.
    document.addEventListener("rag-widget:open", ({ target }) => target !== this && this.close({ focus: false }));
    this.#fitKeyboard();
    return this.#panel;
  }

  /**
   * Look as the chatbot's settings say. They are in a sheet inside, so that whatever the page says
   * goes before: in the pasted line, or in a sheet of its own.
   *
   * @param {Record<string, string>} theme
   * @param {import("./words.js").Words} words
   */
  #dress(theme, words) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(":host{}");
    for (const name in theme) /** @type {CSSStyleRule} */ (sheet.cssRules[0]).style.setProperty("--rag-widget-" + name, theme[name]);
    this.shadowRoot?.adoptedStyleSheets.push(sheet);
    const { position, icon: face } = theme;
    if (position && !this.hasAttribute("position")) this.setAttribute("position", position);
    if (face && !this.hasAttribute("icon")) this.#wearFace(face[16] ? icon(face) : face); // a path is longer than any sign
    this.#words = words;
    this.#nameLauncher();
  }

  /** @param {Node | string} face */
  #wearFace(face) {
    if (this.isOpen) this.#face = [face];
    else this.#launcher.replaceChildren(face);
  }

  /** @param {KeyboardEvent} event */
  #leave(event) {
    if (event.key !== "Escape" || event.isComposing || !this.isOpen) return;
    event.stopPropagation();
    if (!this.#panel?.peek?.hide()) this.close();
  }

  /** @param {boolean} open */
  #tellLauncher(open) {
    this.toggleAttribute("opened", open);
    this.#launcher.ariaExpanded = String(open);
    this.#nameLauncher();
    if (open) this.#face = [...this.#launcher.childNodes];
    this.#launcher.replaceChildren(...(open ? [icon("down")] : this.#face));
    try {
      sessionStorage.setItem(`rag-widget:${this.getAttribute("chatbot")}`, open ? "open" : "");
    } catch {} // then the next page starts closed
  }

  #nameLauncher() {
    this.#launcher.ariaLabel = this.isOpen ? this.#words.close : this.getAttribute("label") || this.#words.open || "Open chat";
  }

  /** Keep a phone's keyboard off the field: it shrinks and moves what is seen, not the page. */
  #fitKeyboard() {
    const seen = window.visualViewport;
    // Times the scale: whoever magnifies wants the chat larger, not smaller.
    seen?.addEventListener("resize", () => this.style.setProperty("--rag-widget-seen", `${seen.height * seen.scale}px`));
  }

  /** @param {string} name @param {object} [detail] */
  #announce(name, detail) {
    return this.dispatchEvent(new CustomEvent(`rag-widget:${name}`, { bubbles: true, composed: true, cancelable: true, detail }));
  }
}

if (!customElements.get("rag-widget")) customElements.define("rag-widget", RagWidget);
