// @ts-check
/** The words of every open chat; those of what is fetched on use are in words.js. An owner may replace any. */

export const ENGLISH = {
  open: "Open chat",
  close: "Close chat",
  title: "Chat",
  fresh: "New conversation",
  threads: "Conversations",
  conversation: "Conversation",
  older: "Show earlier messages",
  latest: "Jump to latest",
  placeholder: "Ask a question…",
  send: "Send",
  stop: "Stop answering",
  left: "{n} characters left",
  over: "{n} characters too many",
  footnote: "Answers come from this site’s own documents.",
  you: "You",
  edit: "Edit and ask again",
  answer: "Answer",
  thinking: "Looking through the sources…",
  reconnecting: "The connection was lost. Reconnecting…",
  next: "What to ask next",
  retry: "Try again",
  copy: "Copy answer",
  copied: "Copied",
  good: "Good answer",
  bad: "Bad answer",
  sources: "Sources",
  source: "Source {n}: {title}",
  page: "Page {n}",
  visit: "Open {host}",
  restarted: "The earlier conversation has expired. This is a new one.",
  offline: "You seem to be offline.",
  unreachable: "The chat cannot be reached just now.",
};

/** @typedef {typeof ENGLISH} Strings */

/** Fill the gaps in a sentence. @param {string} sentence @param {Record<string, string | number>} values */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (gap, name) => String(values[name] ?? gap));
}
