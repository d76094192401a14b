// @ts-check
/** One answer, followed to its end over as many lines as it takes. */

import { Refused } from "./server.js";
import { readEvents, textOf } from "./stream.js";

/** @typedef {import("./conversation.js").Happening} Happening */
/** @typedef {{body?: object, signal?: AbortSignal}} Options */

const PATIENCE = [500, 1000, 2000, 4000, 8000, 10000, 10000, 10000]; // milliseconds; then we give up
const UNHEARD = 2; // how often a question is sent again that nobody seems to have heard

export class Turn {
  /** The answer's id, once it has begun. */
  id = "";
  #last = 0; // the number of the last event told
  #line = new AbortController();
  #call;
  #tell;
  #pause;

  /**
   * @param {(method: string, path: string, options: Options) => Promise<Response>} call
   * @param {(happening: Happening) => void} tell
   * @param {(milliseconds: number) => Promise<unknown>} pause
   */
  constructor(call, tell, pause) {
    this.#call = call;
    this.#tell = tell;
    this.#pause = pause;
  }

  /** Stop listening; the answer itself goes on. */
  leave() {
    this.#line.abort();
  }

  /**
   * Tell the answer, and return how it finished; nothing, if somebody left. Throws `Refused`.
   * An answer with an id is picked up where it was; otherwise the call begins it.
   *
   * @param {string} [path]
   * @param {object} [body]
   * @returns {Promise<Happening | undefined>}
   */
  async follow(path = "", body = {}) {
    const { signal } = this.#line;
    for (let tries = 0; ; ) {
      const before = this.#last;
      try {
        const response = this.id
          ? await this.#call("GET", `messages/${this.id}/events?after=${this.#last}`, { signal })
          : await this.#call("POST", path, { body, signal });
        const end = await this.#listen(response);
        if (end) return end;
      } catch (error) {
        if (signal.aborted) return undefined;
        if (!(error instanceof Refused) || !this.#mends(error)) throw error;
      }
      if (signal.aborted) return undefined;
      if (this.#last > before) tries = 0;
      if (tries >= (this.id ? PATIENCE.length : UNHEARD)) throw new Refused("offline", "", { retryable: true });
      this.#tell({ type: "waiting" });
      await this.#pause(PATIENCE[tries++]);
      if (signal.aborted) return undefined;
    }
  }

  /** Tell whether waiting may help: once an answer has begun, it is worth more patience. @param {Refused} refused */
  #mends({ code, retryable, told }) {
    return !told && retryable && (this.id !== "" || code === "offline");
  }

  /** @param {Response} response @returns {Promise<Happening | undefined>} */
  async #listen(response) {
    const type = response.headers.get("Content-Type") ?? "";
    if (!response.body || !type.startsWith("text/event-stream")) return this.#hear(await response.json().catch(() => ({})));
    try {
      for await (const { id, name, data } of readEvents(textOf(response.body))) {
        const number = Number(id);
        if (this.#line.signal.aborted) return undefined;
        if (number && number <= this.#last) continue; // told before the line broke
        this.#last = number || this.#last;
        const end = this.#take(name, JSON.parse(data));
        if (end) return end;
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    return undefined; // the line broke: a whole answer ends in `done` or `error`
  }

  /** Tell an answer that came in one piece. @param {any} whole */
  #hear({ conversation, message }) {
    if (!message) throw new Refused("unreadable", "", { retryable: true }); // a proxy's page, perhaps
    this.#take("start", { conversation, message_id: message.id });
    this.#take("delta", message);
    this.#take("sources", message);
    return this.#take(message.error ? "error" : "done", { message, ...message.error });
  }

  /**
   * Tell one event; the last is returned instead.
   *
   * @param {string} name
   * @param {any} data
   * @returns {Happening | undefined}
   */
  #take(name, data) {
    if (name === "start") {
      this.id = data.message_id;
      this.#tell({ type: "started", id: this.id, conversation: data.conversation });
    } else if (name === "delta") this.#tell({ type: "said", text: data.text });
    else if (name === "sources") this.#tell({ type: "cited", sources: data.sources });
    else if (name === "done") return { type: "finished", message: data.message };
    else if (name === "error") throw new Refused(data.code, data.message, { ...data, told: true });
    return undefined;
  }
}
