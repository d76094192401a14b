// @ts-check
/** The words of a chat: a few of our own until the server gives those of the visitor's language. */

/** What has to be said even when nobody answers. */
export const FEW = {
  title: "Chat",
  close: "Close chat",
  placeholder: "Ask a question…",
  send: "Send",
  retry: "Try again",
  unreachable: "The chat cannot be reached just now.",
};

/** All words by their names; `words/en.json` and `words/more/en.json` have them. @typedef {typeof FEW & Record<string, string>} Words */

/** Fill the gaps in a sentence. @param {string} sentence @param {Record<string, string | number>} values */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (gap, name) => String(values[name] ?? gap));
}

/** Return how a moment is written in a language, as this visitor writes it, where they speak it. @param {string} [language] */
export function customOf(language = "en") {
  return navigator.languages.find((custom) => custom.startsWith(language)) ?? language;
}
