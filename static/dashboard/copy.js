// @ts-check
/** Copy buttons: `data-copies` names the field they copy. Without a script the field selects itself. */

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-copies]"))) {
  const field = /** @type {HTMLTextAreaElement} */ (document.getElementById(button.dataset.copies ?? ""));
  const label = /** @type {HTMLElement} */ (button.querySelector("span"));
  const words = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const copied = await copy(field);
    label.textContent = copied ? "Copied" : "Press Ctrl+C";
    setTimeout(() => (label.textContent = words), 2500);
  });
  field.addEventListener("focus", () => field.select());
}

/** Copy a field, and select it where the browser does not let us. @param {HTMLTextAreaElement} field */
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // pages on plain http have no clipboard
    field.select();
    return document.execCommand("copy");
  }
}
