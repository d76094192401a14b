// @ts-check
/** The words of what is fetched on use. An owner may replace any of them, too. */

const ENGLISH_WORDS = {
  origin_not_allowed: "This chat is not available on this website.",
  busy: "The chat is very busy just now. Please try again in a moment.",
  soon: "You can ask again in a minute.",
  later: "You can ask again at {time}.",
  back: "Back to the chat",
  search: "Search conversations",
  none: "No conversations yet.",
  nothing: "No conversation has these words in its title.",
  current: "This conversation",
  rename: "Rename",
  name: "Name of the conversation",
  save: "Save",
  archive: "Archive",
  restore: "Take out of the archive",
  archived: "Show archived ones, too",
  remove: "Delete",
  sure: "Delete this conversation for good?",
  keep: "Keep it",
  removed: "Deleted",
  earlier: "Show more",
  whyGood: "What was good about it? (optional)",
  whyBad: "What was wrong with it? (optional)",
  sendComment: "Send",
  thanks: "Thank you.",
};

/** @typedef {typeof ENGLISH_WORDS & import("./strings.js").Strings} Words */

/** Return all words, the owner's before ours. @param {Record<string, string>} strings @returns {Words} */
export function wordsOf(strings) {
  return /** @type {Words} */ ({ ...ENGLISH_WORDS, ...strings });
}
