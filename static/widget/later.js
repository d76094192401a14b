// @ts-check
/** The way to what most open chats never need. */

/** Fetch it: one file, asked for when the first of it is used. */
export async function more() {
  return await import("./more.js");
}
