// @ts-check
/** Around a transcript: keys for the links that name one, and links that are copied when they are clicked. */

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`));
  link?.click();
});

/** Whether somebody is writing or choosing there. @param {EventTarget | null} target */
function typing(target) {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

addEventListener("click", async (event) => {
  const link = /** @type {HTMLAnchorElement | null} */ (event.target instanceof Element && event.target.closest("[data-copy-link]"));
  if (!link || !navigator.clipboard) return; // pages on plain http have none: the address bar has it then
  const label = /** @type {HTMLElement} */ (link.querySelector("span"));
  label.dataset.words ??= label.textContent ?? "";
  event.preventDefault();
  try {
    await navigator.clipboard.writeText(link.href);
    label.textContent = "Link copied";
    setTimeout(() => (label.textContent = label.dataset.words ?? ""), 2500);
  } catch {
    location.href = link.href;
  }
});
