// @ts-check
/** From nobody to somebody whom the site knows. */

import { Refused } from "./server.js";

/** @typedef {{name?: string, email?: string}} Visitor */

/**
 * Become who an identity says, and return the memory of that person; none, if nobody vouches for it.
 *
 * @param {any} identity
 * @param {import("./memory.js").Memory} nobodys
 * @param {string} chatbot
 * @param {(method: string, path: string, options: {token?: string, body?: object}) => Promise<Response>} call
 * @returns {Promise<{visitor: Visitor, memory?: import("./memory.js").Memory}>}
 */
export async function become(identity, nobodys, chatbot, call) {
  if (!identity.token && !identity.signature) return { visitor: { name: identity.name, email: identity.email } };
  const prove = (/** @type {string | undefined} */ token) => call("POST", `chatbots/${chatbot}/identify`, { token, body: identity });
  const held = nobodys.get("token");
  const response = await prove(held).catch((error) => {
    // What a stranger said cannot come along any more once their token has expired.
    if (held && error instanceof Refused && error.code.startsWith("token_")) return prove(undefined);
    throw error;
  });
  const { visitor, token } = await response.json();
  const memory = nobodys.of(identity.user_id ?? subjectOf(identity.token));
  const conversation = nobodys.get("conversation") ?? memory.get("conversation") ?? (await newest(token, call));
  memory.keep({ known: true, visitor, token, conversation, asking: nobodys.get("asking"), draft: nobodys.get("draft") ?? memory.get("draft") });
  nobodys.forget();
  return { visitor, memory };
}

/** Return what was said last, perhaps on another device. @param {string} token @param {(method: string, path: string, options: {token: string}) => Promise<Response>} call */
async function newest(token, call) {
  const { conversations } = await (await call("GET", "conversations", { token })).json();
  return conversations[0]?.id;
}

/** Read whom a JWT is about; whether it is true is for the server to say. @param {string} token @returns {string} */
function subjectOf(token) {
  const [, claims = ""] = token.split(".");
  return JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))).sub;
}
