// @ts-check
/** The calls a visitor can make, and how a refusal is read. */

const SILENCE = 45_000; // milliseconds until a call that nothing comes back from counts as lost

/** A call that got no answer, or one that says no. */
export class Refused extends Error {
  /**
   * @param {string} code  the server's code, or `offline` when nobody answered
   * @param {string} [message]
   * @param {{status?: number, retryable?: boolean, retry_after?: number, told?: boolean, [detail: string]: any}} [more]
   *   `retry_after`: seconds until it may be tried again; `told`: in the middle of an answer
   */
  constructor(code, message = "", { status = 0, retryable = status >= 500, retry_after, told = false, ...details } = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryable = retryable;
    this.retryAfter = retry_after;
    this.told = told;
    this.details = details;
  }
}

export class Server {
  #base;

  /** @param {string} address  where RagWidget is served, such as `https://chat.example.org/` */
  constructor(address) {
    this.#base = new URL("api/v1/", address);
  }

  /**
   * Return the answer to one call, or throw `Refused`.
   *
   * @param {string} method
   * @param {string} path
   * @param {{token?: string, body?: object, signal?: AbortSignal}} [options]
   * @returns {Promise<Response>}
   */
  async call(method, path, { token, body, signal } = {}) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    const referrer = globalThis.location?.href.split(/[?#]/)[0]; // which page, and nothing of what it may hide behind its path
    const request = /** @type {const} */ ({ method, headers, signal, referrer, referrerPolicy: "no-referrer-when-downgrade", body: body && JSON.stringify(body), credentials: "omit", keepalive: method === "DELETE" });
    let timer = 0;
    const silence = new Promise((_, give) => (timer = setTimeout(give, SILENCE)));
    const response = await Promise.race([fetch(new URL(path, this.#base), request), silence])
      .catch(() => {
        throw new Refused("offline", "", { retryable: true });
      })
      .finally(() => clearTimeout(timer));
    if (response.ok) return response;
    const { status } = response;
    const { error = {} } = await response.json().catch(() => ({})); // a proxy answers in HTML
    const retry_after = Number(response.headers.get("Retry-After")) || undefined;
    throw new Refused(error.code ?? `http_${status}`, error.message, { status, retry_after, ...error });
  }
}
