/** Dress the open widget in an accent, a background and a scheme; return what cannot be read by WCAG 2.2, and whether it is dark. */
([accent, background, scheme]) => {
  const host = document.querySelector("rag-widget");
  for (const [name, value] of Object.entries({ accent, background, scheme })) host.style.setProperty(`--rag-widget-${name}`, value);

  const words = [...host.shadowRoot.querySelectorAll(".words")].at(-1);
  // what this answer has not: the ground on which each stands is the style sheet's
  const kinds = {
    "pre code": {}, "a": { href: "/" }, "blockquote": {}, "th": {}, "p": { class: "failed" }, "div": { class: "kind" }, "button": { class: "suggestion" },
    "button i": { class: "icon", "aria-pressed": "true" }, "button b": { class: "citation", "aria-expanded": "true" },
  };
  if (!words.querySelector(".failed"))
    for (const kind in kinds) {
      const node = document.createElement(kind.split(" ")[0]);
      for (const name in kinds[kind]) node.setAttribute(name, kinds[kind][name]);
      node.textContent = "words";
      words.append(node);
    }

  const pen = (globalThis.pen ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
  const known = (globalThis.known ??= new Map());
  const painted = (colour) => {
    if (!known.has(colour)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      known.set(colour, [...pen.getImageData(0, 0, 1, 1).data]);
    }
    return known.get(colour);
  };
  const luminance = (colour) => {
    const [red, green, blue] = painted(colour).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const ground = (node) => {
    if (node.closest(".pencil")) node = node.closest(".log"); // it stands beside its question
    for (; node; node = node.parentElement) {
      const { backgroundColor } = getComputedStyle(node);
      if (painted(backgroundColor)[3] === 255) return backgroundColor;
    }
  };

  const found = [];
  let seen = 0;
  const see = (node, what, colour, least) => {
    const behind = ground(node);
    const ratio = contrast(colour, behind);
    seen++;
    if (ratio < least) found.push(`${node.className || node.localName} ${what}: ${ratio.toFixed(2)} of ${least}, ${colour} on ${behind}`);
  };
  for (const node of host.shadowRoot.querySelectorAll("*")) {
    if (!node.checkVisibility()) continue;
    const { color, borderTopColor } = getComputedStyle(node);
    const speaks = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    if (speaks || node.localName === "textarea") see(node, "text", color, 4.5);
    if (node.localName === "textarea") see(node, "placeholder", getComputedStyle(node, "::placeholder").color, 4.5);
    if (node.localName === "svg") see(node.parentElement, "icon", color, 3);
    if (node.className === "box") see(node, "border", borderTopColor, 3);
  }
  const dark = luminance(getComputedStyle(host.shadowRoot.querySelector(".panel")).backgroundColor) < 0.18;
  return { found, seen, dark };
};
