// @ts-check
/** `@` in the field opens a list of sources; a question is then asked only of those that were chosen. */

import { caption } from "./caption.js";
import { make } from "./dom.js";
import { tools } from "./tools.js";
import { fill } from "./words.js";

/** @typedef {{id: string, title: string, kind: string}} Choice */

const AT = /(?:^|\s)@([^@\n]{0,60})$/;
const REST = 150; // milliseconds without a key before the server is asked

/** @type {WeakMap<Node, () => void>} */
const ready = new WeakMap();

/**
 * Show what the text before the caret may mean, now and whenever it changes.
 *
 * @param {import("./panel.js").Panel} panel
 */
export function mention(panel) {
  const look = ready.get(panel.node) ?? prepare(panel);
  ready.set(panel.node, look);
  look();
}

/** @param {import("./panel.js").Panel} panel */
function prepare({ composer, conversation, settings, words, say }) {
  const { field } = composer;
  const row = tools(composer);
  const list = make("ul", { class: "mentions", id: "mentions", role: "listbox", "aria-label": words.sources, hidden: true });
  composer.node.append(list);
  /** @type {Choice[]} */
  let found = [];
  /** @type {Map<string, Choice>} */
  const chosen = new Map();
  let marked = 0;
  let timer = 0;

  const asked = () => AT.exec(field.value.slice(0, field.selectionStart))?.[1];

  const look = () => {
    clearTimeout(timer);
    const search = asked();
    if (search === undefined) return hide();
    timer = setTimeout(async () => {
      const query = `chatbots/${settings.id}/sources?limit=8&search=${encodeURIComponent(search)}`;
      const { sources } = await conversation.call("GET", query).catch(() => ({ sources: [] }));
      if (asked() !== search) return; // the visitor typed on meanwhile
      found = sources.filter((/** @type {Choice} */ { id }) => !chosen.has(id));
      marked = 0;
      draw();
      say(found.length ? fill(words.sourcesFound, { n: found.length }) : words.noSource);
    }, REST);
  };

  const draw = () => {
    list.hidden = !found.length;
    const options = found.map((choice, i) => {
      const onclick = () => choose(choice);
      const onpointerdown = (/** @type {Event} */ event) => event.preventDefault(); // the field keeps the focus
      const traits = { id: `mention-${i}`, role: "option", "aria-selected": String(i === marked), onclick, onpointerdown };
      return make("li", traits, ...caption(/** @type {any} */ (choice), words));
    });
    list.replaceChildren(...options);
    const traits = { "aria-autocomplete": "list", "aria-controls": "mentions", "aria-activedescendant": `mention-${marked}` };
    for (const [name, value] of Object.entries(traits)) {
      if (found.length) field.setAttribute(name, value);
      else field.removeAttribute(name);
    }
    options[marked]?.scrollIntoView({ block: "nearest" });
  };

  const hide = () => {
    clearTimeout(timer);
    found = [];
    draw();
  };

  /** @param {Choice} choice */
  const choose = (choice) => {
    const end = field.selectionStart;
    const start = field.value.slice(0, end).lastIndexOf("@");
    composer.text = field.value.slice(0, start) + field.value.slice(end);
    field.setSelectionRange(start, start);
    field.dispatchEvent(new Event("input")); // the draft, too, is without it
    chosen.set(choice.id, choice);
    limit();
    say(fill(words.only, choice));
    hide();
  };

  const limit = () => {
    composer.how.source_ids = chosen.size ? [...chosen.keys()] : undefined;
    for (const chip of row.querySelectorAll(".limit")) chip.remove();
    for (const { id, title } of chosen.values()) {
      const onclick = () => {
        chosen.delete(id);
        limit();
        field.focus();
      };
      row.append(make("button", { class: "limit", type: "button", "data-source": id, "aria-label": fill(words.unlimit, { title }), onclick }, `${title} ×`));
    }
  };

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowDown: () => (marked = (marked + 1) % found.length),
    ArrowUp: () => (marked = (marked + found.length - 1) % found.length),
    Enter: () => choose(found[marked]),
    Tab: () => choose(found[marked]),
    Escape: hide,
  };
  const onkeydown = (/** @type {KeyboardEvent} */ event) => {
    const act = event.target === field && found.length && !event.isComposing && keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation(); // nothing is asked, and the chat stays open
    act();
    draw();
  };
  composer.node.addEventListener("keydown", onkeydown, true);
  field.addEventListener("input", look);
  field.addEventListener("blur", hide);
  return look;
}
