// @ts-check
/** The visitor's conversations: find one, go on with it, rename it, put it away, erase it. */

import { iconButton, label, make } from "./dom.js";
import { cover } from "./drawer.js";

/** @typedef {{id: string, title: string, last_message_at: string, archived: boolean}} Thread */

const BOX = "M4 5h16v4H4zM6 9v10h12V9M10 13h4";
const BIN = "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13";

/**
 * Show the list.
 *
 * @param {import("./panel.js").Panel} panel
 */
export function threads(panel) {
  const { conversation, words } = panel;
  /** @type {Thread[]} */
  let known = [];
  /** @type {string | null} */
  let next = null;

  const list = make("ul", { class: "threads", "aria-label": words.threads });
  const state = make("p", { class: "state", role: "status" });
  const search = make("input", { type: "search", placeholder: words.search, "aria-label": words.search, oninput: () => draw() });
  const archived = make("input", { type: "checkbox", onchange: () => load() });
  const earlier = make("button", { class: "plain", onclick: () => load(next) }, words.earlier);
  const close = cover(panel, words.threads, search, list, state, earlier, make("label", { class: "tick" }, archived, words.archived));

  /** @param {string | null} [after] */
  const load = async (after) => {
    try {
      const query = `limit=100&archived=${archived.checked}${after ? `&after=${encodeURIComponent(after)}` : ""}`;
      const page = conversation.known ? await conversation.call("GET", `conversations?${query}`) : { conversations: [] };
      known = [...(after ? known : []), ...page.conversations];
      next = page.next ?? null;
      draw();
    } catch {
      state.textContent = words.unreachable;
      state.hidden = false;
    }
  };

  const draw = () => {
    const sought = search.value.trim().toLocaleLowerCase();
    const found = known.filter(({ title }) => title.toLocaleLowerCase().includes(sought));
    list.replaceChildren(...found.map(item));
    state.hidden = found.length > 0;
    state.textContent = known.length ? words.nothing : words.none;
    earlier.hidden = !next;
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
    const open = make("button", { class: "thread", "aria-current": String(here), onclick: choose }, title, make("small", {}, when(thread)));
    const rename = tool("pencil", words.rename, thread, () => edit(row, thread));
    const archive = tool(BOX, thread.archived ? words.restore : words.archive, thread, () => change(thread, { archived: !thread.archived }));
    archive.ariaPressed = String(thread.archived);
    row.append(open, rename, archive, tool(BIN, words.remove, thread, () => ask(row, thread)));
    return row;
  };

  /** @param {string} path @param {string} does @param {Thread} thread @param {() => void} act */
  const tool = (path, does, { title }, act) => {
    const button = label(iconButton(/** @type {any} */ (path), act), does);
    button.ariaLabel = `${does}: ${title}`;
    return button;
  };

  /** @param {Node} row @param {Thread} thread */
  const edit = (row, thread) => {
    const field = make("input", { maxlength: 80, required: true, dir: "auto", "aria-label": words.name });
    field.value = thread.title;
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const title = field.value.trim();
      if (title) change(thread, { title });
    };
    const onkeydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      draw();
      search.focus();
    };
    const form = make("form", { class: "row", onsubmit, onkeydown }, field, label(iconButton("check", () => {}), words.save));
    /** @type {HTMLElement} */ (row).replaceChildren(form);
    field.select();
  };

  /** @param {HTMLElement} row @param {Thread} thread */
  const ask = (row, thread) => {
    const yes = make("button", { class: "plain remove", onclick: () => remove(thread) }, words.remove);
    const no = make("button", { class: "plain", onclick: () => (draw(), search.focus()) }, words.keep);
    row.replaceChildren(make("p", { id: "sure" }, words.sure), yes, no);
    yes.setAttribute("aria-describedby", "sure");
    no.focus();
  };

  /** @param {Thread} thread @param {Partial<Thread>} wish */
  const change = (thread, wish) =>
    settle(async () => {
      const { conversation: changed } = await conversation.call("PATCH", `conversations/${thread.id}`, wish);
      known = known.map((each) => (each === thread ? changed : each)).filter((each) => archived.checked || !each.archived);
    });

  /** @param {Thread} thread */
  const remove = (thread) =>
    settle(async () => {
      await conversation.call("DELETE", `conversations/${thread.id}`);
      known = known.filter((each) => each !== thread);
      panel.say(words.removed);
      if (thread.id === conversation.id) panel.begin();
    });

  /** Do something, show what became of it, and keep the focus in the list. @param {() => Promise<void>} act */
  const settle = async (act) => {
    await act().then(draw, () => {
      draw();
      state.textContent = words.unreachable;
      state.hidden = false;
    });
    search.focus();
  };

  load();
}

/** @param {Thread} thread */
function when({ last_message_at }) {
  const time = new Date(last_message_at);
  const today = time.toDateString() === new Date().toDateString();
  return today ? time.toLocaleTimeString([], { timeStyle: "short" }) : time.toLocaleDateString([], { dateStyle: "medium" });
}
