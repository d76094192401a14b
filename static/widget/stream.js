// @ts-check
/** From bytes to server-sent events; knows nothing else. */

/** @typedef {{id: string, name: string, data: string}} ServerEvent */

/**
 * Yield the events in a stream of text, wherever its chunks happen to break.
 * Comments are passed over, and an event without its closing blank line never counts.
 *
 * @param {AsyncIterable<string> | Iterable<string>} chunks
 * @returns {AsyncGenerator<ServerEvent>}
 */
export async function* readEvents(chunks) {
  let pending = "";
  for await (const chunk of chunks) {
    const events = (pending + chunk).replace(/\r\n|\r(?!$)/g, "\n").split("\n\n"); // a last \r may be half of \r\n
    pending = events.pop() ?? "";
    for (const event of events) {
      /** @type {Record<string, string | undefined>} */
      const found = {};
      // not a dot: to it, a line also ends at U+2028, which is only a letter here
      for (const [, field, value] of event.matchAll(/^(\w+):? ?([^\n]*)$/gm)) {
        found[field] = field in found ? `${found[field]}\n${value}` : value;
      }
      const { id = "", event: name = "message", data } = found;
      if (data !== undefined) yield { id, name, data };
    }
  }
}

const QUIET = 45_000; // three of the server's pings: nobody is there any more

/**
 * Yield a response's body as text, until it ends or falls silent. Whoever has heard enough
 * may go: it still ends by itself, because a cancelled body looks like a request that failed.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {number} [silence]  milliseconds
 * @returns {AsyncGenerator<string>}
 */
export async function* textOf(body, silence = QUIET) {
  const reader = body.getReader(); // Safari cannot iterate over a stream itself
  const decoder = new TextDecoder();
  let value;
  try {
    while ((value = await soon(reader.read(), silence))) yield decoder.decode(value, { stream: true });
  } finally {
    hangUp(reader, value ? silence : 0);
  }
}

/** Let a body end by itself, but not for ever. @param {ReadableStreamDefaultReader<Uint8Array>} reader @param {number} patience */
async function hangUp(reader, patience) {
  const timer = setTimeout(() => reader.cancel().catch(() => {}), patience);
  while (!(await reader.read().catch(() => ({ done: true }))).done);
  clearTimeout(timer);
}

/** @param {Promise<ReadableStreamReadResult<Uint8Array>>} reading @param {number} silence */
async function soon(reading, silence) {
  let timer = 0;
  const late = new Promise((give) => (timer = setTimeout(give, silence)));
  return (await Promise.race([reading, late]).finally(() => clearTimeout(timer)))?.value;
}
