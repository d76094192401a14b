// @ts-check
/** Questions that one click asks. */

import { make } from "./dom.js";

/**
 * Draw a button for each question.
 *
 * @param {string[]} questions
 * @param {(question: string) => void} ask
 */
export function suggestions(questions, ask) {
  return questions.map((question) =>
    make("button", { class: "suggestion", dir: "auto", onclick: () => ask(question) }, question),
  );
}
