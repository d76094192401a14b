// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { Conversation } from "../../static/widget/conversation.js";

const declared = readFileSync(new URL("../../static/widget/conversation.d.ts", import.meta.url), "utf8");
const [, declaredClass] = declared.split("export class Conversation {");

test("the types name what a conversation can do, and nothing else", () => {
  const made = Object.getOwnPropertyDescriptors(Conversation.prototype);
  const conversation = new Conversation({ server: "https://chat.example/", chatbot: "b1", tell: () => {} });
  const real = [...Object.keys(made), ...Object.keys(conversation)];
  const names = [...declaredClass.matchAll(/^ {2}(?:readonly )?(\w+)(?=[(:])/gm)].map(([, name]) => name);
  assert.deepEqual(names.sort(), real.sort());
  for (const [name, { get, set }] of Object.entries(made)) {
    if (get) assert.equal(declaredClass.includes(`readonly ${name}:`), !set, name);
  }
});

test("the types name every option", () => {
  const [, options] = declared.split("export interface Options {");
  const names = [...options.split("\n}")[0].matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name);
  const source = readFileSync(new URL("../../static/widget/conversation.js", import.meta.url), "utf8");
  const documented = [...source.matchAll(/@param \{.*\} \[?options\.(\w+)/g)].map(([, name]) => name);
  assert.deepEqual(names.sort(), documented.sort());
});

test("the types name everything that is told", () => {
  const told = (text) => new Set([...text.matchAll(/type: "(\w+)"[;,}\s]/g)].map(([, type]) => type));
  const sources = ["conversation.js", "turn.js"].map((name) => readFileSync(new URL(`../../static/widget/${name}`, import.meta.url), "utf8"));
  assert.deepEqual([...told(declared)].sort(), [...told(sources.join(""))].sort());
});
