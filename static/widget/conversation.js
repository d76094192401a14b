// @ts-check
/** One visitor's conversation with one chatbot, without a face. Knows the server, never the page. */

import { Memory } from "./memory.js";
import { Refused, Server } from "./server.js";
import { Turn } from "./turn.js";

/** @typedef {import("./conversation.d.ts").About} About */
/** @typedef {import("./conversation.d.ts").Happening} Happening */
/** @typedef {import("./conversation.d.ts").Identity} Identity */
/** @typedef {import("./conversation.d.ts").Message} Message */

const LATER = [1200, 1800, 3000]; // milliseconds until somebody may have thought of what to ask next
const LOST = ["token_expired", "token_invalid", "conversation_not_found"];

/**
 * @example
 * const conversation = new Conversation({
 *   server: "https://chat.example.org/",
 *   chatbot: "0192…",
 *   storage: localStorage,
 *   tell: (happening) => console.log(happening),
 * });
 * await conversation.ask("When are you open?");
 */
export class Conversation {
  #chatbot;
  #server;
  #memory;
  #nobodys; // the memory of a visitor whom the site does not know
  /** @type {Promise<unknown> | undefined} */
  #becoming;
  /** @type {Identity | undefined} */
  #wanted; // who the visitor is to be, by the last word of the site
  #tell;
  #page;
  #lang;
  #locale;
  #pause;
  /** @type {Turn | undefined} */
  #turn;
  /** @type {Turn | undefined} */
  #latest;
  #suggests = false;
  #stopping = false;
  #unheard = ""; // the answer whose line broke for good
  /** @type {string | null} */
  #before = null;
  /** Whether a message for a human waits in what was read. */
  awaitsHuman = false;

  /**
   * @param {object} options
   * @param {string} options.server  the address where RagWidget is served
   * @param {string} options.chatbot  the chatbot's id
   * @param {(happening: Happening) => void} options.tell
   * @param {Storage} [options.storage]  where the conversation is remembered
   * @param {() => {url: string, title: string}} [options.page]  where the visitor is
   * @param {string} [options.lang]  the language that the site asks for
   * @param {string} [options.locale]  the visitor's language, for want of a better reason
   * @param {(milliseconds: number) => Promise<unknown>} [options.pause]
   */
  constructor({ server, chatbot, tell, storage, page, lang, locale, pause = sleep }) {
    this.#chatbot = chatbot;
    this.#server = new Server(server);
    this.#memory = this.#nobodys = new Memory(`rag-widget:${chatbot}`, storage);
    this.#tell = tell;
    this.#page = page;
    this.#lang = lang;
    this.#locale = locale;
    this.#pause = pause;
    /** @type {About} */
    this.about = {};
  }

  /** Whether an answer is on its way. */
  get busy() {
    return this.#turn !== undefined;
  }

  /** Which one it is, once it has begun. @returns {string | undefined} */
  get id() {
    return this.#memory.get("conversation");
  }

  /** Whether the server knows this visitor. */
  get known() {
    return this.#memory.get("token") !== undefined;
  }

  /** Whether there is more to read than was returned so far. */
  get hasOlder() {
    return this.#before !== null;
  }

  /** What this browser remembers of the visitor. */
  get memory() {
    return this.#memory;
  }

  /** What the visitor has typed and not yet asked. */
  get draft() {
    return this.#memory.get("draft") ?? "";
  }

  set draft(text) {
    this.#memory.keep({ draft: text || undefined });
  }

