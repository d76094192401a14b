// @ts-check
/** A small RagWidget server that says what a test wrote down for it. */

import http from "node:http";

/**
 * @typedef {{status?: number, headers?: Record<string, string>, json?: any, events?: [string, any][],
 *   from?: number, cut?: boolean | number, after?: Promise<unknown>}} Reply  cut: after so many milliseconds
 */

/**
 * Serve replies in turn: the first for the first call, and so on.
 *
 * @param {Reply[]} replies
 */
export async function serving(replies) {
  /** @type {{method: string, path: string, token: string | undefined, body: any}[]} */
  const calls = [];
  const server = http.createServer(async (request, response) => {
    let sent = "";
    for await (const piece of request) sent += piece;
    calls.push({
      method: request.method ?? "",
      path: (request.url ?? "").replace("/api/v1/", ""),
      token: request.headers.authorization?.replace("Bearer ", ""),
      body: sent ? JSON.parse(sent) : undefined,
    });
    const reply = replies.shift();
    if (!reply) return void request.socket.destroy();
    const { status = 200, headers = {}, json, events, from = 1, cut, after } = reply;
    await after;
    if (!events) {
      response.writeHead(status, { "Content-Type": "application/json", ...headers });
      return void response.end(JSON.stringify(json ?? {}));
    }
    response.writeHead(status, { "Content-Type": "text/event-stream; charset=utf-8", ...headers });
    events.forEach(([name, data], i) => {
      response.write(`: ping\n\nid: ${from + i}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    });
    if (cut) response.write("event: delta\ndata: {", () => setTimeout(() => request.socket.destroy(), cut === true ? 10 : cut));
    else response.end();
  });
  await new Promise((up) => server.listen(0, "127.0.0.1", () => up(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { address: `http://127.0.0.1:${port}/`, calls, close: () => server.close() };
}

/** As much of `localStorage` as is used. */
export function storage() {
  const kept = new Map();
  return /** @type {Storage} */ (
    /** @type {unknown} */ ({
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
      removeItem: (key) => kept.delete(key),
    })
  );
}
