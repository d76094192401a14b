// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { atText } from "../../static/widget/fragment.js";
import { inCommon } from "../../static/widget/overlap.js";

const HOURS = "Opening hours\nThe shop opens at nine in the morning on working days. On Saturday it opens at ten.";

/** @param {string} passage @param {...string} said */
function marked(passage, ...said) {
  const parts = inCommon(passage, said).reverse();
  return parts.reduce((text, [from, to]) => `${text.slice(0, from)}[${text.slice(from, to)}]${text.slice(to)}`, passage);
}

test("it marks a sentence that was taken over word for word, whatever its letters and its Markdown", () => {
  assert.equal(marked(HOURS, "**on saturday**, it opens at `ten`."), HOURS.replace("On Saturday it opens at ten", "[$&]"));
});

test("it marks the words that tell something, and the small ones beside them", () => {
  const passage = HOURS.replace("The shop opens at nine", "[$&]").replace("on working days", "[$&]").replace("opens at ten", "[opens at] ten");
  assert.equal(marked(HOURS, "On working days the shop opens at nine."), passage);
});

test("it marks nothing for words that are everywhere", () => {
  assert.equal(marked("It is what it is, and they are there.", "They are what it is."), "It is what it is, and they are there.");
});

test("it finds words with and without their accents", () => {
  assert.equal(marked("Die Bäckerei öffnet um vier.", "Um vier offnet die Backerei."), "[Die Bäckerei öffnet um vier].");
  assert.equal(marked("يفتح المتجر صباحًا.", "المتجر مفتوح صباحا"), "يفتح [المتجر صباحًا].");
});

test("it finds words in scripts without spaces", () => {
  assert.equal(marked("営業時間は午前九時からです。日曜日は休みです。", "日曜日は休みです。"), "営業時間は午前九時からです。[日曜日は休みです]。");
});

test("it leads to the beginning and the end of a text on its page", () => {
  const text = "One-two, three four five.\nSix seven & eight, nine";
  assert.equal(atText("https://alice.example/hours", text), "https://alice.example/hours#:~:text=One%2Dtwo%2C%20three%20four,Six%20seven%20%26%20eight%2C%20nine");
});

test("it keeps the place in a page that its address names", () => {
  assert.equal(atText("https://alice.example/#hours", "At nine."), "https://alice.example/#hours:~:text=At%20nine");
});

test("it leads to the page where there is no text, and nowhere else than to a page", () => {
  assert.equal(atText("https://alice.example/", " … "), "https://alice.example/");
  assert.equal(atText("mailto:alice@alice.example", "At nine."), "mailto:alice@alice.example");
});
