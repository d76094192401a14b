// @ts-check
/** What the team says while the page stays open: looked for where it may be read, or is awaited. */

import { wear } from "./style.js";

/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./server.js").Refused} Refused */

const SOONEST = 3_000; // milliseconds between two looks, however often the visitor comes back
const SOON = 10_000; // after something was said in the open chat
const SELDOM = 60_000; // when nothing has come for long, and while the chat is closed
const ATTENTION = 300_000; // without a sign of the visitor, until they seem to be gone
const DAY = 86_400_000;
const RETURNS = ["visibilitychange", "focus", "online", "pageshow"];
const STIRS = ["pointerdown", "pointermove", "keydown"];

const UNREAD_LOOK = /* css */ `
  :host([unread]) .launcher::after { content: ""; position: absolute; top: -1px; inset-inline-end: -1px; width: 13px; height: 13px; border: 2px solid Canvas; border-radius: 50%; background: #d33; forced-color-adjust: none }
`;

/** How the chats look that look. @type {WeakMap<Panel, ReturnType<typeof newWatch>>} */
const watches = new WeakMap();

/**
 * Look for what the team says from what was just drawn on: ever so seldom, and as long as somebody
 * sees the chat; where the visitor waits for a human, or the team has spoken lately, also while it is
 * closed.
 *
 * @param {Panel} panel
 * @param {Message[]} messages
 */
export function attend(panel, messages) {
  const lately = messages.some(({ role, created_at }) => role === "team" && Date.now() - Date.parse(created_at) < DAY);
  listen(panel, messages.at(-1)?.id, panel.conversation.awaitsHuman || lately);
}

/**
 * Look for what the team says behind a message, or at what was said last.
 *
 * @param {Panel} panel
 * @param {string} [after]
 * @param {boolean} [awaited]  whether the visitor waits for it; as before, if nobody says
 */
export function listen(panel, after, awaited) {
  if (!watches.has(panel)) watches.set(panel, newWatch(panel));
  watches.get(panel)?.begin(after, awaited);
}

/** @param {Panel} panel */
function newWatch(panel) {
  const { conversation, node, said, signal, use, words } = panel;
  const { host } = /** @type {ShadowRoot} */ (node.getRootNode());
  /** @type {string | undefined} */
  let id; // of the conversation that is looked at
  /** @type {string | undefined} */
  let known; // the last message that was
  let awaited = false;
  let wait = SOON;
  let looked = 0;
  let stirred = 0;
  let timer = 0;

  const drawn = (/** @type {Message} */ { id }) => said.querySelector(`[data-id="${id}"]`);
  const isGone = () => Date.now() - stirred > ATTENTION;

  /** Look once, unless nobody would see it. */
  const look = async () => {
    if (!node.isConnected || document.hidden || !id || conversation.id !== id || (!awaited && (node.hidden || isGone()))) return;
    looked = Date.now();
    try {
      const { messages } = await conversation.call("GET", `conversations/${id}/messages${known ? `?after=${known}` : ""}`);
      const fresh = messages.filter((/** @type {Message} */ message) => message.role === "team" && !drawn(message));
      if (fresh[0]) await use((parts) => conversation.id === id && parts.arrive(panel, fresh));
      if (conversation.id !== id) return;
      if (fresh.every(drawn)) known = messages.at(-1)?.id ?? known; // or the part that draws is out of reach
      if (fresh[0]) expect(true);
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
    stirred = Date.now();
    wait = SOON;
    if (id) plan(0);
  };
  const stir = () => {
    if (isGone()) back();
    stirred = Date.now();
  };

  /** Have the next page look, too, before anybody opens the chat; or no more. @param {boolean} wanted */
  const expect = (wanted) => {
    if (wanted || awaited || conversation.memory.get("waits")) conversation.awaitTeam(wanted);
    awaited = wanted;
  };

  const end = () => {
    expect(false);
    id = undefined;
    clearTimeout(timer);
  };

  wear(said, UNREAD_LOOK);
  signal?.addEventListener("abort", () => clearTimeout(timer)); // or it would keep the chat
  for (const sign of RETURNS) addEventListener(sign, back, { signal });
  for (const sign of STIRS) node.addEventListener(sign, stir);
  new MutationObserver(() => (node.hidden ? id && plan() : back())).observe(node, { attributeFilter: ["hidden"] });

  return {
    /** @param {string} [after] @param {boolean} [wanted] */
    begin(after, wanted = awaited && conversation.id === id) {
      ({ id } = conversation);
      known = after;
      stirred = Date.now();
      wait = SOON;
      expect(wanted);
      mark();
      plan();
    },
  };
}