  /** Return the chatbot's public settings, with its words in the language that fits best. */
  async settings() {
    const wishes = new URLSearchParams({ lang: this.#lang ?? "", hint: this.#locale ?? "" });
    const settings = await (await this.#server.call("GET", `chatbots/${this.#chatbot}?${wishes}`)).json();
    this.#suggests = settings.follow_ups;
    return settings;
  }

  /**
   * Be somebody whom the site knows, on every device the same. What was said as nobody comes along;
   * what others said in this browser stays theirs. Throws `Refused`.
   *
   * @param {Identity} identity
   * @returns {Promise<{name?: string, email?: string}>}
   */
  async identify(identity) {
    const becoming = this.#become(identity);
    this.#becoming = becoming.catch(() => {});
    return await becoming;
  }

  /** Be a stranger: forget what was said here, by whomever. */
  reset() {
    this.leave();
    this.#wanted = undefined;
    this.#memory.forget();
    this.#nobodys.forget();
    this.#memory = this.#nobodys;
    this.about = {};
  }

  /** @param {Identity} identity */
  async #become(identity) {
    this.#wanted = identity;
    const { become } = await import("./identity.js");
    const { visitor, memory } = await become(identity, this.#nobodys, this.#chatbot, (...call) => this.#server.call(...call));
    if (!this.#wanted) memory?.forget(); // signed out meanwhile
    else if (this.#wanted !== identity) return visitor; // and this is somebody else
    else if (memory) {
      this.leave(this.id);
      this.#memory = memory;
    } else this.about.visitor = visitor;
    return visitor;
  }

  /**
   * Return the newest part of what was said so far. If an answer was still being said,
   * `resume` goes on telling it; without one, there is nothing to go on with.
   *
   * @returns {Promise<{messages: Message[], resume?: () => Promise<void>}>}
   */
  async restore() {
    const becoming = this.#becoming;
    await becoming;
    if (this.#memory.get("someone")) this.#memory.keep({ someone: undefined }); // until they come
    this.#before = null; // from the newest on, whatever was read before
    /** @type {Message[]} */
    let messages = [];
    try {
      if (this.known && this.id) messages = await this.older();
    } catch (error) {
      if (!this.#forgets(error)) throw error;
    }
    if (becoming !== this.#becoming) return this.restore(); // that was somebody else's
    const asking = this.#memory.get("asking");
    const last = messages.at(-1);
    if (last?.role === "chatbot" && ["pending", "streaming"].includes(last.status)) {
      const turn = this.#begin();
      turn.id = last.id;
      return { messages: messages.slice(0, -1), resume: () => this.#follow(turn) };
    }
    if (!asking || last?.role === "chatbot") return { messages };
    // The page went away before the server said that it had heard the question.
    const resume = async () => {
      if (last?.text !== asking.message) this.#tell({ type: "asked", text: asking.message });
      await this.#send(asking);
    };
    return { messages, resume };
  }

  /** Return the messages before those already returned, oldest first. @returns {Promise<Message[]>} */
  async older() {
    const query = this.#before ? `?before=${encodeURIComponent(this.#before)}` : "";
    const memory = this.#memory;
    const { id } = this;
    const page = await this.call("GET", `conversations/${id}/messages${query}`);
    if (id !== this.id) return []; // left meanwhile
    this.#before = page.before ?? null;
    this.awaitsHuman = page.conversation.awaits_human;
    if (page.conversation.token) memory.keep({ token: page.conversation.token });
    return latestAnswers(page.messages);
  }

  /**
   * Ask, and resolve when the answer is over, whatever its end.
   *
   * @param {string} message
   * @param {{mode?: string, source_ids?: string[]}} [how]
   */
  async ask(message, how) {
    if (this.busy) return;
    this.#tell({ type: "asked", text: message });
    const refused = this.#memory.get("refused");
    const message_id = refused?.message === message ? refused.message_id : uuid(); // it may have been heard after all
    await this.#send({ chatbot_id: this.#chatbot, message, ...how, page: this.#page?.(), ...this.about, locale: this.#lang || this.#locale, message_id });
  }

  /** Hear an answer again whose line broke, or another one in place of one that failed. @param {string} id */
  async retry(id) {
    if (this.busy) return;
    const turn = this.#begin();
    if (id === this.#unheard) turn.id = id;
    await this.#follow(turn, `messages/${id}/retry`);
  }

  /** Stop the answer that is being said; what was said stays. */
  async stop() {
    const id = this.#turn?.id;
    this.#stopping = !id; // an answer without a name is stopped when it gets one
    if (id) await this.#call("POST", `messages/${id}/stop`, { body: {} }).catch(() => {});
  }

  /** Say whether an answer helped, and why; `null` takes it back. @param {string} id @param {"up" | "down" | null} rating @param {string} [comment] */
  async rate(id, rating, comment) {
    return this.call("PUT", `messages/${id}/feedback`, { rating, comment });
  }

  /** Leave this conversation for another, or for one that the next question begins. @param {string} [id] */
  leave(id) {
    this.#turn?.leave();
    this.#latest = this.#turn = undefined;
    this.#before = null;
    this.#memory.keep({ conversation: id, asking: undefined, refused: undefined });
  }

  /** Remember, for the next page to look before anybody opens the chat, whether the team's words are awaited. @param {boolean} awaited */
  awaitTeam(awaited) {
    this.#memory.keep({ waits: awaited ? this.id : undefined });
    if (this.#memory !== this.#nobodys) this.#nobodys.keep({ someone: awaited || undefined }); // who it is, that page may say later
  }

  /** Take over what another tab did, and say whether there is something else to be seen now. */
  catchUp() {
    const [id, said] = [this.id, this.#memory.get("said")];
    this.#memory.read();
    if (id === this.id && said === this.#memory.get("said")) return false;
    this.#before = null;
    return true;
  }

  /** @param {string} method @param {string} path @param {import("./turn.js").Options} [options] */
  #call(method, path, options) {
    return this.#server.call(method, path, { ...options, token: this.#memory.get("token") });
  }

  /** Call the server as this visitor. @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async call(method, path, body) {
    const response = await this.#call(method, path, { body });
    return response.status === 204 ? undefined : response.json();
  }

  /** @param {any} asking */
  async #send(asking) {
    const elsewhere = this.#memory.get("token") && !this.#memory.get("conversation");
    this.#memory.keep({ asking, draft: undefined });
    await this.#follow(this.#begin(), "chat", elsewhere ? { ...asking, new_conversation: true } : asking);
  }

  #begin() {
    this.#stopping = false;
    return this.#latest = new Turn((...call) => this.#call(...call), (happening) => this.#hear(happening), this.#pause);
  }

  /** @param {Turn} turn @param {string} [path] @param {any} [asking] */
  async #follow(turn, path, asking) {
    this.#turn = turn;
    /** @type {Happening | undefined} */
    let end;
    try {
      end = await turn.follow(path, asking);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (asking && this.#forgets(error)) {
        this.#tell({ type: "restarted", code: error.code });
        return this.#send({ ...asking, new_conversation: undefined, message_id: uuid() });
      }
      const question = turn.id ? undefined : asking?.message;
      this.#unheard = error.told ? "" : turn.id;
      const refused = question && error.code !== "message_id_taken" ? asking : undefined;
      this.#memory.keep({ asking: undefined, refused, draft: question ?? this.#memory.get("draft") });
      end = { type: "failed", refused: error, question };
    } finally {
      if (this.#turn === turn) this.#turn = undefined;
    }
    if (end) this.#tell(end);
    const whole = end?.type === "finished" && ["stop", "max_tokens"].includes(end.message.finish_reason ?? "");
    if (this.#suggests && whole) this.#suggest(turn);
  }

  /** Ask a few times for what could be asked next, until there is some or the visitor goes on. @param {Turn} turn */
  async #suggest(turn) {
    for (const wait of LATER) {
      await this.#pause(wait);
      if (this.#latest !== turn) return;
      const { message } = await this.call("GET", `messages/${turn.id}`).catch(() => ({}));
      if (this.#latest !== turn) return;
      if (message?.follow_ups[0]) return this.#tell({ type: "suggested", questions: message.follow_ups });
    }
  }

  /** @param {Happening} happening */
  #hear(happening) {
    if (happening.type === "started") {
      const { id, token } = happening.conversation;
      if (this.id && this.id !== id) this.#tell({ type: "restarted", code: "conversation_not_found" }); // deleted elsewhere
      this.#memory.keep({ token, conversation: id, asking: undefined, refused: undefined, said: happening.id });
      if (this.#stopping) this.stop();
    }
    this.#tell(happening);
  }

  /** Forget a conversation that the server no longer gives us, and say whether it was one. @param {unknown} error */
  #forgets(error) {
    if (!(error instanceof Refused) || !LOST.includes(error.code) || !this.#memory.get("token")) return false;
    this.#before = null;
    this.#memory.keep({ token: undefined, conversation: undefined });
    return true;
  }
}

/** Keep the newest of several answers to one question. @param {Message[]} messages */
function latestAnswers(messages) {
  const newest = new Map(messages.map((message) => [message.question_id, message]));
  return messages.filter((message) => !message.question_id || newest.get(message.question_id) === message);
}

/** Return a random UUID: a blob's address ends in one, also without TLS, where `crypto.randomUUID` is missing. */
function uuid() {
  const address = URL.createObjectURL(new Blob());
  URL.revokeObjectURL(address);
  return address.slice(-36);
}

/** @param {number} milliseconds */
function sleep(milliseconds) {
  return new Promise((wake) => setTimeout(wake, milliseconds));
}
