// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { readEvents, textOf } from "../../static/widget/stream.js";

function testEvents(title, text, expected) {
  for (const [how, chunks] of [["whole", [text]], ["by character", [...text]]]) {
    test(`it reads ${title} (${how})`, async () => {
      const events = [];
      for await (const event of readEvents(chunks)) events.push(event);
      assert.deepEqual(events, expected);
    });
  }
}

testEvents("an event", 'id: 1\nevent: delta\ndata: {"text": "Hi"}\n\n', [{ id: "1", name: "delta", data: '{"text": "Hi"}' }]);
testEvents("two events", "event: a\ndata: 1\n\nevent: b\ndata: 2\n\n", [
  { id: "", name: "a", data: "1" },
  { id: "", name: "b", data: "2" },
]);
testEvents("data of several lines", "data: a\ndata\ndata:b\n\n", [{ id: "", name: "message", data: "a\n\nb" }]);
testEvents("over comments", ": ping\n\n: ping\nevent: a\n: ping\ndata: x: y\n\n", [{ id: "", name: "a", data: "x: y" }]);
testEvents("Windows line ends", "event: a\r\ndata: 1\r\n\r\n", [{ id: "", name: "a", data: "1" }]);
testEvents("lone carriage returns", "event: a\rdata: 1\r\rdata: 2\n\n", [
  { id: "", name: "a", data: "1" },
  { id: "", name: "message", data: "2" },
]);
testEvents("no event that was cut off", "data: 1\n\nevent: done\ndata: {}\n", [{ id: "", name: "message", data: "1" }]);

test("it decodes characters that were cut in halves", async () => {
  const bytes = new TextEncoder().encode("data: né 👍\n\n");
  const body = new ReadableStream({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const events = [];
  for await (const event of readEvents(textOf(body))) events.push(event.data);
  assert.deepEqual(events, ["né 👍"]);
});

testEvents("ends a line where the wire does, and nowhere else", 'event: delta\ndata: "a\u2028b\u2029\u0085c"\n\n', [
  { id: "", name: "delta", data: '"a\u2028b\u2029\u0085c"' },
]);

/** A line that has said one thing, and what became of it. */
function line() {
  const fate = { cancelled: false, /** @type {any} */ controller: undefined };
  const body = new ReadableStream({
    start(controller) {
      fate.controller = controller;
      controller.enqueue(new TextEncoder().encode("data: 1\n\n"));
    },
    cancel: () => void (fate.cancelled = true),
  });
  return { body, fate };
}

/** @param {number} milliseconds */
const pass = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));

test("it lets the line end by itself when the reader has heard enough", async () => {
  const { body, fate } = line();
  for await (const event of readEvents(textOf(body, 20))) if (event) break;
  fate.controller.close();
  await pass(40);
  assert.ok(!fate.cancelled);
});

test("it hangs up when the line does not end", async () => {
  const { body, fate } = line();
  for await (const event of readEvents(textOf(body, 20))) if (event) break;
  await pass(40);
  assert.ok(fate.cancelled);
});

test("it hangs up when the line falls silent", async () => {
  const { body, fate } = line();
  const events = [];
  for await (const event of readEvents(textOf(body, 20))) events.push(event.data);
  await pass(5);
  assert.deepEqual(events, ["1"]);
  assert.ok(fate.cancelled);
});
