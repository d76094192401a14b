// @ts-check
/** The look as it is chosen: the real widget in the frame wears it before it is saved. */

const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-draft]"));
const frame = /** @type {HTMLIFrameElement | null} */ (document.querySelector("[data-preview]"));
const COLOUR = /^#[0-9a-f]{6}$/i;

/** Return the look in the form; what is half typed is left out. */
function chosen() {
  const fields = Object.fromEntries(new FormData(form));
  const { accent, background, font, icon, sign, layer, position, scheme, density, size } = fields;
  return {
    ...(COLOUR.test(String(accent)) && { accent }),
    ...((!background || COLOUR.test(String(background))) && { background: background || "initial" }),
    ...(/^[\p{L}\p{N}][\p{L}\p{N} '-]*$/u.test(String(font)) && { font }),
    ...(/^\d+$/.test(String(layer)) && { layer }),
    icon: icon === "own" ? sign || "bubble" : icon,
    position,
    scheme,
    density,
    size,
    radius: `${fields.radius}px`,
    offset_x: `${fields.offset_x}px`,
    offset_y: `${fields.offset_y}px`,
  };
}

function tryOn() {
  for (const shown of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-of]")))
    shown.textContent = `${/** @type {HTMLInputElement} */ (form.elements.namedItem(shown.dataset.of ?? "")).value} px`;
  const widget = /** @type {any} */ (frame?.contentDocument?.querySelector("rag-widget"));
  widget?.setTheme?.(chosen()).then(() => {
    const avatar = widget.shadowRoot.querySelector(".avatar");
    const name = widget.shadowRoot.querySelector("h2").textContent;
    avatar.textContent = new FormData(form).get("avatar") || [...name][0];
  });
}

for (const picker of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-paints]"))) {
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem(picker.dataset.paints ?? ""));
  picker.hidden = false;
  picker.addEventListener("input", () => (field.value = picker.value));
  field.addEventListener("input", () => COLOUR.test(field.value) && (picker.value = field.value));
}
form.addEventListener("input", tryOn);
frame?.addEventListener("load", tryOn);
tryOn();
