// @ts-check
/** The way from one engine to another, shown as it goes; without a script, as it was. */

const EVERY = 1500;

async function watch() {
  while (true) {
    const shown = /** @type {HTMLElement | null} */ (document.querySelector("[data-change]"));
    if (!shown) return;
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    if (document.hidden) continue;
    try {
      const answer = await fetch(shown.dataset.changeUrl ?? "", { headers: { Accept: "application/json" } });
      if (answer.status === 401) location.reload(); // signed out meanwhile
      if (!answer.ok) continue;
      const { html } = await answer.json();
      const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
      if (fresh) update(shown, /** @type {HTMLElement} */ (document.importNode(fresh, true)));
    } catch {
      // the line is broken for now; the next round asks again
    }
  }
}

/** Show how far it is now; its button stays, because somebody may be about to press it. @param {HTMLElement} shown @param {HTMLElement} fresh */
function update(shown, fresh) {
  if (fresh.dataset.change !== shown.dataset.change) return shown.replaceWith(fresh);
  for (const part of [".change-what", "progress"]) {
    const [old, now] = [shown, fresh].map((section) => section.querySelector(part));
    if (old && now && old.outerHTML !== now.outerHTML) old.replaceWith(now);
  }
}

watch();
