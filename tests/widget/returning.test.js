// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Conversation } from "../../static/widget/conversation.js";
import { DONE, START, delta, said, visiting } from "./visiting.js";

test("it finds the conversation again after a reload", () =>
  visiting(
    [
      { events: [START, delta("Yes"), DONE] },
      { json: { conversation: { id: "c1", token: "t2" }, before: "older", messages: [{ id: "q1", role: "visitor", text: "One?", status: "completed" }, { id: "a1", role: "chatbot", text: "Yes", status: "completed", question_id: "q1" }] } },
      { json: { conversation: { id: "c1", token: "t3" }, before: null, messages: [{ id: "q0", role: "visitor", text: "Zero?", status: "completed" }] } },
    ],
    async ({ conversation, calls, again }) => {
      await conversation.ask("One?");
      const { conversation: later, told } = again();
      const past = await later.restore();
      assert.deepEqual(past.messages.map(({ text }) => text), ["One?", "Yes"]);
      assert.equal(later.hasOlder, true);
      assert.equal(past.resume, undefined);
      assert.deepEqual(told, []);
      assert.equal((await later.older())[0].text, "Zero?");
      assert.equal(later.hasOlder, false);
      assert.deepEqual(calls.slice(1).map(({ path, token }) => [path, token]), [
        ["conversations/c1/messages", "t1"],
        ["conversations/c1/messages?before=older", "t2"],
      ]);
    },
  ));

test("it finds what several of the team said, and the newest again however far it read back", () =>
  visiting(
    [
      { events: [START, delta("Yes"), DONE] },
      { json: { conversation: { id: "c1" }, before: "older", messages: [{ id: "t1", role: "team", author: "Anna", text: "Do!", status: "completed", question_id: null }, { id: "t2", role: "team", author: "Ben", text: "Yes!", status: "completed", question_id: null }] } },
      { json: { conversation: { id: "c1" }, before: "older", messages: [] } },
    ],
    async ({ conversation, calls }) => {
      await conversation.ask("One?");
      assert.deepEqual((await conversation.restore()).messages.map(({ author }) => author), ["Anna", "Ben"]);
      await conversation.restore();
      assert.deepEqual(calls.slice(1).map(({ path }) => path), ["conversations/c1/messages", "conversations/c1/messages"]);
    },
  ));

test("it goes on with an answer that was being said before a reload", () =>
  visiting(
    [
      { events: [START, delta("At ")], cut: 500 },
      { json: { conversation: { id: "c1", token: "t1" }, before: null, messages: [{ id: "q1", role: "visitor", text: "When?", status: "completed" }, { id: "a1", role: "chatbot", text: "At ", status: "streaming", question_id: "q1" }] } },
      { events: [START, delta("At "), delta("nine."), DONE] },
    ],
    async ({ conversation, told, calls, again }) => {
      conversation.ask("When?");
      while (!said(told)) await new Promise((soon) => setTimeout(soon, 5));
      const { conversation: later, told: laterTold } = again();
      const past = await later.restore();
      assert.deepEqual(past.messages.map(({ text }) => text), ["When?"]);
      await past.resume();
      assert.equal(said(laterTold), "At nine.");
      assert.ok(calls.some(({ path }) => path === "messages/a1/events?after=0"));
    },
  ));

test("it asks again after a reload what the server never confirmed", () =>
  visiting([{ events: [], cut: true }, { events: [START, delta("Yes"), DONE] }], async ({ told, calls, again, kept }) => {
    kept.setItem("rag-widget:b1", JSON.stringify({ asking: { chatbot_id: "b1", message: "When?", message_id: "m1" } }));
    const { conversation, told: laterTold } = again();
    const past = await conversation.restore();
    assert.deepEqual(past.messages, []);
    await past.resume();
    assert.deepEqual(told, []);
    assert.deepEqual(calls.map(({ body }) => body.message_id), ["m1", "m1"]);
    assert.equal(laterTold[0].type, "asked");
    assert.equal(laterTold.at(-1).type, "finished");
  }));

test("it shows only the newest of several answers to one question", () =>
  visiting(
    [{ events: [START, DONE] }, { json: { conversation: { id: "c1" }, messages: [{ id: "q1", role: "visitor", text: "One?" }, { id: "a1", role: "chatbot", text: "", status: "failed", question_id: "q1" }, { id: "a2", role: "chatbot", text: "Yes", status: "completed", question_id: "q1" }] } }],
    async ({ conversation, again }) => {
      await conversation.ask("One?");
      const past = await again().conversation.restore();
      assert.deepEqual(past.messages.map(({ id }) => id), ["q1", "a2"]);
    },
  ));

test("it begins with nothing when the conversation is gone", () =>
  visiting([{ events: [START, DONE] }, { status: 404, json: { error: { code: "conversation_not_found" } } }], async ({ conversation, again }) => {
    await conversation.ask("One?");
    const later = again().conversation;
    assert.deepEqual((await later.restore()).messages, []);
    assert.equal(later.hasOlder, false);
  }));

test("it goes on with another conversation", () =>
  visiting([{ events: [START, DONE] }, { json: { conversation: { id: "c0", token: "t0" }, messages: [] } }, { events: [START, DONE] }], async ({ conversation, calls }) => {
    await conversation.ask("One?");
    conversation.leave("c0");
    await conversation.restore();
    await conversation.ask("Two?");
    assert.equal(calls[1].path, "conversations/c0/messages");
    assert.deepEqual([calls[2].token, calls[2].body.new_conversation], ["t0", undefined]);
  }));

test("it knows when another tab has said or left something, but not when it only typed", () =>
  visiting([{ events: [START, DONE] }], async ({ conversation, again }) => {
    const other = again().conversation;
    await conversation.ask("One?");
    assert.equal(other.catchUp(), true);
    assert.equal(other.id, "c1");
    conversation.draft = "Tw";
    assert.equal(other.catchUp(), false);
    conversation.leave();
    assert.equal(other.catchUp(), true);
    assert.equal(other.id, undefined);
  }));

test("it keeps a draft, and works where storage is refused", async () => {
  const refusing = /** @type {Storage} */ (/** @type {unknown} */ ({
    getItem: () => assert.fail("refused"),
    setItem: () => assert.fail("refused"),
  }));
  const conversation = new Conversation({ server: "http://x.invalid/", chatbot: "b1", storage: refusing, tell: () => {} });
  conversation.draft = "Whe";
  assert.equal(conversation.draft, "Whe");
});
