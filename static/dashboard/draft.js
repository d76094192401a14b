// @ts-check
/** The settings as they are filled in: the real chat in the frame has them before they are saved. */

const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-draft]"));
const frame = /** @type {HTMLIFrameElement | null} */ (document.querySelector("[data-preview]"));
const PAUSE = 350; // milliseconds without a key

/** @type {Set<string>} */
const touched = new Set();
let timer = 0;
let asked = 0;
let shown = "";

/** Ask how the chat would be, and show it, or what is wrong with which field. */
async function draft() {
  const turn = ++asked;
  const body = new FormData(form);
  body.set("hint", navigator.language);
  const answer = await fetch(form.dataset.draft ?? "", { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => undefined);
  if (!answer?.ok || turn !== asked) return; // there is a later one, or saving will say
  const { errors, settings } = await answer.json();
  complain(errors);
  if (settings) dress(settings);
}

/** Let the chat in the frame be as it is told here; one that looks the same stays as it is. @param {any} settings */
function dress(settings) {
  const page = /** @type {any} */ (frame?.contentWindow);
  const widget = page?.document.querySelector("rag-widget");
  if (!widget) return;
  const { theme, ...said } = settings;
  const path = `/api/v1/chatbots/${settings.id}`;
  page.ask ??= page.fetch;
  page.fetch = (/** @type {URL} */ address, /** @type {any} */ options) =>
    new URL(address, page.location.href).pathname === path ? Promise.resolve(page.Response.json(settings)) : page.ask.call(page, address, options);
  if (JSON.stringify(said) === shown) return;
  shown = JSON.stringify(said);
  if (!touched.size) return; // nothing but what it shows already
  const fresh = page.document.createElement("rag-widget");
  for (const { name, value } of widget.attributes) if (/^(chatbot|open|server)$/.test(name)) fresh.setAttribute(name, value);
  widget.replaceWith(fresh);
}

/** Say beside each field that was touched what is wrong with it. @param {Record<string, string>} errors */
function complain(errors) {
  for (const name of touched) {
    const control = form.elements.namedItem(name);
    if (!(control instanceof HTMLElement)) continue; // of several, at least one is chosen
    const field = control.closest(".field");
    field?.querySelector(".field-error")?.remove();
    field?.classList.toggle("invalid", name in errors);
    control.toggleAttribute("aria-invalid", false);
    if (!(name in errors)) continue;
    const words = document.createElement("p");
    Object.assign(words, { className: "field-error", id: `${name}-errors`, textContent: errors[name] });
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", [...new Set([...(control.getAttribute("aria-describedby") ?? "").split(" "), words.id])].join(" ").trim());
    control.before(words);
  }
}

if (!form.querySelector("fieldset:disabled")) {
  frame?.addEventListener("load", draft);
  draft();
}
form.addEventListener("input", ({ target }) => {
  touched.add(/** @type {HTMLInputElement} */ (target).name);
  clearTimeout(timer);
  timer = setTimeout(draft, PAUSE);
});
