// @ts-check
/** Makes or uses a passkey with the options in the page, and sends what the browser says of it. */

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-passkey]"));
if (form) answer(form);

/** @param {HTMLFormElement} form */
async function answer(form) {
  try {
    const credential = await ask(form.dataset.passkey, JSON.parse(form.dataset.options ?? ""));
    const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
    field.value = JSON.stringify(credential);
    form.submit();
  } catch (problem) {
    const words = /** @type {HTMLElement} */ (form.querySelector("[data-problem]"));
    words.textContent = said(problem);
    words.hidden = false;
    /** @type {HTMLElement} */ (form.querySelector("[data-again]")).hidden = false;
  }
}

/** @param {unknown} problem */
function said(problem) {
  const name = problem instanceof Error ? problem.name : "";
  if (name === "NotAllowedError") return "Your browser had no passkey for us, or you said no.";
  if (name === "InvalidStateError") return "You have a passkey on this device already.";
  if (name === "SecurityError") return "Passkeys work under a name and by https only, not at this address.";
  return `That didn’t work: ${problem instanceof Error ? problem.message : problem}`;
}

/** @param {string | undefined} wish @param {any} options */
async function ask(wish, options) {
  const { credentials } = navigator;
  const credential = wish === "create"
    ? await credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return /** @type {PublicKeyCredential} */ (credential).toJSON();
}
