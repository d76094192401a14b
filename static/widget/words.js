// @ts-check
/** The words of what is fetched on use. An owner may replace any of them, too. */

const ENGLISH_WORDS = {
  origin_not_allowed: "This chat is not available on this website.",
  busy: "The chat is very busy just now. Please try again in a moment.",
  soon: "You can ask again in a minute.",
  later: "You can ask again at {time}.",
  stopped: "Stopped",
  cutShort: "The answer was cut short.",
  unanswered: "Not found in the sources",
  human: "Leave a message",
  ungrounded: "Not from the sources.",
  fallback: "Our usual assistant can’t be reached; this is quoted from the sources.",
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
  mode: "Way of answering",
  strict: "Precise",
  balanced: "Balanced",
  creative: "Creative",
  sourcesFound: "{n} sources; choose with the arrow keys",
  noSource: "No such source",
  only: "Only from {title}",
  unlimit: "Ask all sources, not only {title}",
  yourName: "Your name",
  email: "Your e-mail address",
  message: "Your message",
  leave: "Send the message",
  consent: "With the message goes this conversation, so that you need not explain twice. Your address is only used to answer you.",
  contacted: "Thank you. Somebody will get back to you.",
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
