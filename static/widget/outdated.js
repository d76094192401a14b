// @ts-check
/** Served in place of more.js to a page from before an update: it can only be loaded again. */

/** @typedef {import("./panel.js").Panel} Panel */

/** Return what has every part; each says the same. */
export default () => new Proxy({}, { get: (_, name) => name !== "then" && sayOutdated });

/** @param {Panel} panel */
function sayOutdated({ tell, words }) {
  const button = document.createElement("button"); // nothing may be borrowed: the page's chat is an older one
  button.className = "plain";
  button.textContent = words.reload;
  button.addEventListener("click", () => location.reload());
  tell(words.outdated, " ", button);
  return [];
}
