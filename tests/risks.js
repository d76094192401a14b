// @ts-check
/** What a page should not have, wherever in it: for pages of ours that show what strangers wrote. */
() => {
  const STRANGE =
    "applet, base, embed, frame, iframe:not([data-preview]), image, link[rel=prefetch], marquee, math, meta[http-equiv], object, picture, style, video, audio, x-y, script:not([src]):not([type='application/json'])";
  const FETCHED = ["src", "action", "formaction", "srcset", "poster", "data", "ping", "background"];
  const FOLLOWED = ["href", "xlink:href"];
  const risks = [...window.happened];

  /** @param {Document | ShadowRoot} root @param {boolean} ours  what our own script may have styled */
  const look = (root, ours) => {
    for (const node of root.querySelectorAll(STRANGE)) risks.push(node.outerHTML.slice(0, 200));
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) look(node.shadowRoot, true);
      for (const { name, value } of node.attributes) {
        const { protocol, origin } = URL.parse(value, document.baseURI) ?? {};
        const bad =
          name.startsWith("on") ||
          name === "srcdoc" ||
          (name === "style" && !ours && !node.shadowRoot) ||
          (FETCHED.includes(name) && origin !== location.origin) ||
          (FOLLOWED.includes(name) && !["http:", "https:", "mailto:"].includes(protocol));
        if (bad) risks.push(`${node.localName} ${name}=${value}`);
      }
    }
  };
  look(document, false);
  return risks;
};
