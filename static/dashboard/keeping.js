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

for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("[data-copy-link]"))) {
  const label = /** @type {HTMLElement} */ (link.querySelector("span"));
  const words = label.textContent;
  link.addEventListener("click", async (event) => {
    if (!navigator.clipboard) return; // pages on plain http have none: the address bar has it then
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(link.href);
      label.textContent = "Link copied";
      setTimeout(() => (label.textContent = words), 2500);
    } catch {
      location.href = link.href;
    }
  });
}
