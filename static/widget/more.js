// @ts-check
/** What most open chats never need: one file, fetched when the first of it is used. */

export { arrive } from "./arrival.js";
export { contact } from "./contact.js";
export { copied } from "./copy.js";
export { count } from "./counter.js";
export { ending } from "./ending.js";
export { greet } from "./greeting.js";
export { heal, restart } from "./heal.js";
export { mention } from "./mention.js";
export { offerModes } from "./modes.js";
export { recall } from "./past.js";
export { unfold } from "./passage.js";
export { look } from "./peek.js";
export { rate } from "./rating.js";
export { threads } from "./threads.js";
