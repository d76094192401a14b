// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { DONE, START, delta, said, typesOf, visiting } from "./visiting.js";

const SOURCE = { index: 1, source_id: "s1", title: "Handbook.pdf", kind: "file", page: 3, url: null, snippet: "At nine.", score: 1, spans: [[0, 2]] };
const UUID = /^[\da-f]{8}-[\da-f]{4}-[47][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

test("it asks, and tells the answer as it comes", () =>
  visiting([{ events: [START, delta("At "), delta("nine."), ["sources", { sources: [SOURCE] }], DONE] }], async ({ conversation, told, calls }) => {
    await conversation.ask("When?");
    assert.deepEqual(typesOf(told), ["asked", "started", "said", "said", "cited", "finished"]);
    assert.equal(said(told), "At nine.");
    assert.deepEqual(told[4].sources, [SOURCE]);
    assert.equal(conversation.busy, false);
    const { message_id, ...body } = calls[0].body;
    assert.match(message_id, UUID);
    assert.deepEqual(body, { chatbot_id: "b1", message: "When?", locale: "en", page: { url: "https://alice.example/", title: "Alice" } });
    assert.equal(calls[0].token, undefined);
  }));

test("it asks again in the same conversation, with its token", () =>
  visiting([{ events: [START, delta("Yes"), DONE] }, { events: [START, delta("No"), DONE] }], async ({ conversation, calls, again }) => {
    await conversation.ask("One?");
    await again().conversation.ask("Two?");
    assert.equal(calls[1].token, "t1");
    assert.equal(calls[1].body.new_conversation, undefined);
  }));

test("it begins a new conversation as the same visitor", () =>
  visiting([{ events: [START, DONE] }, { events: [START, DONE] }], async ({ conversation, calls }) => {
    await conversation.ask("One?");
    conversation.leave();
    await conversation.ask("Two?");
    assert.equal(calls[1].token, "t1");
    assert.equal(calls[1].body.new_conversation, true);
  }));

test("it goes on behind the last event when the line breaks", () =>
  visiting(
    [{ events: [START, delta("At ")], cut: true }, { status: 503, json: { error: { code: "busy" } } }, { events: [delta("At "), delta("nine."), DONE], from: 2 }],
    async ({ conversation, told, calls }) => {
      await conversation.ask("When?");
      assert.deepEqual(calls.map(({ path }) => path), ["chat", "messages/a1/events?after=2", "messages/a1/events?after=2"]);
      assert.deepEqual(typesOf(told), ["asked", "started", "said", "waiting", "waiting", "said", "finished"]);
      assert.equal(said(told), "At nine.");
    },
  ));

test("it asks with the same id when the line breaks before the answer began", () =>
  visiting([{ events: [], cut: true }, { events: [START, delta("Yes"), DONE] }], async ({ conversation, told, calls }) => {
    await conversation.ask("When?");
    assert.equal(calls[1].path, "chat");
    assert.equal(calls[1].body.message_id, calls[0].body.message_id);
    assert.equal(said(told), "Yes");
  }));

test("it gives up when the line stays broken", () =>
  visiting([{ events: [START, delta("At ")], cut: true }], async ({ conversation, told, calls }) => {
    await conversation.ask("When?");
    assert.equal(told.at(-1).type, "failed");
    assert.equal(told.at(-1).refused.code, "offline");
    assert.equal(told.at(-1).question, undefined);
    assert.equal(calls.length, 9);
    assert.equal(conversation.busy, false);
  }));

test("it hears an answer again whose line stayed broken, and does not ask twice", async () => {
  const broken = Array.from({ length: 8 }, () => ({ status: 503 }));
  const replies = [{ events: [START, delta("At ")], cut: true }, ...broken, { events: [START, delta("At "), delta("nine."), DONE] }];
  await visiting(/** @type {any} */ (replies), async ({ conversation, told, calls }) => {
    await conversation.ask("When?");
    assert.equal(told.at(-1).type, "failed");
    told.length = 0;
    await conversation.retry("a1");
    assert.deepEqual([calls.at(-1).method, calls.at(-1).path], ["GET", "messages/a1/events?after=0"]);
    assert.equal(said(told), "At nine.");
  });
});

test("it gives the question back when nobody answers", () =>
  visiting([], async ({ conversation, told, calls }) => {
    await conversation.ask("When?");
    assert.equal(calls.length, 3);
    assert.equal(told.at(-1).type, "failed");
    assert.equal(told.at(-1).question, "When?");
    assert.equal(told.at(-1).refused.retryable, true);
    assert.equal(conversation.draft, "When?");
  }));

for (const [status, code] of /** @type {const} */ ([[403, "origin_not_allowed"], [404, "chatbot_not_found"], [422, "message_too_long"], [503, "busy"]])) {
  test(`it gives the question back when it is refused with ${code}`, () =>
    visiting([{ status, json: { error: { code, message: "No." } } }], async ({ conversation, told, calls }) => {
      await conversation.ask("When?");
      const { refused, question } = told.at(-1);
      assert.deepEqual([refused.code, refused.status, refused.message, question], [code, status, "No.", "When?"]);
      assert.equal(refused.retryable, status === 503);
      assert.equal(calls.length, 1);
    }));
}

test("it says when to come back", () =>
  visiting(
    [{ status: 429, json: { error: { code: "rate_limited", message: "Later.", retry_after: 90 } } }, { status: 429, headers: { "Retry-After": "7" } }],
    async ({ conversation, told }) => {
      await conversation.ask("When?");
      assert.equal(told.at(-1).refused.retryAfter, 90);
      await conversation.ask("When?");
      assert.equal(told.at(-1).refused.retryAfter, 7);
    },
  ));

for (const [status, code] of /** @type {const} */ ([[401, "token_expired"], [401, "token_invalid"], [404, "conversation_not_found"]])) {
  test(`it starts afresh and asks once more after ${code}`, () =>
    visiting(
      [{ events: [START, DONE] }, { status, json: { error: { code } } }, { events: [START, delta("Yes"), DONE] }],
      async ({ conversation, told, calls }) => {
        await conversation.ask("One?");
        await conversation.ask("Two?");
        assert.deepEqual(typesOf(told).slice(3), ["asked", "restarted", "started", "said", "finished"]);
        assert.equal(calls[2].token, undefined);
        assert.equal(calls[2].body.message, "Two?");
        assert.notEqual(calls[2].body.message_id, calls[1].body.message_id);
      },
    ));
}

test("it does not start afresh for ever", () =>
  visiting([{ status: 401, json: { error: { code: "token_invalid" } } }], async ({ conversation, told, calls }) => {
    await conversation.ask("One?");
    assert.equal(calls.length, 1);
    assert.equal(told.at(-1).question, "One?");
  }));

test("it reads an answer that comes in one piece", () =>
  visiting(
    [{ json: { conversation: { id: "c1", token: "t1" }, question_id: "q1", message: { id: "a1", text: "At nine.", status: "completed", sources: [SOURCE], error: null } } }],
    async ({ conversation, told }) => {
      await conversation.ask("When?");
      assert.deepEqual(typesOf(told), ["asked", "started", "said", "cited", "finished"]);
    },
  ));

test("it is not confused by a proxy that answers with a page", () =>
  visiting([{ headers: { "Content-Type": "text/html" }, json: "<html>" }], async ({ conversation, told }) => {
    await conversation.ask("When?");
    assert.equal(told.at(-1).refused.code, "unreadable");
    assert.equal(told.at(-1).question, "When?");
  }));

test("it tells of an answer that failed, and asks for another", () =>
  visiting(
    [
      { events: [START, delta("At "), ["error", { code: "engine_failed", message: "Sorry.", retryable: true }]] },
      { events: [["start", { ...START[1], message_id: "a2" }], delta("Nine."), DONE] },
    ],
    async ({ conversation, told, calls }) => {
      await conversation.ask("When?");
      assert.equal(told.at(-1).refused.message, "Sorry.");
      assert.equal(told.at(-1).question, undefined);
      await conversation.retry("a1");
      assert.deepEqual([calls[1].method, calls[1].path], ["POST", "messages/a1/retry"]);
      assert.equal(told.at(-1).type, "finished");
    },
  ));

test("it says when the server has begun another conversation, because this one was deleted", () =>
  visiting(
    [{ events: [START, DONE] }, { events: [["start", { ...START[1], conversation: { id: "c2", token: "t2" } }], DONE] }],
    async ({ conversation, told }) => {
      await conversation.ask("One?");
      await conversation.ask("Two?");
      assert.deepEqual(typesOf(told).slice(3), ["asked", "restarted", "started", "finished"]);
      assert.equal(told[4].code, "conversation_not_found");
      assert.equal(conversation.id, "c2");
    },
  ));

test("it asks again under the same name what was not taken, and something else under another", () =>
  visiting([{ status: 503 }, { status: 503 }, { events: [START, DONE] }, { events: [START, DONE] }], async ({ conversation, calls, again }) => {
    await conversation.ask("One?");
    await conversation.ask("Two?");
    await again().conversation.ask("Two?");
    await again().conversation.ask("Two?");
    const [one, two, same, anew] = calls.map(({ body }) => body.message_id);
    assert.equal(two, same);
    assert.equal(new Set([one, two, anew]).size, 3);
  }));

test("it stops an answer, also one that has no name yet", () =>
  visiting([{ events: [START, delta("At "), ["done", { message: { id: "a1", status: "stopped" } }]] }, { json: {} }], async ({ conversation, told, calls }) => {
    const asking = conversation.ask("When?");
    conversation.stop();
    await asking;
    assert.equal(told.at(-1).message.status, "stopped");
    while (calls.length < 2) await new Promise((soon) => setTimeout(soon, 5));
    assert.equal(calls[1].path, "messages/a1/stop");
  }));

test("it rates an answer", () =>
  visiting([{ events: [START, DONE] }, { json: {} }], async ({ conversation, calls }) => {
    await conversation.ask("One?");
    await conversation.rate("a1", "up");
    assert.deepEqual([calls[1].method, calls[1].path, calls[1].body, calls[1].token], ["PUT", "messages/a1/feedback", { rating: "up" }, "t1"]);
  }));

test("it asks as it is told, and rates with a word", () =>
  visiting([{ events: [START, DONE] }, { json: {} }], async ({ conversation, calls }) => {
    await conversation.ask("One?", { mode: "strict", source_ids: ["s1"] });
    assert.deepEqual([calls[0].body.mode, calls[0].body.source_ids], ["strict", ["s1"]]);
    await conversation.rate("a1", "down", "Too long.");
    assert.deepEqual(calls[1].body, { rating: "down", comment: "Too long." });
  }));

test("it takes along with a question what is known about the visitor", () =>
  visiting([{ events: [START, DONE] }], async ({ conversation, calls }) => {
    await conversation.identify({ name: "Victor", email: "victor@example.org" });
    conversation.about.context = { plan: "pro" };
    conversation.about.page = { url: "https://alice.example/basket", title: "Basket" };
    await conversation.ask("When?");
    assert.deepEqual(calls.map(({ path }) => path), ["chat"]);
    assert.deepEqual(calls[0].body.visitor, { name: "Victor", email: "victor@example.org" });
    assert.deepEqual(calls[0].body.context, { plan: "pro" });
    assert.equal(calls[0].body.page.title, "Basket");
  }));

test("it asks for the words of a language, and says which one would do", () =>
  visiting([{ json: { follow_ups: false } }], async ({ conversation, calls }) => {
    await conversation.settings();
    assert.equal(calls[0].path, "chatbots/b1?lang=&hint=en");
  }));
