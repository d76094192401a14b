// @ts-check
/** The open chat: hears what the conversation tells, and shows it. */

import { newComposer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { iconButton, label, make } from "./dom.js";
import { storageOfPage } from "./memory.js";
import { calmScroll } from "./scroll.js";
import { Refused } from "./server.js";
import { FEW } from "./words.js";

const FRESH = 300_000; // milliseconds for which what is known of a chatbot holds

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./conversation.js").Happening} Happening */
/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {import("./words.js").Words} Words */
/**
 * The chat of one element: what it, and the parts that are fetched on use, get in their hands.
 *
 * @typedef {object} Panel
 * @property {HTMLElement} node
 * @property {HTMLElement} said  what has been said so far
 * @property {HTMLElement} notice
 * @property {import("./composer.js").Composer} composer
 * @property {Conversation} conversation
 * @property {any} settings  the chatbot's public settings, once they have come
 * @property {Words} words
 * @property {ReturnType<typeof calmScroll>} scroll
 * @property {import("./peek.js").Peek} [peek]  the card that shows a passage, once there is one
 * @property {AbortSignal} [signal]  when to hear no more of the page
 * @property {(name: string, detail?: object) => boolean} announce  tells the host page, and says whether it agrees
 * @property {(text: string) => Promise<void>} ask  asks, if the page agrees
 * @property {(id?: string, quietly?: boolean) => Promise<void>} begin  begins a new conversation, or goes on with an earlier one; quietly, it leaves the focus alone
 * @property {(change?: () => void) => void} change  changes what is shown, and keeps the reader's place
 * @property {() => void} focus
 * @property {typeof import("./said.js")} drawn  how what is said is drawn and heard, once it has come
 * @property {() => Promise<true | void>} prepare  fetches what the chatbot is, and says whether it can be asked
 * @property {(answer: Answer) => void} retry
 * @property {(text: string) => void} say  says aloud, to those who do not see
 * @property {(open: boolean) => void} show
 * @property {(questions?: string[]) => void} suggest  offers what could be asked next, or nothing any more
 * @property {(settings: any) => void} take  takes over what the chatbot is now
 * @property {(...what: (Node | string | undefined)[]) => void} tell  shows a notice, or none
 * @property {(act: (parts: typeof import("./more.js")) => void) => Promise<void>} use  uses what is fetched on use
 */

/**
 * Make the chat of one element.
 *
 * @param {object} options
 * @param {string} options.server
 * @param {string} options.chatbot
 * @param {string} [options.lang]
 * @param {string} [options.locale]
 * @param {AbortSignal} [options.signal]  when to hear no more of the page
 * @param {() => void} options.close
 * @param {(settings: any, words: Words) => void} options.dress  gives the host its look
 * @param {(name: string, detail?: object) => boolean} options.announce
 * @returns {Panel}
 */
export function newPanel({ server, chatbot, lang, locale, signal, close, dress, announce }) {
  const words = /** @type {Words} */ ({ ...FEW });
  const name = make("h2");
  const avatar = make("span", { class: "avatar", "aria-hidden": "true" });
  const threads = iconButton("text", () => use((parts) => parts.threads(panel)));
  const fresh = iconButton("fresh", () => begin());
  const closing = iconButton("close", close);
  const latest = iconButton("down");
  const welcome = make("div", { class: "welcome" });
  const said = make("div", { class: "said" });
  const next = make("div", { class: "suggestions", role: "group" });
  const log = make("div", { class: "log", role: "log", "aria-live": "off", tabindex: "0" }, welcome, said, next);
  const notice = make("div", { class: "notice", role: "alert", hidden: true });
  const footnote = make("p", { class: "footnote" });
  const status = make("div", { class: "unseen", role: "status" });
  const conversation = new Conversation({
    server,
    chatbot,
    lang,
    locale,
    storage: storageOfPage(),
    page: () => ({ url: location.href.slice(0, 2000), title: `${document.title}`.slice(0, 300) }),
    tell: (happening) => hear[happening.type](/** @type {any} */ (happening)),
  });
  const composer = newComposer({
    words,
    ask: (text) => ask(text),
    stop: () => conversation.stop(),
    draft(text) {
      conversation.draft = text;
      learnToDraw().catch(() => {}); // whoever types will ask
    },
    use: (act) => ready?.then((come) => come && use((parts) => act(parts, panel))), // it needs the words
  });
  const node = make(
    "section",
    { class: "panel", role: "dialog", hidden: true },
    make("div", { class: "header" }, avatar, name, threads, fresh, closing),
    log,
    make("div", { class: "footer" }, latest, notice, composer.node, footnote),
    status,
  );
  const scroll = calmScroll(log, latest, () => panel.peek?.follow());
  const { change } = scroll;

  let settings = /** @type {any} */ ({});
  let complete = false; // whether all words have come
  /** @type {typeof import("./said.js")} */
  let drawn;
  /** @type {Promise<true | void> | undefined} */
  let ready;
  let stale = Infinity; // from when on the chatbot may be another
  let wanted = {}; // what was said and is to be seen: what comes for something else comes too late
  /** @type {Promise<void> | undefined} */
  let reading;
  /** @type {Answer | undefined} */
  let answer;
  /** @type {HTMLElement | undefined} */
  let question;

  /** Fetch what most open chats never need, one file and its words, when the first of it is used. */
  const more = async () => {
    const parts = await import("./more.js");
    if (settings.words && !complete) {
      const others = await (await fetch(new URL(settings.words, server))).json();
      Object.assign(words, { ...others, ...words });
      complete = true;
    }
    return parts;
  };

  /** Fetch how what is said is drawn, which a chat that is only open does not need, and say whether it came. */
  const learnToDraw = async () => {
    drawn ??= await import("./said.js");
    return true;
  };
  const canDraw = () => learnToDraw().catch(() => false);

  /** @type {Panel["use"]} */
  const use = async (act) => {
    const parts = await more().catch(() => tell(words.unreachable));
    if (parts) await act(parts);
  };

  /** @type {Panel["say"]} */
  const say = (text) => void (status.textContent = text);

  /** @type {Panel["tell"]} */
  const tell = (...what) => {
    if (notice.matches(":focus-within")) focus(); // what had it goes away
    notice.replaceChildren(...what.filter((each) => each !== undefined));
    notice.hidden = !what[0];
  };

  /**
   * Let what was refused heal. Whoever is cut off cannot fetch the part that knows how: it is tried
   * again until it comes.
   *
   * @param {Refused} refused
   * @param {() => void} again
   * @param {string} [text]  the question that was refused
   * @param {Answer} [failed]  or the answer that broke off
   * @param {HTMLElement} [told]  where it was said while the part was out of reach
   */
  const refuse = async (refused, again, text, failed, told) => {
    const parts = await more().catch(() => {});
    if (parts) return told && failed ? again() : parts.heal(panel, refused, again, text, failed);
    if (!told) {
      const why = (!navigator.onLine && words.offline) || words.unreachable;
      told = failed?.node ?? make("button", { class: "plain", onclick: again }, words.retry);
      if (failed) change(() => failed.fail(why, true));
      else tell(why, told);
    }
    setTimeout(() => told.parentNode && refuse(refused, again, text, failed, told), 3000);
  };

  /** Fetch what the chatbot is and what was said, once. @type {Panel["prepare"]} */
  const prepare = () => (ready ??= load());

  const load = async () => {
    const mine = (wanted = {});
    try {
      const restoring = conversation.restore();
      restoring.catch(() => {}); // where both are refused, the settings say so in the visitor's language
      const { memory } = conversation;
      take(await conversation.settings());
      const past = await (memory === conversation.memory ? restoring : conversation.restore()); // or somebody came meanwhile
      tell();
      node.classList.remove("shut");
      composer.text ||= conversation.draft;
      if (mine === wanted) await recall(past); // drawn later, it would take the place of what is asked meanwhile
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      ready = undefined;
      await refuse(error, prepare);
    }
  };

  /** @type {Panel["take"]} */
  const take = (found) => {
    settings = found;
    stale = Date.now() + FRESH;
    Object.assign(words, settings.strings);
    introduce();
    dress(settings, words);
    if (settings.modes[0]) use((parts) => parts.offerModes(panel));
  };

  /** Put the words where they belong. */
  const introduce = () => {
    node.ariaLabel = settings.name || words.title;
    node.lang = settings.locale || "en";
    node.dir = settings.dir || "ltr";
    name.textContent = settings.name;
    avatar.textContent = settings.theme?.avatar ?? [...(settings.name ?? "")][0];
    footnote.textContent = settings.mode === "strict" ? words.footnote : words.careful;
    log.ariaLabel = words.conversation;
    next.ariaLabel = words.next;
    label(threads, words.threads);
    label(fresh, words.fresh);
    label(closing, words.close);
    label(latest, words.latest);
    composer.speak(settings.max_message_chars);
    const questions = make("div", { class: "suggestions" }, ...suggestions(settings.suggested_questions));
    welcome.replaceChildren(make("p", { dir: "auto" }, settings.welcome), questions);
  };

  /** Draw a button for each question that one click asks. @param {string[]} [questions] */
  const suggestions = (questions = []) =>
    questions.map((question) => {
      const onclick = () => {
        focus(); // the button goes away
        ask(question);
      };
      return make("button", { class: "suggestion", dir: "auto", onclick }, question);
    });

  /** @type {Panel["suggest"]} */
  const suggest = (questions) => change(() => next.replaceChildren(...suggestions(questions?.slice(0, 3))));

  /** Show what was said before. @param {{messages: Message[], resume?: () => void}} past */
  const recall = ({ messages, resume }) => {
    said.replaceChildren();
    suggest();
    question = undefined;
    scroll.from();
    welcome.hidden = messages.length > 0;
    if (!messages[0] && !resume) return;
    return use(async (parts) => {
      if (!(await canDraw())) return refuse(cutOff(), reread);
      if (messages[0]) parts.recall(panel, messages);
      resume?.();
    });
  };

  /** Take the focus. On a phone, the field would bring up the keyboard over what is to be read. */
  const focus = () => {
    closing.focus(); // stays there where nothing else can be seen
    if (matchMedia("(pointer: coarse)").matches) log.focus({ preventScroll: true });
    else composer.focus();
  };

  /** @type {Panel["ask"]} */
  const ask = async (text) => {
    const drawable = (await prepare()) && (await canDraw());
    await reading;
    if (!drawable || conversation.busy || !announce("question", { text })) {
      conversation.draft = composer.text ||= text; // an earlier answer goes on first
      if (drawable === false) refuse(cutOff(), composer.submit, text);
      return;
    }
    tell();
    const go = () => conversation.ask(text, composer.how);
    if (settings.contact === "first" && !conversation.id) await use((parts) => parts.greet(panel, text, go));
    else await go();
  };

  /** @type {Panel["begin"]} */
  const begin = async (id, quietly) => {
    conversation.leave(id);
    wanted = {};
    over(id ? "" : words.fresh);
    tell();
    recall({ messages: [] });
    if (!quietly) focus();
    if (id) await reread();
  };

  const reread = () => (reading = readAgain());

  const readAgain = async () => {
    const mine = (wanted = {});
    try {
      const past = await conversation.restore();
      if (mine === wanted && !conversation.busy) await recall(past);
    } catch (error) {
      if (mine === wanted) refuse(/** @type {Refused} */ (error), reread);
    }
  };

  /** An answer is over, or there will be none. @param {string} text */
  const over = (text) => {
    answer = undefined;
    composer.busy = false;
    say(text);
  };

  /** Draw an answer under what was said. */
  const place = () => {
    answer = drawn.newAnswer(panel);
    const { node } = answer;
    change(() => said.append(node));
    composer.busy = true;
    return answer;
  };

  const current = () => answer ?? place();

  /** What is done with what the conversation tells. @type {{[Type in Happening["type"]]: (happening: Extract<Happening, {type: Type}>) => void}} */
  const hear = {
    asked({ text }) {
      suggest();
      welcome.hidden = true;
      said.append((question = drawn.newQuestion(panel, text)));
      scroll.from(question);
      place();
      say(words.thinking);
    },
    started: ({ id }) => current().start(id),
    said: ({ text }) => current().say(text),
    waiting: () => change(current().wait),
    cited: ({ sources }) => change(() => current().cite(sources)),
    finished({ message }) {
      const { id, source } = current();
      scroll.count();
      change(() => current().finish(message));
      over(current().text);
      announce("answer", { id, text: source });
      drawn.listen(panel, id);
    },
    failed({ refused, question: text }) {
      const failed = current();
      announce("error", { code: refused.code, message: refused.message });
      over("");
      if (text === undefined) return refuse(refused, () => panel.retry(failed), undefined, failed);
      failed.node.remove();
      question?.remove();
      welcome.hidden = said.childElementCount > 0;
      composer.text = [text, composer.text].filter(Boolean).join("\n");
      refuse(refused, composer.submit, text);
    },
    suggested: ({ questions }) => suggest(questions),
    restarted: ({ code }) => use((parts) => parts.restart(panel, code)),
  };

  const catchUp = (/** @type {StorageEvent} */ { key }) => {
    if (key?.includes(chatbot) && !conversation.busy && conversation.catchUp()) reread();
  };
  addEventListener("storage", catchUp, { signal });

  /** @type {Panel} */
  const panel = {
    node,
    said,
    notice,
    composer,
    conversation,
    words,
    scroll,
    signal,
    get settings() {
      return settings;
    },
    announce,
    begin,
    change,
    focus,
    get drawn() {
      return drawn;
    },
    prepare,
    ask,
    say,
    suggest,
    take,
    tell,
    use,

    show(open) {
      if (node.matches(".shut") || (Date.now() > stale && !conversation.busy)) ready = undefined;
      node.hidden = !open; // what goes on inside goes on
      if (open) change();
      else panel.peek?.hide();
    },

    retry({ id, node }) {
      if (conversation.busy) return;
      suggest();
      node.remove();
      place().id = id;
      conversation.retry(id);
    },
  };
  introduce();
  return panel;
}

function cutOff() {
  return new Refused("offline", "", { retryable: true });
}
