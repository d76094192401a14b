// @ts-check
/** What the team says while the page stays open: looked for only where a human is awaited. */

import { draw } from "./message.js";
import { wear } from "./style.js";

/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./server.js").Refused} Refused */

const SOONEST = 3_000; // milliseconds between two looks, however often the visitor comes back
const SOON = 10_000; // while somebody waits in the open chat
const SELDOM = 60_000; // when nothing has come for long, and while the chat is closed
const DAY = 86_400_000;
const RETURNS = ["visibilitychange", "focus", "online", "pageshow"];

const UNREAD_LOOK = /* css */ `
  :host([unread]) .launcher::after { content: ""; position: absolute; top: -1px; inset-inline-end: -1px; width: 13px; height: 13px; border: 2px solid Canvas; border-radius: 50%; background: #d33; forced-color-adjust: none }
`;

/** How the chats look that look. @type {WeakMap<Panel, ReturnType<typeof newWatch>>} */
const watches = new WeakMap();

/**
 * Look for what the team says to who waits for it, or no more.
 *
 * @param {Panel} panel
 * @param {Message[]} messages  that were just drawn
 */
export function attend(panel, messages) {
  const lately = messages.some(({ role, created_at }) => role === "team" && Date.now() - Date.parse(created_at) < DAY);
  const { awaitsHuman, memory } = panel.conversation;
  if (awaitsHuman || lately) return watch(panel, messages.at(-1)?.id);
  watches.get(panel)?.end();
  if (memory.get("waits")) memory.keep({ waits: undefined });
}

/**
 * Look for what the team says behind a message, or at what was said last.
 *
 * @param {Panel} panel
 * @param {string} [after]
 */
export function watch(panel, after) {
  if (!watches.has(panel)) watches.set(panel, newWatch(panel));
  watches.get(panel)?.begin(after);
}

/** @param {Panel} panel */
function newWatch(panel) {
  const { conversation, node, said, words } = panel;
  const { host } = /** @type {ShadowRoot} */ (node.getRootNode());
  const life = new AbortController();
  /** @type {string | undefined} */
  let id; // of the conversation that is looked at
  /** @type {string | undefined} */
  let known; // the last message that was
  let wait = SOON;
  let looked = 0;
  let timer = 0;

  /** Look once, unless nobody would see it. */
  const look = async () => {
    if (!node.isConnected) return life.abort();
    if (document.hidden || !id || conversation.id !== id) return;
    looked = Date.now();
    try {
      const { messages } = await conversation.call("GET", `conversations/${id}/messages${known ? `?after=${known}` : ""}`);
      if (conversation.id !== id) return;
      known = messages.at(-1)?.id ?? known;
      const fresh = messages.filter((/** @type {Message} */ { id, role }) => role === "team" && !said.querySelector(`[data-id="${id}"]`));
      fresh.forEach(show);
      wait = fresh[0] ? SOON : Math.min(wait * 1.2, SELDOM);
      mark();
    } catch (error) {
      const { retryable, retryAfter = 0, status } = /** @type {Refused} */ (error);
      if (!retryable && status !== 429) return end(); // or it would be refused again
      wait = Math.max(SELDOM, retryAfter * 1000);
    }
    plan();
  };

  const plan = (after = node.hidden ? SELDOM : wait) => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(after * (0.9 + Math.random() / 5), looked + SOONEST - Date.now())); // not all at once
  };

  /** Draw what has come where it is read from its beginning, but for who reads something else. @param {Message} message */
  const show = (message) => {
    const { id, author, text } = message;
    const log = /** @type {HTMLElement} */ (said.parentElement);
    const node = draw(panel, message);
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    panel.suggest();
    if (atEnd && !conversation.busy) panel.scroll.from(node);
    panel.scroll.count();
    panel.change(() => said.append(node));
    panel.say(`${node.ariaLabel}: ${/** @type {HTMLElement} */ (node.querySelector(".words")).innerText}`);
    panel.announce("message", { id, author, text });
  };

  /** Say on the launcher whether something was not read. */
  const mark = () => {
    const { memory } = conversation;
    const newest = /** @type {HTMLElement | undefined} */ ([...said.querySelectorAll("[data-id]")].at(-1))?.dataset.id ?? "";
    const isNew = newest > (memory.get("read") ?? ""); // ids sort by time
    const seen = !node.hidden && !document.hidden;
    if (isNew && seen) memory.keep({ read: newest });
    host.toggleAttribute("unread", isNew && !seen);
    host.shadowRoot?.querySelector(".launcher")?.setAttribute("aria-description", isNew && !seen ? words.news : "");
  };

  const back = () => {
    if (document.hidden || !node.isConnected) return;
    mark();
    wait = SOON;
    if (id) plan(0);
  };
  wear(said, UNREAD_LOOK);
  for (const sign of RETURNS) addEventListener(sign, back, { signal: life.signal });
  new MutationObserver(() => (node.hidden ? id && plan() : back())).observe(node, { attributeFilter: ["hidden"] });

  const end = () => {
    id = undefined;
    clearTimeout(timer);
    conversation.memory.keep({ waits: undefined });
  };

  return {
    end,

    /** @param {string} [after] */
    begin(after) {
      ({ id } = conversation);
      known = after;
      wait = SOON;
      conversation.memory.keep({ waits: id }); // so that the next page looks, too, before anybody opens the chat
      mark();
      plan();
    },
  };
}
