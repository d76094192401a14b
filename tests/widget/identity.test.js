// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { DONE, START, visiting } from "./visiting.js";

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

test("whoever signs out while the server is still asked who they are stays a stranger", () =>
  visiting([known("t1"), { json: { conversations: [{ id: "c7" }] } }], async ({ conversation, kept }) => {
    const becoming = conversation.identify(ann);
    conversation.reset();
    await becoming;
    assert.deepEqual([conversation.id, conversation.known, conversation.about], [undefined, false, {}]);
    assert.equal(kept.getItem("rag-widget:b1:ann"), null);
  }));

test("of two who are named one after the other, the visitor is the last, however late the first is heard", () => {
  let go = () => {};
  const after = new Promise((heard) => (go = () => heard(undefined)));
  const bobs = [known("t3"), { json: { conversations: [{ id: "c3" }] } }];
  return visiting([{ ...known("t2"), after }, ...bobs, { json: { conversations: [{ id: "c2" }] } }], async ({ conversation, calls }) => {
    const first = conversation.identify(ann);
    while (!calls.length) await new Promise((soon) => setTimeout(soon, 5));
    await conversation.identify({ user_id: "bob", signature: "5163" });
    go();
    await first;
    assert.equal(conversation.id, "c3");
  });
});
