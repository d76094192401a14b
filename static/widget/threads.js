// @ts-check
/** The visitor's conversations: find one, go on with it, rename it, put it away, erase it. */

import { contact } from "./contact.js";
import { iconButton, label, make } from "./dom.js";
import { cover } from "./drawer.js";
import { eraseLater, isLeaving } from "./erasing.js";
import { customOf } from "./words.js";

/** @typedef {{id: string, title: string, last_message_at: string, archived: boolean}} Thread */

const BOX = "M4 5h16v4H4zM6 9v10h12V9M10 13h4";
const BIN = "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13";

/**
 * Show the list.
 *
 * @param {import("./panel.js").Panel} panel
 */
export function threads(panel) {
  const { conversation, settings, words } = panel;
  /** @type {Thread[]} */
  let known = [];
  /** @type {string | null} */
  let next = null;
  let asked = 0;
  /** The row in which a name is being written, which must outlast any other change. @type {{id: string, row: HTMLElement} | undefined} */
  let editing;

  const list = make("ul", { class: "threads", "aria-label": words.threads });
  const state = make("p", { class: "state", role: "status" });
  const search = make("input", { type: "search", placeholder: words.search, "aria-label": words.search, oninput: () => draw() });
  const archived = make("input", { type: "checkbox", onchange: () => load() });
  const earlier = make("button", { class: "plain", onclick: () => load(next) }, words.earlier);
  const write = () => {
    close();
    contact(panel);
  };
  const human = make("button", { class: "plain", hidden: true, onclick: write }, words.human);
  const tick = make("label", { class: "tick" }, archived, words.archived);
  const foot = make("div", { class: "foot" }, earlier, tick, human);
  const close = cover(panel, words.threads, search, list, state, foot);

  /** @param {string | null} [after] */
  const load = async (after) => {
    const turn = ++asked;
    try {
      const query = `limit=100&archived=${archived.checked}${after ? `&after=${encodeURIComponent(after)}` : ""}`;
      const page = conversation.known ? await conversation.call("GET", `conversations?${query}`) : { conversations: [] };
      if (turn !== asked) return; // the box was ticked or the button pressed once more
      known = [...(after ? known : []), ...page.conversations];
      next = page.next ?? null;
      draw();
    } catch {
      fail();
    }
  };

  const fail = () => {
    state.textContent = words.unreachable;
    state.hidden = false;
  };

  const draw = () => {
    const sought = search.value.trim().toLocaleLowerCase();
    const here = known.filter(({ id }) => !isLeaving(id));
    const found = here.filter(({ title }) => title.toLocaleLowerCase().includes(sought));
    const { activeElement: focused } = /** @type {ShadowRoot} */ (list.getRootNode());
    list.replaceChildren(...found.map((thread) => (editing?.id === thread.id ? editing.row : item(thread))));
    if (editing?.row.contains(focused)) /** @type {HTMLElement} */ (focused).focus();
    state.hidden = found.length > 0;
    state.textContent = here.length ? words.nothing : words.none;
    earlier.hidden = !next;
    human.hidden = settings.contact === "never" || !conversation.id; // it goes with a conversation
  };

  /** @param {Thread} thread */
  const item = (thread) => {
    const row = make("li", { class: "row" });
    const choose = () => {
      close();
      panel.begin(thread.id);
    };
    const here = thread.id === conversation.id;
    const title = make("span", { class: "title", dir: "auto" }, thread.title);
    const open = make("button", { class: "thread", "aria-current": String(here), onclick: choose }, title, make("small", {}, when(thread, settings.locale)));
    const rename = tool("pencil", words.rename, thread, () => edit(row, thread));
    const archive = tool(BOX, thread.archived ? words.restore : words.archive, thread, () => change(thread, { archived: !thread.archived }));
    archive.ariaPressed = String(thread.archived);
    row.append(open, settings.keeps_words === false ? "" : rename, archive, tool(BIN, words.remove, thread, () => remove(thread)));
    return row;
  };

  /** @param {string} path @param {string} does @param {Thread} thread @param {() => void} act */
  const tool = (path, does, { title }, act) => {
    const button = label(iconButton(/** @type {any} */ (path), act), does);
    button.ariaLabel = `${does}: ${title}`;
    return button;
  };

  /** @param {HTMLElement} row @param {Thread} thread */
  const edit = (row, thread) => {
    const field = make("input", { maxlength: 80, required: true, dir: "auto", "aria-label": words.name });
    field.value = thread.title;
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const title = field.value.trim();
      if (!title) return;
      editing = undefined;
      change(thread, { title });
    };
    const onkeydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation();
      editing = undefined;
      draw();
      search.focus();
    };
    const form = make("form", { class: "row", onsubmit, onkeydown }, field, label(iconButton("check", () => {}), words.save));
    const before = editing;
    editing = { id: thread.id, row };
    row.replaceChildren(form);
    if (before) draw(); // one at a time
    field.select();
  };

  /** @param {Thread} thread @param {Partial<Thread>} wish */
  const change = async (thread, wish) => {
    try {
      const { conversation: changed } = await conversation.call("PATCH", `conversations/${thread.id}`, wish);
      known = known.map((each) => (each.id === thread.id ? changed : each)).filter((each) => archived.checked || !each.archived);
      draw();
    } catch {
      draw();
      fail();
    }
    if (!editing) search.focus();
  };

  /** Take a conversation out of sight, and erase it unless it is wanted back. @param {Thread} thread */
  const remove = (thread) => {
    const here = thread.id === conversation.id;
    const back = (/** @type {boolean} */ wanted) => {
      draw();
      if (!wanted) return fail();
      if (here) panel.begin(thread.id, true);
      search.focus();
    };
    const { bar, undo } = eraseLater(panel, thread.id, search, () => conversation.call("DELETE", `conversations/${thread.id}`), back);
    foot.after(bar);
    if (here) panel.begin(undefined, true);
    draw();
    undo.focus();
    panel.say(words.conversationDeleted);
  };

  load();
}

/** @param {Thread} thread @param {string} [language] */
function when({ last_message_at }, language) {
  const time = new Date(last_message_at);
  const today = time.toDateString() === new Date().toDateString();
  return time.toLocaleString(customOf(language), today ? { timeStyle: "short" } : { dateStyle: "medium" });
}
