// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Conversation } from "../../static/widget/conversation.js";
import { serving, storage } from "./server.js";

const START = ["start", { conversation: { id: "c1", title: "Hi", token: "t1" }, question_id: "q1", message_id: "a1" }];
const DONE = ["done", { message: { id: "a1", status: "completed", finish_reason: "stop" } }];
const SOURCE = { index: 1, source_id: "s1", title: "Handbook.pdf", kind: "file", page: 3, url: null, snippet: "At nine.", score: 1, spans: [[0, 2]] };
const UUID = /^[\da-f]{8}-[\da-f]{4}-[47][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** @param {string} text @returns {[string, any]} */
const delta = (text) => ["delta", { text }];

/**
 * @param {import("./server.js").Reply[]} replies
 * @param {(visit: {conversation: Conversation, told: any[], calls: any[], again: () => any, kept: Storage}) => Promise<void>} story
 * @param {() => Promise<unknown>} [pause]
 */
async function visiting(replies, story, pause = async () => {}) {
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

const typesOf = (told) => told.map(({ type }) => type);
const said = (told) => told.filter(({ type }) => type === "said").map(({ text }) => text).join("");

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

test("it keeps a draft, and works where storage is refused", async () => {
  const refusing = /** @type {Storage} */ (/** @type {unknown} */ ({
    getItem: () => assert.fail("refused"),
    setItem: () => assert.fail("refused"),
  }));
  const conversation = new Conversation({ server: "http://x.invalid/", chatbot: "b1", storage: refusing, tell: () => {} });
  conversation.draft = "Whe";
  assert.equal(conversation.draft, "Whe");
});

const SETTINGS = { json: { name: "Alice", follow_ups: true } };
/** @param {string[]} follow_ups */
const later = (...follow_ups) => ({ json: { message: { id: "a1", follow_ups }, conversation: { id: "c1", title: "Hours" } } });
const settled = () => new Promise((soon) => setTimeout(soon, 50));
/** @param {() => boolean} holds */
const until = async (holds) => {
  for (let tries = 0; tries < 400 && !holds(); tries++) await settled();
};

test("it tells what could be asked next as soon as somebody has thought of it", () =>
  visiting([SETTINGS, { events: [START, delta("At nine."), DONE] }, later(), later("And on Sunday?"), later("Never asked for")], async ({ conversation, told, calls }) => {
    await conversation.settings();
    await conversation.ask("When?");
    await until(() => told.at(-1).type === "suggested");
    assert.deepEqual(told.at(-1), { type: "suggested", questions: ["And on Sunday?"] });
    assert.deepEqual(calls.slice(2).map(({ method, path, token }) => [method, path, token]), [["GET", "messages/a1", "t1"], ["GET", "messages/a1", "t1"]]);
  }));

test("it asks three times what could be asked next, whatever comes back", () =>
  visiting([SETTINGS, { events: [START, DONE] }, later(), { status: 503 }, later(), later("Too late")], async ({ conversation, told, calls }) => {
    await conversation.settings();
    await conversation.ask("When?");
    await until(() => calls.length === 5);
    await settled();
    assert.equal(told.at(-1).type, "finished");
    assert.equal(calls.length, 5);
  }));

for (const [going, goesOn] of /** @type {[string, (conversation: Conversation) => unknown][]} */ ([
  ["asks", (conversation) => conversation.ask("Two?")],
  ["leaves", (conversation) => conversation.leave()],
])) {
  test(`it suggests nothing any more to a visitor who ${going}`, () =>
    visiting(
      [SETTINGS, { events: [START, DONE] }, { events: [START, ["done", { message: { id: "a1", status: "stopped" } }]] }, later("Late")],
      async ({ conversation, told, calls }) => {
        await conversation.settings();
        await conversation.ask("One?");
        await goesOn(conversation);
        await settled();
        assert.equal(told.at(-1).type, "finished");
        assert.ok(calls.every(({ path }) => path !== "messages/a1"));
      },
      () => new Promise((soon) => setTimeout(soon, 20)),
    ));
}

test("it does not look for suggestions that nobody makes", () =>
  visiting([{ json: { name: "Alice", follow_ups: false } }, { events: [START, DONE] }, later("Late")], async ({ conversation, calls }) => {
    await conversation.settings();
    await conversation.ask("One?");
    await settled();
    assert.equal(calls.length, 2);
  }));

test("it asks as it is told, and rates with a word", () =>
  visiting([{ events: [START, DONE] }, { json: {} }], async ({ conversation, calls }) => {
    await conversation.ask("One?", { mode: "strict", source_ids: ["s1"] });
    assert.deepEqual([calls[0].body.mode, calls[0].body.source_ids], ["strict", ["s1"]]);
    await conversation.rate("a1", "down", "Too long.");
    assert.deepEqual(calls[1].body, { rating: "down", comment: "Too long." });
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

test("it asks for the words of a language, and says which one would do", () =>
  visiting([{ json: { follow_ups: false } }], async ({ conversation, calls }) => {
    await conversation.settings();
    assert.equal(calls[0].path, "chatbots/b1?lang=&hint=en");
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

const known = (token) => ({ json: { visitor: { name: "Ann", email: "" }, token } });
const ann = { user_id: "ann", signature: "5162" };

test("what was said as nobody comes along with whoever is known now", () =>
  visiting([{ events: [START, DONE] }, known("t2"), { events: [START, DONE] }], async ({ conversation, calls, kept }) => {
    await conversation.ask("One?");
    assert.deepEqual(await conversation.identify(ann), { name: "Ann", email: "" });
    assert.deepEqual([calls[1].path, calls[1].token, calls[1].body], ["chatbots/b1/identify", "t1", ann]);
    assert.equal(conversation.id, "c1");
    assert.equal(kept.getItem("rag-widget:b1"), "{}");
    await conversation.ask("Two?");
    assert.equal(calls[2].token, "t2");
  }));

test("it goes on where a person was on another device", () =>
  visiting([known("t2"), { json: { conversations: [{ id: "c7" }, { id: "c6" }] } }], async ({ conversation, calls }) => {
    await conversation.identify(ann);
    assert.deepEqual([calls[1].path, calls[1].token], ["conversations", "t2"]);
    assert.equal(conversation.id, "c7");
  }));

test("a token that has expired keeps nobody from being known", () =>
  visiting(
    [{ events: [START, DONE] }, { status: 401, json: { error: { code: "token_expired" } } }, known("t2"), { json: { conversations: [] } }],
    async ({ conversation, calls }) => {
      await conversation.ask("One?");
      await conversation.identify(ann);
      assert.deepEqual([calls[1].token, calls[2].token], ["t1", undefined]);
    },
  ));

test("a refused identity leaves a stranger a stranger", () =>
  visiting([{ status: 403, json: { error: { code: "identity_invalid" } } }, { events: [START, DONE] }], async ({ conversation, calls }) => {
    await assert.rejects(conversation.identify(ann), { code: "identity_invalid" });
    assert.deepEqual((await conversation.restore()).messages, []);
    await conversation.ask("Who am I?");
    assert.equal(calls[1].token, undefined);
  }));

test("two people at one browser each have a memory of their own", () =>
  visiting([known("t2"), { json: { conversations: [] } }, { events: [START, DONE] }, known("t3"), { json: { conversations: [] } }], async ({ conversation, again }) => {
    await conversation.identify(ann);
    await conversation.ask("One?");
    const later = again().conversation;
    assert.equal(later.id, undefined);
    await later.identify({ user_id: "bob", signature: "5163" });
    assert.equal(later.id, undefined);
  }));

test("whoever signs out leaves nothing behind", () =>
  visiting([known("t1"), { json: { conversations: [] } }, { events: [START, DONE] }], async ({ conversation, kept }) => {
    await conversation.identify(ann);
    await conversation.ask("One?");
    conversation.reset();
    assert.deepEqual([conversation.id, conversation.known, conversation.about], [undefined, false, {}]);
    assert.equal(kept.getItem("rag-widget:b1:ann"), null);
  }));

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
