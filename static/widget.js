// @ts-check
/** The line an owner pastes: defines `<rag-widget>`, and fetches the chat once somebody shows interest. */
(() => {
  const NAME = "rag-widget";
  const taken = (/** @type {string | undefined} */ chatbot) =>
    [...document.querySelectorAll(NAME)].some((other) => other.getAttribute("chatbot") === chatbot);
  const { currentScript } = document; // or whatever else in the page has this name
  // A script that is not run by its tag, as some managers of tags do it, finds the tag by its address.
  const tag =
    currentScript instanceof HTMLScriptElement
      ? currentScript
      : [.../** @type {NodeListOf<HTMLScriptElement>} */ (document.querySelectorAll("script[src*='/widget.js']"))].find((each) => !taken(each.dataset.chatbot));
  if (!tag) return;
  const home = new URL(".", tag.src).href;

  // `:host` with `!important` outranks whatever the page says with `!important`.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(/* css */ `
    :host {
      --x: var(--rag-widget-x, 20px);
      --y: calc(var(--rag-widget-y, 20px) + env(safe-area-inset-bottom));
      --accent: var(--rag-widget-accent, #4f46e5);
      --on-accent: #fff;
      display: block !important;
      direction: ltr !important;
    }
    @supports (color: oklch(from red l c h)) {
      :host {
        /* Black or white, as can be read on any accent: y is the luminance of WCAG. */
        --white: clamp(0, (0.18 - y) * 9999, 1);
        --on-accent: color(from var(--accent) xyz-d65 calc(0.95 * var(--white)) var(--white) calc(1.09 * var(--white)));
      }
    }
    :host([mode]) { height: var(--rag-widget-height, 600px) }
    :host(:where(:not([mode]))) {
      all: initial !important; /* weighs so little that the open chat can still say its color-scheme */
      position: fixed !important;
      inset: auto var(--x) calc(var(--y) + 68px * var(--rag-widget-place)) auto !important;
      z-index: var(--rag-widget-layer, 99999) !important;
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
    }
    .launcher:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
    /* No press begins on what the arriving settings replace: its click would be lost. */
    .launcher svg { pointer-events: none; width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round }
    @media print { :host(:not([mode])) { display: none !important } }
    @media (forced-colors: active) { .launcher { border: 2px solid } }
  `);

  const icon = (/** @type {string} */ drawing) => {
    const [svg, path] = ["svg", "path"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
    svg.setAttribute("viewBox", "0 0 24 24");
    path.setAttribute("d", drawing);
    svg.append(path);
    return svg;
  };

  /** @param {any} widget */
  const launcherOf = (widget) => {
    const sign = widget.getAttribute("icon") ?? "M12 4c5 0 9 3.2 9 7.5S17 19 12 19c-1 0-2-.1-2.9-.4L4 20.5l1.3-3.7C3.8 15.4 3 13.5 3 11.5 3 7.2 7 4 12 4z";
    const launcher = document.createElement("button");
    launcher.type = "button";
    launcher.className = "launcher";
    /** @type {any} */ (launcher).part = "launcher";
    launcher.ariaLabel = widget.getAttribute("label") || "Open chat";
    launcher.ariaHasPopup = "dialog";
    launcher.ariaExpanded = "false";
    launcher.append(sign[16] ? icon(sign) : sign); // a path is longer than any sign
    launcher.onpointerenter = launcher.onfocus = () => widget.prepare();
    launcher.onclick = () => (launcher.ariaExpanded === "true" ? widget.close() : widget.open()); // as it says, however late
    return launcher;
  };

  /** Put launchers above each other. */
  const arrange = () => {
    for (const corner of ["[position=left]", ":not([position=left])"])
      [...document.querySelectorAll(NAME + corner + ":not([mode])")].forEach((widget, place) => /** @type {HTMLElement} */ (widget).style.setProperty("--rag-widget-place", `${place}`));
  };

  // A chat that has a place in the page is wanted as soon as it is seen.
  const eye = new IntersectionObserver((sights) => {
    for (const { isIntersecting, target } of sights) if (isIntersecting) /** @type {any} */ (target).prepare();
  });

  const CALLS = "prepare open close toggle ask newConversation reset identify setContext setTheme on off destroy".split(" ");
  /** @type {(widget: any) => void} */
  let meet = () => {};
  const first = new Promise((resolve) => (meet = resolve));

  class RagWidget extends HTMLElement {
    static observedAttributes = ["chatbot", "lang", "mode", "server"];
    /** @type {Promise<any> | undefined} */
    #coming;
    /** @type {((name: string, ...args: any[]) => any) | undefined} */
    #chat;
    #arrival = Promise.withResolvers();

    connectedCallback() {
      const chatbot = this.getAttribute("chatbot");
      if (!chatbot) return;
      const inPlace = this.hasAttribute("mode");
      if (!this.#chat) {
        const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
        root.adoptedStyleSheets = [sheet];
        root.replaceChildren(...(inPlace ? [] : [launcherOf(this)]));
      }
      arrange();
      meet(this);
      if (this.#coming) this.#fetch();
      if (inPlace) return eye.observe(this);
      this.popover = "manual"; // the top layer: above every z-index, outside every transform
      this.togglePopover?.(true);
      const key = `${NAME}:${chatbot}`;
      let wasOpen, waits, conversation, someone;
      try {
        wasOpen = sessionStorage.getItem(key);
        ({ waits, conversation, someone } = JSON.parse(localStorage.getItem(key) ?? "{}"));
      } catch {} // a page without storage simply starts closed
      if (this.hasAttribute("open") || (wasOpen && innerWidth > 480)) this.call("open", { focus: false });
      else if (someone || (waits && waits === conversation)) this.call("prepare"); // a human may have answered in it
    }

    disconnectedCallback() {
      arrange();
      queueMicrotask(() => this.isConnected || this.#end()); // or it was only moved
    }

    /** @param {string} _ @param {string} before @param {string} now */
    attributeChangedCallback(_, before, now) {
      if (before === now || !this.isConnected) return; // nothing new, or nothing yet
      this.#end();
      this.connectedCallback();
    }

    /** @param {string} name @param {...any} args */
    call(name, ...args) {
      // What only prepares for a visitor can wait for one.
      if (!/^(on|off|identify|setContext)$/.test(name)) this.#fetch();
      return this.#arrival.promise.then((chat) => chat(name, ...args));
    }

    destroy() {
      this.remove();
    }

    #fetch() {
      // An absolute address: a classic script of another origin has no base to import from.
      this.#coming ??= import(new URL("widget/element.js", home).href);
      this.#coming.then(
        ({ wake }) => {
          if (this.#chat || !this.isConnected || !this.shadowRoot) return;
          this.#arrival.resolve((this.#chat = wake(this, home)));
        },
        () => (this.#coming = undefined), // so that the next click asks again
      );
    }

    #end() {
      if (!this.#chat) return;
      this.#chat("end");
      this.#chat = undefined;
      this.#arrival = Promise.withResolvers();
    }
  }

  if (!customElements.get(NAME)) {
    /** @type {any} */
    const page = window;
    const early = page.RagWidget;
    page.RagWidget = {
      /** Do what was said before there was anybody to hear it. @param {[string, ...any]} call */
      push([name, ...args]) {
        const done = Promise.resolve(document.querySelector(`${NAME}[chatbot]`) ?? first).then((widget) => widget[name](...args));
        done.catch(() => {}); // whoever does not look hears it as an event
        return done;
      },
    };
    for (const name of CALLS) {
      /** @type {any} */ (RagWidget.prototype)[name] ??= /** @this {RagWidget} @param {...any} args */ function (...args) {
        return this.call(name, ...args);
      };
      page.RagWidget[name] = (/** @type {any} */ ...args) => page.RagWidget.push([name, ...args]);
    }
    customElements.define(NAME, RagWidget);
    if (Array.isArray(early)) early.forEach(page.RagWidget.push);
  }

  const { dataset } = tag;
  if (dataset.chatbot && !taken(dataset.chatbot)) {
    const host = document.createElement(NAME);
    for (const name in dataset) {
      host.setAttribute(name, dataset[name] ?? "");
      host.style.setProperty(`--rag-widget-${name}`, dataset[name] ?? "");
    }
    host.setAttribute("server", home);
    // Beside the body, so that a page that swaps its body keeps the conversation.
    document.documentElement.append(host);
  }
})();
