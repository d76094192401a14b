// @ts-check
/** How many more characters a question may have, told near the limit. */

import { make } from "./dom.js";
import { wear } from "./style.js";
import { fill } from "./words.js";

const COUNTER_LOOK = /* css */ `
  .counter { order: 1; width: 100%; padding: 0 12px 8px; color: var(--quiet); font-size: 13px }
  .counter.over { color: var(--alarm) }
  .counter:empty { display: none }
`;

/**
 * @param {import("./panel.js").Panel} panel
 * @param {number} near  how many characters from the limit it is told
 */
export function count({ composer: { box, field, limit }, words }, near) {
  const left = limit - field.value.length;
  let counter = box.querySelector(".counter");
  if (!counter) {
    wear(box, COUNTER_LOOK);
    counter = make("span", { class: "counter", id: "counter" });
    field.setAttribute("aria-describedby", "counter");
    field.after(counter);
  }
  counter.textContent = left < Math.min(near, limit / 5) ? fill(left < 0 ? words.over : words.left, { n: Math.abs(left) }) : "";
  counter.classList.toggle("over", left < 0);
}
