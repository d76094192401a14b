// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { DONE, START, delta, visiting } from "./visiting.js";

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

for (const [going, goesOn] of /** @type {[string, (conversation: import("../../static/widget/conversation.js").Conversation) => unknown][]} */ ([
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
