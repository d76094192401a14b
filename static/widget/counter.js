// @ts-check
/** How many more characters a question may have, told near the limit. */

import { make } from "./dom.js";
import { fill } from "./words.js";

/**
 * @param {import("./panel.js").Panel} panel
 * @param {number} near  how many characters from the limit it is told
 */
export function count({ composer: { box, field, limit }, words }, near) {
  const left = limit - field.value.length;
  let counter = box.querySelector(".counter");
  if (!counter) {
    counter = make("span", { class: "counter", id: "counter" });
    field.setAttribute("aria-describedby", "counter");
    field.after(counter);
  }
  counter.textContent = left < Math.min(near, limit / 5) ? fill(left < 0 ? words.over : words.left, { n: Math.abs(left) }) : "";
  counter.classList.toggle("over", left < 0);
}
