// @ts-check
/** How what is said is drawn: one file, fetched with the first question or with what was said before. */

export { newAnswer } from "./answer.js";
export { newQuestion } from "./question.js";
