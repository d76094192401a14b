// @ts-check
/** The line an owner pastes: draws the launcher, and fetches the chat once somebody shows interest. */
(() => {
  // A module is nobody's current script.
  const tag = /** @type {HTMLScriptElement} */ (document.currentScript ?? document.querySelector("script[data-chatbot]"));
  const wishes = tag.dataset;
  const others = [...document.querySelectorAll("rag-widget")];
  const taken = others.some((other) => other.getAttribute("chatbot") === wishes.chatbot);
  if (!wishes.chatbot || taken) return;

  const home = new URL(".", tag.src);
  const host = document.createElement("rag-widget");
  for (const name in wishes) {
    host.setAttribute(name, wishes[name] ?? "");
    host.style.setProperty("--rag-widget-" + name, wishes[name] ?? "");
  }
  host.setAttribute("server", home.href);
  host.style.setProperty("--rag-widget-place", String(others.length));

  // `:host` with `!important` outranks whatever the page says with `!important`.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(/* css */ `
    :host {
      all: initial !important;
      position: fixed !important;
      --x: var(--rag-widget-x, 20px);
      --y: calc(var(--rag-widget-y, 20px) + env(safe-area-inset-bottom));
      inset: auto var(--x) calc(var(--y) + 68px * var(--rag-widget-place)) auto !important;
      display: block !important;
      direction: ltr !important;
      z-index: var(--rag-widget-layer, 99999) !important;
      --accent: var(--rag-widget-accent, #4f46e5);

      /* Black or white, as can be read on any accent: y is the luminance of WCAG. */
      --white: clamp(0, (0.18 - y) * 9999, 1);
      --on-accent: color(from var(--accent) xyz-d65 calc(0.95 * var(--white)) var(--white) calc(1.09 * var(--white)));
    }
    :host([position="left"]) { inset-inline: var(--x) auto !important }
    .launcher {
      display: grid;
      place-items: center;
      width: 56px;
      height: 56px;
      padding: 0;
      border: 0;
      border-radius: calc(1.75 * var(--rag-widget-radius, 16px));
      color: var(--on-accent);
      background: var(--accent);
      box-shadow: 0 1px 3px #0003, 0 8px 24px #0003;
      font: 600 22px system-ui, sans-serif;
      cursor: pointer;
      transition: transform 0.2s, background 0.2s;
    }
    .launcher:hover { transform: scale(1.05) }
    .launcher:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
    .launcher svg { width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round }
    @media print { :host { display: none !important } }
    @media (prefers-reduced-motion: reduce) { .launcher { transition: none } }
    @media (forced-colors: active) { .launcher { border: 2px solid } }
  `);

  /** @param {string} name @param {Record<string, string>} traits */
  const svg = (name, traits) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in traits) node.setAttribute(key, traits[key]);
    return node;
  };
  const drawing = wishes.icon?.[16] && wishes.icon; // a path is longer than any sign
  const icon = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  icon.append(
    svg("path", { d: drawing || "M12 4c5 0 9 3.2 9 7.5S17 19 12 19c-1 0-2-.1-2.9-.4L4 20.5l1.3-3.7C3.8 15.4 3 13.5 3 11.5 3 7.2 7 4 12 4z" }),
  );

  const launcher = document.createElement("button");
  launcher.type = "button";
  launcher.className = "launcher";
  launcher.setAttribute("part", "launcher");
  launcher.ariaLabel = wishes.label || "Open chat";
  launcher.ariaHasPopup = "dialog";
  launcher.ariaExpanded = "false";
  launcher.append(drawing || !wishes.icon ? icon : wishes.icon);

  /** @type {Promise<any> | undefined} */
  let arriving;
  // An absolute address: a classic script of another origin has no base to import from.
  const summon = () => {
    arriving ??= import(new URL("widget/element.js", home).href);
    arriving.catch(() => (arriving = undefined)); // so that the next click asks again
    return arriving.then(() => /** @type {any} */ (host));
  };
  const prepare = () => summon().then((widget) => widget.prepare(), () => {});
  launcher.addEventListener("pointerenter", prepare);
  launcher.addEventListener("focus", prepare);
  launcher.addEventListener("click", () => summon().then((widget) => widget.toggle(), () => {}));

  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.append(launcher);
  // Beside the body, so that a page that swaps its body keeps the conversation.
  document.documentElement.append(host);
  if (host.showPopover) {
    host.popover = "manual"; // the top layer: above every z-index, outside every transform
    host.showPopover();
  }

  let wasOpen;
  try {
    wasOpen = sessionStorage.getItem("rag-widget:" + wishes.chatbot);
  } catch {} // a page without storage simply starts closed
  if ("open" in wishes || (wasOpen && innerWidth > 480)) summon().then((widget) => widget.open({ focus: false }), () => {});
})();
