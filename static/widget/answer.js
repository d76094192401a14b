// @ts-check
/** One answer: waited for, written down as it is said, signed with its sources. */

import { iconButton, label, make } from "./dom.js";
import { more } from "./later.js";
import { Markdown } from "./markdown.js";
import { cards, placeMarks } from "./sources.js";

/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {import("./conversation.js").Source} Source */
/** @typedef {import("./strings.js").Strings} Strings */

const PACE = 80; // milliseconds between two paints: as calm to read as every frame, at half the cost

export class Answer {
  id = "";
  #strings;
  #mark;
  #act;
  #markdown;
  #words = make("div", { class: "words", dir: "auto" });
  #state = make("p", { class: "state" });
  #unpainted = "";
  #painted = 0;
  #timer = 0;

  /**
   * @param {Strings} strings
   * @param {object} hands  what an answer needs from its panel
   * @param {(source: Source) => Node} hands.mark
   * @param {(answer: Answer) => void} hands.retry
   * @param {(answer: Answer, rating: "up" | "down" | null, comment?: string) => Promise<unknown>} hands.rate
   * @param {() => void} hands.contact
   * @param {(change: () => void) => void} hands.change  draws, and keeps the reader's place
   * @param {(words: string) => void} hands.announce
   */
  constructor(strings, hands) {
    this.#strings = strings;
    this.#mark = hands.mark;
    this.#act = hands;
    this.#markdown = new Markdown(this.#words);
    this.node = make("article", { class: "answer", "aria-label": strings.answer }, this.#words, this.#state);
    this.think();
  }

  /** What was said, as it was written. */
  get source() {
    return this.#markdown.source;
  }

  /** What was said, as it is read. */
  get text() {
    return this.#words.textContent ?? "";
  }

  think() {
    this.#tell("thinking", this.#strings.thinking);
  }

  wait() {
    this.#paint();
    this.#tell("waiting", this.#strings.reconnecting);
  }

  /** @param {string} text */
  say(text) {
    this.#unpainted += text;
    if (this.#timer) return;
    const rest = Math.max(0, PACE - (performance.now() - this.#painted));
    this.#timer = setTimeout(() => requestAnimationFrame(() => this.#act.change(() => this.#paint())), rest);
  }

  /** @param {Source[]} sources */
  cite(sources) {
    this.#paint();
    this.#markdown.end();
    placeMarks(this.#markdown, sources, this.#mark);
    if (sources.length) this.#state.before(cards(sources, this.#strings));
  }

  /** Write down how it ended. @param {Partial<Message>} message */
  finish(message) {
    this.#paint();
    this.#markdown.end();
    this.#tell("ended", "");
    if (this.source) this.node.append(this.#actions(message));
    if (message.finish_reason !== "stop" || message.grounded === false || message.fallback) this.#explain(message);
  }

  /** @param {Partial<Message>} message */
  async #explain(message) {
    const parts = await more().catch(() => {});
    if (parts) this.#act.change(() => this.#tell("ended", ...parts.ending(message, this.#strings, this.#act.contact)));
  }

  /** Say what went wrong; what was said until then stays. @param {string} words @param {boolean} retryable */
  fail(words, retryable) {
    this.#paint();
    this.#markdown.end();
    this.#tell("failed", words, retryable);
    this.#state.setAttribute("role", "alert");
  }

  #paint() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.#unpainted) return;
    this.#tell("", "");
    this.#markdown.write(this.#unpainted);
    this.#unpainted = "";
    this.#painted = performance.now();
  }

  /** @param {string} state @param {string} words @param {boolean} [retryable] @param {...Node} others */
  #tell(state, words, retryable, ...others) {
    this.#state.className = `state ${state}`;
    this.#state.hidden = !words;
    this.#state.replaceChildren(words, " ", ...others);
    if (retryable && this.id) this.#state.append(make("button", { class: "plain", onclick: () => this.#act.retry(this) }, this.#strings.retry));
  }

  /** @param {Partial<Message>} message */
  #actions({ feedback, created_at }) {
    const { copy, copied, good, bad } = this.#strings;
    const thumbs = [good, bad].map((words, i) => {
      const thumb = label(iconButton("thumb", async () => (await more()).rate(thumbs, thumb, this.#strings, (...rated) => this.#act.rate(this, ...rated))), words);
      thumb.ariaPressed = String(feedback?.rating === ["up", "down"][i]);
      return thumb;
    });
    const onclick = async () => {
      if (!(await copyText(this.source))) return;
      this.#act.announce(copied);
      copying.replaceWith(done);
      setTimeout(() => done.replaceWith(copying), 1500);
    };
    const copying = label(iconButton("copy", onclick), copy);
    const done = label(iconButton("check", onclick), copied);
    const when = created_at ? new Date(created_at) : new Date();
    const today = when.toDateString() === new Date().toDateString();
    const time = when.toLocaleString([], { timeStyle: "short", dateStyle: today ? undefined : "medium" });
    return make("div", { class: "actions" }, copying, ...thumbs, make("small", {}, time));
  }
}

/** @param {string} text */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return (await more().catch(() => {}))?.copyBySelecting(text);
  }
}
