// @ts-check
/** How what is said is drawn, and more of it heard: one file, fetched with the first question or with what was said before. */

export { newAnswer } from "./answer.js";
export { newQuestion } from "./question.js";
export { attend, listen } from "./team.js";
