// @ts-check
/** What most open chats never need: one file, fetched when the first of it is used. */

export { contact } from "./contact.js";
export { copyBySelecting } from "./copy.js";
export { ending } from "./ending.js";
export { mention } from "./mention.js";
export { offerModes } from "./modes.js";
export { Peek } from "./peek.js";
export { rate } from "./rating.js";
export { reason } from "./reasons.js";
export { shut } from "./shut.js";
export { threads } from "./threads.js";
