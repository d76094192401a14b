// @ts-check
/** One answer: waited for, written down as it is said, signed with its sources. */

import { ANSWER_LOOK } from "./answer-style.js";
import { iconButton, label, make } from "./dom.js";
import { markdownIn } from "./markdown.js";
import { cards, placeMarks } from "./sources.js";
import { wear } from "./style.js";
import { customOf, fill } from "./words.js";

/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {import("./conversation.js").Source} Source */
/**
 * @typedef {object} Answer
 * @property {string} id
 * @property {HTMLElement} node
 * @property {string} source  what was said, as it was written
 * @property {string} text  what was said, as it is read, once it is over
 * @property {(id: string) => void} start  it has begun
 * @property {() => void} wait  the line broke
 * @property {(text: string) => void} say
 * @property {(sources: Source[]) => void} cite
 * @property {(message: Partial<Message>) => void} finish  writes down how it ended
 * @property {(text: string, retryable: boolean) => void} fail  says what went wrong; what was said until then stays
 */

const LONG = 8000; // milliseconds without a word until a visitor is told that it takes longer
const PACE = 80; // milliseconds between two paints: as calm to read as every frame, at half the cost

/** @param {import("./panel.js").Panel} panel @returns {Answer} */
export function newAnswer(panel) {
  const { words, change, use } = panel;
  wear(panel.node, ANSWER_LOOK);
  const said = make("div", { class: "words", dir: "auto" });
  const state = make("p", { class: "state" });
  const markdown = markdownIn(said);
  let unpainted = "";
  let painted = 0;
  let timer = 0;
  let late = 0;

  /** Say so when nothing comes for long. */
  const expect = () => {
    clearTimeout(late);
    late = setTimeout(() => use(() => change(() => tell("waiting", words.slow))), LONG);
  };

  const paint = () => {
    clearTimeout(timer);
    timer = 0;
    if (!unpainted) return;
    tell("");
    expect();
    markdown.write(unpainted);
    unpainted = "";
    painted = performance.now();
  };

  /** Draw what was held back, too. */
  const close = () => {
    paint();
    clearTimeout(late);
    markdown.end();
    answer.text ||= said.innerText; // before marks stand in it; with breaks between the blocks
  };

  /** @param {string} kind @param {string} [text] @param {boolean} [retryable] @param {...Node} others */
  const tell = (kind, text = "", retryable, ...others) => {
    state.className = `state ${kind}`;
    state.hidden = !text;
    state.replaceChildren(text, " ", ...others);
    if (retryable && answer.id) state.append(make("button", { class: "plain", onclick: () => panel.retry(answer) }, words.retry));
  };

  /** Draw the mark that shows a source's passage. @param {Source} source */
  const mark = (source) => {
    const look = (/** @type {Event} */ { type, target }) => use((parts) => parts.look(panel, { type, target }, source, answer.source));
    const traits = { class: "citation", "aria-label": fill(words.source, { n: source.index, title: source.title }), "aria-expanded": "false" };
    return make("button", { ...traits, onpointerenter: look, onfocus: look, onclick: look }, `${source.index}`);
  };

  /** @param {Partial<Message>} message */
  const actions = ({ feedback, created_at }) => {
    const copy = async () => {
      const done = await navigator.clipboard?.writeText(answer.source).then(() => true, () => {}); // at once, or Safari says no
      use((parts) => parts.copied(panel, answer.source, copying, done));
    };
    const copying = label(iconButton("copy", copy), words.copy);
    const thumbs = ["good", "bad"].map((name, i) => {
      const thumb = label(iconButton("thumb", () => use((parts) => parts.rate(panel, answer, thumbs, thumb))), words[name]);
      thumb.ariaPressed = String(feedback?.rating === ["up", "down"][i]);
      return thumb;
    });
    const when = created_at ? new Date(created_at) : new Date();
    const custom = customOf(panel.settings.locale);
    const today = when.toDateString() === new Date().toDateString();
    const time = when.toLocaleString(custom, { timeStyle: "short", dateStyle: today ? undefined : "medium" });
    return make("div", { class: "actions" }, copying, ...thumbs, make("small", {}, make("time", { datetime: when.toISOString(), title: when.toLocaleString(custom) }, time)));
  };

  /** @type {Answer} */
  const answer = {
    id: "",
    node: make("article", { class: "answer", "aria-label": words.answer }, said, state),

    get source() {
      return markdown.source + unpainted;
    },

    text: "",

    start(id) {
      answer.id = id;
      if (!answer.source) tell("thinking", words.thinking);
    },

    wait() {
      paint();
      clearTimeout(late);
      tell("waiting", words.reconnecting);
    },

    say(text) {
      unpainted += text;
      const rest = Math.max(0, PACE - (performance.now() - painted));
      timer ||= setTimeout(() => requestAnimationFrame(() => change(paint)), rest);
    },

    cite(sources) {
      close();
      placeMarks(markdown, sources, mark);
      if (sources[0]) state.before(cards(sources, panel, answer));
    },

    finish(message) {
      close();
      tell("ended");
      if (answer.source) answer.node.append(actions(message));
      if (message.finish_reason !== "stop" || message.grounded === false || message.fallback) {
        use((parts) => change(() => tell("ended", ...parts.ending(panel, message))));
      }
    },

    fail(text, retryable) {
      close();
      tell("failed", text, retryable);
      state.setAttribute("role", "alert");
    },
  };
  tell("thinking", words.thinking);
  expect();
  return answer;
}
