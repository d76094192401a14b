// @ts-check
/** Every word the widget says. An owner may replace any of them. */

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
  stopped: "Stopped",
  cutShort: "The answer was cut short.",
  unanswered: "Not found in the sources",
  human: "Leave a message",
  ungrounded: "Not from the sources.",
  fallback: "Our usual assistant can’t be reached; this is quoted from the sources.",
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
