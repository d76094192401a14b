// @ts-check
/** What one chatbot's visitor left behind in this browser, or only in this page where storage is refused. */

const OURS = /^[\w.-]* [\w-]*$/; // a token and an id, as they go into headers and addresses

export class Memory {
  #key;
  #storage;
  /** @type {Record<string, any>} */
  #kept = {};

  /**
   * @param {string} key
   * @param {Storage} [storage]
   */
  constructor(key, storage) {
    this.#key = key;
    this.#storage = storage;
    this.read();
  }

  /** Take what is stored, which another tab may have written. */
  read() {
    try {
      const kept = JSON.parse(this.#storage?.getItem(this.#key) ?? "{}");
      if (OURS.test(`${kept.token ?? ""} ${kept.conversation ?? ""}`)) this.#kept = { ...kept };
    } catch {} // refused, or written by somebody else: go on with what there is
  }

  /** @param {string} name @returns {any} */
  get(name) {
    return this.#kept[name];
  }

  /** Return the memory of one person of several in the same browser. @param {string} person */
  of(person) {
    return new Memory(`${this.#key}:${person}`, this.#storage);
  }

  forget() {
    this.#kept = {};
    try {
      this.#storage?.removeItem(this.#key);
    } catch {} // refused: then there was nothing
  }

  /** Keep some things; `undefined` forgets. @param {Record<string, any>} things */
  keep(things) {
    Object.assign(this.#kept, things);
    try {
      this.#storage?.setItem(this.#key, JSON.stringify(this.#kept));
    } catch {} // full or refused: this page still remembers
  }
}

/** Return the browser's storage, if the page may have one. */
export function storageOfPage() {
  try {
    return localStorage;
  } catch {
    return undefined; // sandboxed, or switched off
  }
}
