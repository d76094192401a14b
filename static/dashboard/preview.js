// @ts-check
/** The button on a chatbot's overview that opens the real chat. */

const button = /** @type {HTMLButtonElement} */ (document.querySelector("[data-open-chat]"));

button.hidden = false;
button.addEventListener("click", () => {
  document.querySelector("rag-widget")?.shadowRoot?.querySelector("button")?.click();
});
