// @ts-check
/** The list of sources: rows change while they are read, and files can be dropped in. */

import { receive } from "./upload.js";

const EVERY = 1000;

const list = /** @type {HTMLElement} */ (document.querySelector("[data-sources]"));
const said = document.querySelector("[data-said]");
let watching = false;

/** Show a source as its newest row, in its place or on top. @param {string} id @param {string} row */
export function show(id, row) {
  const fresh = parse(row);
  const old = list.querySelector(`[data-source="${id}"]`);
  if (old) {
    if (old.getAttribute("data-state") === fresh.dataset.state && old.outerHTML === fresh.outerHTML) return;
    if (old.querySelector(":popover-open")) return; // somebody is choosing a file, or about to delete
    if (old.contains(document.activeElement) && !settled(fresh)) return;
    old.replaceWith(fresh);
    if (settled(fresh) && said) said.textContent = fresh.innerText;
  } else {
    list.prepend(fresh);
    list.hidden = false;
    document.querySelector("[data-empty]")?.remove();
  }
  if (!watching) watch();
}

/** Ask about what is being read, as long as anything is. */
async function watch() {
  watching = true;
  while (true) {
    const open = [...list.querySelectorAll("[data-unsettled]")];
    if (!open.length) break;
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    if (document.hidden) continue;
    await ask(open.map((row) => row.getAttribute("data-source") ?? "").slice(-60));
  }
  watching = false;
}

/** @param {string[]} ids */
async function ask(ids) {
  const address = new URL(list.dataset.stateUrl ?? "", location.href);
  for (const id of ids) address.searchParams.append("id", id);
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (answer.status === 401) location.reload(); // signed out meanwhile
    if (!answer.ok) return;
    const { rows, gone, unsettled } = await answer.json();
    for (const id in rows) show(id, rows[id]);
    for (const id of gone) list.querySelector(`[data-source="${id}"]`)?.remove();
    if ("reload" in list.dataset && !unsettled.length) location.reload();
  } catch {
    // the line is broken for now; the next round asks again
  }
}

/** @param {string} row @returns {HTMLElement} */
function parse(row) {
  const page = new DOMParser().parseFromString(`<ul>${row}</ul>`, "text/html");
  return /** @type {HTMLElement} */ (document.importNode(page.querySelector("li") ?? page.body, true));
}

/** @param {HTMLElement} row */
function settled(row) {
  return !("unsettled" in row.dataset);
}

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-drop]"));
if (form) receive(form, show);
watch();
