// @ts-check
/** A conversation with a server that says what a test wrote down, and what it tells the chat. */

import { Conversation } from "../../static/widget/conversation.js";
import { serving, storage } from "./server.js";

export const START = ["start", { conversation: { id: "c1", title: "Hi", token: "t1" }, question_id: "q1", message_id: "a1" }];
export const DONE = ["done", { message: { id: "a1", status: "completed", finish_reason: "stop" } }];

/** @param {string} text @returns {[string, any]} */
export const delta = (text) => ["delta", { text }];

/**
 * @param {import("./server.js").Reply[]} replies
 * @param {(visit: {conversation: Conversation, told: any[], calls: any[], again: () => any, kept: Storage}) => Promise<void>} story
 * @param {() => Promise<unknown>} [pause]
 */
export async function visiting(replies, story, pause = async () => {}) {
  const server = await serving(replies);
  const kept = storage();
  const arrive = () => {
    /** @type {any[]} */
    const told = [];
    const conversation = new Conversation({
      server: server.address,
      chatbot: "b1",
      storage: kept,
      locale: "en",
      page: () => ({ url: "https://alice.example/", title: "Alice" }),
      tell: (happening) => told.push(happening),
      pause,
    });
    return { conversation, told };
  };
  try {
    await story({ ...arrive(), calls: server.calls, again: arrive, kept });
  } finally {
    server.close();
  }
}

export const typesOf = (told) => told.map(({ type }) => type);
export const said = (told) => told.filter(({ type }) => type === "said").map(({ text }) => text).join("");
