// @ts-check
/** The open chat: hears what the conversation tells, and shows it. */

import { Answer } from "./answer.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { iconButton, label, make } from "./dom.js";
import { more } from "./later.js";
import { storageOfPage } from "./memory.js";
import { Refused } from "./server.js";
import { ENGLISH, fill } from "./strings.js";
import { suggestions } from "./suggestions.js";

/** @typedef {import("./conversation.js").Happening} Happening */
/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {import("./conversation.js").Source} Source */

const NEAR = 40; // pixels from the end that still count as being there

export class Panel {
  #strings = ENGLISH;
  #settings = /** @type {any} */ ({ name: "" });
  #conversation;
  #dress;
  #announce;
  /** @type {Promise<true | void> | undefined} */
  #ready;
  /** @type {Answer | undefined} */
  #answer;
  /** @type {Element | undefined} */
  #question;
  #atEnd = true;
  #unread = 0; // answers whose ends have not been seen
  /** @type {import("./peek.js").Peek | undefined} */
  peek;

  #name = make("h2");
  #avatar = make("span", { class: "avatar", "aria-hidden": "true" });
  #threads = iconButton("text", () => this.#list());
  #fresh = iconButton("fresh", () => this.#begin());
  #closing;
  #older = make("button", { class: "plain older", hidden: true, onclick: () => this.#showOlder() });
  #welcome = make("div", { class: "welcome" });
  #said = make("div", { class: "said" });
  #next = make("div", { class: "suggestions", role: "group" });
  #log = make(
    "div",
    { class: "log", role: "log", "aria-live": "off", tabindex: "0", onscroll: () => this.#look() },
    this.#older,
    this.#welcome,
    this.#said,
    this.#next,
  );
  #latest = iconButton("down", () => this.#scrollToEnd());
  #notice = make("div", { class: "notice", role: "alert", hidden: true });
  #composer = new Composer({
    ask: (text) => this.#ask(text),
    stop: () => this.#conversation.stop(),
    draft: (text) => (this.#conversation.draft = text),
    mention: () => this.#use(({ mention }) => mention(this.#composer, this.#conversation, this.#settings.id, this.#strings, this.#status)),
  });
  #footnote = make("p", { class: "footnote" });
  #status = make("div", { class: "unseen", role: "status" });

  /**
   * @param {object} options
   * @param {string} options.server
   * @param {string} options.chatbot
   * @param {string} [options.locale]
   * @param {() => void} options.close
   * @param {(settings: any, strings: typeof ENGLISH) => void} options.dress  gives the host its look
   * @param {(name: string, detail?: object) => void} options.announce  tells the host page
   */
  constructor({ server, chatbot, locale, close, dress, announce }) {
    this.#announce = announce;
    this.#dress = dress;
    this.#closing = iconButton("close", close);
    this.#conversation = new Conversation({
      server,
      chatbot,
      locale,
      storage: storageOfPage(),
      page: () => ({ url: location.href.slice(0, 2000), title: document.title.slice(0, 300) }),
      tell: (happening) => this.#hear(happening),
    });
    this.node = make(
      "section",
      { class: "panel", role: "dialog", hidden: true },
      make("div", { class: "header" }, this.#avatar, this.#name, this.#threads, this.#fresh, this.#closing),
      this.#log,
      make("div", { class: "footer" }, this.#latest, this.#notice, this.#composer.node, this.#footnote),
      this.#status,
    );
    this.#introduce();
    addEventListener("storage", ({ key }) => {
      if (key?.endsWith(chatbot) && !this.#conversation.busy && this.#conversation.catchUp()) this.#reread();
    });
  }

  /** Fetch what the chatbot is and what was said, once, and say whether it can be asked. */
  prepare() {
    return (this.#ready ??= this.#load());
  }

  async #load() {
    try {
      const conversation = this.#conversation;
      const [settings, past] = await Promise.all([conversation.settings(), conversation.restore()]);
      this.#settings = settings;
      this.#strings = { ...ENGLISH, ...settings.strings };
      this.#introduce();
      this.#dress(settings, this.#strings);
      this.#tell();
      this.node.classList.remove("shut");
      this.#composer.text ||= conversation.draft;
      this.#recall(past);
      if (settings.modes?.length) this.#use(({ offerModes }) => offerModes(this.#composer, settings, this.#strings));
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.code !== "origin_not_allowed") this.#ready = undefined; // only another page has another origin
      await this.#refuse(error, () => this.prepare());
      const there = await more().catch(() => {}); // offline, the notice alone has to do
      there?.shut(this.node, this.#notice, error.code);
    }
  }

  /** Show what was said before. @param {{messages: Message[], resume: () => Promise<void>}} past */
  #recall({ messages, resume }) {
    this.#said.replaceChildren(...messages.map((message) => this.#draw(message)));
    this.#older.hidden = !this.#conversation.hasOlder;
    this.#welcome.hidden = messages.length > 0;
    this.#suggest(this.#settings.follow_ups ? messages.at(-1)?.follow_ups : []);
    this.#question = /** @type {HTMLElement | undefined} */ ([...this.#said.querySelectorAll(".question")].at(-1));
    this.#atEnd = true;
    this.#change(() => {});
    resume();
  }

  /** Put the words where they belong. */
  #introduce() {
    const strings = this.#strings;
    const { name, locale, welcome, suggested_questions: questions = [], max_message_chars: limit = 2000 } = this.#settings;
    this.node.ariaLabel = name || strings.title;
    this.node.lang = locale || "en";
    this.#name.textContent = name;
    this.#avatar.textContent = [...name][0] ?? "";
    this.#footnote.textContent = strings.footnote;
    this.#older.textContent = strings.older;
    this.#log.ariaLabel = strings.conversation;
    label(this.#threads, strings.threads);
    label(this.#fresh, strings.fresh);
    label(this.#closing, strings.close);
    label(this.#latest, strings.latest);
    this.#composer.speak(strings, limit);
    this.#next.ariaLabel = strings.next;
    this.#welcome.replaceChildren(
      make("p", { dir: "auto" }, welcome ?? ""),
      make("div", { class: "suggestions" }, ...suggestions(questions, (text) => this.#suggested(text))),
    );
  }

  /** Offer what could be asked next, or nothing any more. @param {string[]} [questions] */
  #suggest(questions = []) {
    const buttons = suggestions(questions.slice(0, 3), (text) => this.#suggested(text));
    this.#change(() => this.#next.replaceChildren(...buttons));
  }

  /** Ask a suggested question: its button goes away, so the focus needs another place. @param {string} text */
  #suggested(text) {
    this.focus();
    this.#ask(text);
  }

  /** Take the focus. On a phone, the field would bring up the keyboard over what is to be read. */
  focus() {
    this.#closing.focus(); // stays there where nothing else can be seen
    if (matchMedia("(pointer: coarse)").matches) this.#log.focus({ preventScroll: true });
    else this.#composer.focus();
  }

  /** Show or hide; what goes on inside goes on. @param {boolean} open */
  show(open) {
    this.node.hidden = !open;
    if (!open) this.peek?.hide();
    else this.#change(() => {});
  }

  /** @param {string} text */
  async #ask(text) {
    if (!(await this.prepare()) || this.#conversation.busy) {
      this.#composer.text ||= text; // an earlier answer goes on first
      return;
    }
    this.#tell();
    this.#announce("question", { text });
    await this.#conversation.ask(text, this.#composer.how);
  }

  /** @param {Happening} happening */
  #hear(happening) {
    if (happening.type === "asked") return this.#asked(happening.text);
    if (happening.type === "restarted") return this.#restart();
    if (happening.type === "suggested") return this.#suggest(happening.questions);
    const answer = (this.#answer ??= this.#newAnswer());
    if (!answer.node.isConnected) this.#place(answer.node);
    this.#composer.busy = this.#conversation.busy;
    if (happening.type === "started") {
      answer.id = happening.id;
      if (!answer.source) answer.think();
    } else if (happening.type === "said") answer.say(happening.text);
    else if (happening.type === "waiting") this.#change(() => answer.wait());
    else if (happening.type === "cited") this.#change(() => answer.cite(happening.sources));
    else if (happening.type === "finished") {
      this.#unread++;
      this.#change(() => answer.finish(happening.message));
      this.#over(answer.text);
      this.#announce("answer", { id: answer.id, text: answer.source });
    } else this.#failed(answer, happening);
  }

  /** @param {string} text */
  #asked(text) {
    this.#suggest();
    this.#welcome.hidden = true;
    this.#atEnd = true; // whoever asks wants to see the answer
    this.#question = this.#newQuestion(text);
    this.#answer = this.#newAnswer();
    this.#place(this.#question, this.#answer.node);
    this.#composer.busy = true;
    this.#status.textContent = this.#strings.thinking;
  }

  /** @param {Answer} answer @param {Extract<Happening, {type: "failed"}>} happening */
  async #failed(answer, { refused, question }) {
    this.#announce("error", { code: refused.code, message: refused.message });
    this.#over("");
    if (question === undefined) {
      const words = await this.#reason(refused);
      return this.#change(() => answer.fail(words, refused.retryable));
    }
    answer.node.remove();
    this.#question?.remove();
    this.#welcome.hidden = this.#said.childElementCount > 0;
    this.#composer.text = [question, this.#composer.text].filter(Boolean).join("\n");
    this.#refuse(refused, () => this.#askAgain());
  }

  #askAgain() {
    const text = this.#composer.text.trim();
    this.#composer.text = "";
    if (text) this.#ask(text);
  }

  /** An answer is over, or there will be none. @param {string} words */
  #over(words) {
    this.#answer = undefined;
    this.#composer.busy = false;
    this.#status.textContent = words;
  }

  /** Say why not; what can heal by itself does. @param {Refused} refused @param {() => void} again */
  async #refuse(refused, again) {
    const retry = () => {
      removeEventListener("online", retry);
      if (this.#notice.matches(":focus-within")) this.focus(); // it goes away
      this.#tell();
      again();
    };
    const button = make("button", { class: "plain", onclick: retry }, this.#strings.retry);
    if (refused.code === "offline") addEventListener("online", retry);
    this.#tell(await this.#reason(refused), refused.retryable ? button : undefined);
  }

  /** Say why something was refused: whoever is cut off cannot fetch the words for it. @param {Refused} refused */
  async #reason(refused) {
    if (!navigator.onLine) return this.#strings.offline;
    const there = await more().catch(() => {});
    return there?.reason(refused, this.#strings) ?? this.#strings.unreachable;
  }

  /** @param {...(Node | string | undefined)} words */
  #tell(...words) {
    const said = words.filter((word) => word !== undefined);
    this.#notice.replaceChildren(...said);
    this.#notice.hidden = !said.length;
  }

  #restart() {
    this.#question?.before(make("p", { class: "divider" }, this.#strings.restarted));
  }

  /** Begin a new conversation, or go on with an earlier one. @param {string} [id] */
  async #begin(id) {
    this.#conversation.leave(id);
    this.#over(id ? "" : this.#strings.fresh);
    this.#tell();
    this.#recall({ messages: [], resume: async () => {} });
    this.focus();
    if (id) await this.#reread();
  }

  async #reread() {
    try {
      this.#recall(await this.#conversation.restore());
    } catch (error) {
      this.#refuse(/** @type {Refused} */ (error), () => this.#reread());
    }
  }

  /** Show the visitor's conversations. */
  #list() {
    const announce = (/** @type {string} */ words) => (this.#status.textContent = words);
    this.#use(({ threads }) => threads(this.node, this.#conversation, this.#strings, (id) => this.#begin(id), announce));
  }

  /** Use what is fetched on use, or say that it cannot be fetched. @param {(parts: typeof import("./more.js")) => void} act */
  async #use(act) {
    const parts = await more().catch(() => {});
    if (parts) act(parts);
    else this.#tell(this.#strings.unreachable);
  }

  async #showOlder() {
    const height = this.#log.scrollHeight;
    const messages = await this.#conversation.older();
    this.#said.prepend(...messages.map((message) => this.#draw(message)));
    this.#older.hidden = !this.#conversation.hasOlder;
    this.#log.scrollTop += this.#log.scrollHeight - height;
  }

  /** Draw something that was said before. @param {Message} message */
  #draw(message) {
    if (message.role === "visitor") return this.#newQuestion(message.text);
    const answer = this.#newAnswer();
    answer.id = message.id;
    if (message.text) answer.say(message.text);
    answer.cite(message.sources ?? []);
    if (message.error) answer.fail(message.error.message, message.error.retryable);
    else answer.finish(message);
    return answer.node;
  }

  /** @param {string} text */
  #newQuestion(text) {
    const again = () => {
      this.#conversation.draft = this.#composer.text = text;
      this.#composer.focus();
    };
    const node = make("article", { class: "question", "aria-label": this.#strings.you, dir: "auto" }, text);
    node.append(label(iconButton("pencil", again), this.#strings.edit));
    return node;
  }

  #newAnswer() {
    return new Answer(this.#strings, {
      mark: (source) => this.#mark(source),
      change: (change) => this.#change(change),
      announce: (words) => (this.#status.textContent = words),
      contact: () => this.#use(({ contact }) => contact(this.node, this.#conversation, this.#strings)),
      rate: (answer, ...rating) => this.#conversation.rate(answer.id, ...rating).catch(() => {}),
      retry: (answer) => {
        if (this.#conversation.busy) return;
        this.#suggest();
        answer.node.remove();
        this.#answer = this.#newAnswer();
        this.#place(this.#answer.node);
        this.#composer.busy = true;
        this.#conversation.retry(answer.id);
      },
    });
  }

  /** Draw the mark that shows a source's passage. @param {Source} source */
  #mark(source) {
    const look = (/** @type {Event} */ { type, target }) =>
      this.#use(({ Peek }) => {
        this.peek ??= new Peek(this.node, this.#strings);
        this.peek.look({ type, target }, source);
      });
    const words = fill(this.#strings.source, { n: source.index, title: source.title });
    const traits = { class: "citation", "aria-label": words, "aria-expanded": "false" };
    return make("button", { ...traits, onpointerenter: look, onfocus: look, onclick: look }, String(source.index));
  }

  /** @param {...Node} nodes */
  #place(...nodes) {
    this.#change(() => this.#said.append(...nodes));
  }

  /** Change what is shown, and follow the end only if the reader is there. @param {() => void} change */
  #change(change) {
    const follow = this.#atEnd;
    change();
    if (follow) this.#followEnd();
    this.#look();
  }

  /**
   * Follow what grows, but only until its question is at the top: an answer is read from its
   * beginning. A reader who goes on to the end by themselves is followed there.
   */
  #followEnd() {
    const log = this.#log;
    const above = (this.#question?.getBoundingClientRect().top ?? Infinity) - log.getBoundingClientRect().top - 16;
    log.scrollTop = above < -8 ? log.scrollHeight : Math.min(log.scrollHeight, log.scrollTop + above);
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    this.#latest.hidden = this.#atEnd;
    if (this.#atEnd) this.#unread = 0;
    this.#latest.dataset.count = this.#unread ? `${this.#unread}` : "";
    this.peek?.follow();
  }

  #scrollToEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#look();
  }
}

