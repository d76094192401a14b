// @ts-check
/** What a page may ask of the chat, besides opening and closing it. */

import { spelled } from "./theme.js";

const ATTRIBUTES = ["icon", "position"];
const MOST_PAIRS = 10;

/** @typedef {(detail: any) => unknown} Handler */

/**
 * Return what can be called.
 *
 * @param {HTMLElement} host
 * @param {import("./panel.js").Panel} panel
 * @param {(how: {focus: boolean}) => Promise<void>} open
 * @param {() => void} tellLauncher
 */
export function api(host, panel, open, tellLauncher) {
  const { conversation } = panel;
  const avatar = /** @type {HTMLElement} */ (panel.node.querySelector(".avatar"));
  /** @type {Map<string, Map<Handler, (event: Event) => void>>} */
  const heard = new Map();

  /** Hear no more of what happens. @param {string} name @param {Handler} handler */
  const off = (name, handler) => {
    const listener = heard.get(name)?.get(handler);
    if (listener) host.removeEventListener(`rag-widget:${name}`, listener);
    heard.get(name)?.delete(handler);
  };

  /** Show nothing more of the visitor, and finish what was begun in their name. */
  const depart = () => panel.node.dispatchEvent(new Event("depart"));

  return {
    off,

    /** Hear of what happens; to return `false` cancels what can be cancelled. @param {string} name @param {Handler} handler */
    on(name, handler) {
      off(name, handler);
      const listener = (/** @type {Event} */ event) => {
        if (handler(/** @type {CustomEvent} */ (event).detail) === false) event.preventDefault();
      };
      if (!heard.has(name)) heard.set(name, new Map());
      heard.get(name)?.set(handler, listener);
      host.addEventListener(`rag-widget:${name}`, listener);
    },

    /** Open, ask, and resolve when the answer is over. @param {string} text */
    async ask(text) {
      await open({ focus: false });
      const question = String(text).trim();
      if (question) await panel.ask(question);
    },

    newConversation: () => panel.begin(undefined, true),

    /** Forget who the visitor is and what was said, as after signing out. */
    reset() {
      depart();
      conversation.reset();
      panel.composer.text = "";
      return panel.begin(undefined, true);
    },

    /** Say who the visitor is. @param {import("./conversation.js").Identity} identity */
    async identify(identity) {
      const { known } = conversation;
      depart();
      try {
        return await conversation.identify(identity);
      } catch (error) {
        const { code, message } = /** @type {import("./server.js").Refused} */ (error);
        panel.announce("error", { code, message });
        throw error;
      } finally {
        if (panel.settings.id && (known || conversation.known)) await panel.begin(conversation.id, true);
      }
    },

    /** Say where the visitor is and what else the owner may want to see. @param {Record<string, unknown>} things */
    setContext({ url, title, ...pairs }) {
      const { about } = conversation;
      if (url || title) about.page = { url: String(url ?? location.href).slice(0, 2000), title: String(title ?? document.title).slice(0, 300) };
      const all = Object.entries({ ...about.context, ...pairs }).filter(([, value]) => value != null);
      if (all.length > MOST_PAIRS) throw new TypeError(`setContext: at most ${MOST_PAIRS} pairs can be kept; set others to null.`);
      about.context = Object.fromEntries(all.map(([name, value]) => [name.slice(0, 40), String(value).slice(0, 200)]));
    },

    /** Look otherwise, at once; `null` gives back what the owner chose. @param {Record<string, string | number | null> | null} theme */
    setTheme(theme) {
      for (const [name, spelling] of spelled(theme)) {
        host.style.setProperty(`--rag-widget-${name}`, spelling);
        if (name === "avatar") avatar.textContent = spelling ?? panel.settings.theme?.avatar ?? panel.settings.name?.[0];
        if (!ATTRIBUTES.includes(name)) continue;
        if (spelling === null) host.removeAttribute(name);
        else host.setAttribute(name, spelling);
      }
      tellLauncher();
    },
  };
}
