// @ts-check
/** Nodes without strings of HTML: what strict host pages allow. */

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h10v11H9zM5 15V4h10",
  down: "M6 9.5l6 6 6-6",
  globe: "M3 12h18M12 3a9 9 0 100 18 9 9 0 000-18c5 5 5 13 0 18-5-5-5-13 0-18",
  thumb: "M7 11l4-8c2 0 3 2 2 6h7l-2 11H4v-9h3v9",
  fresh: "M12 20H4V5h7M18 4l2 2-8 8-3 1 1-3z",
  pencil: "M4 20l1-4L16 5l3 3L8 19z",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  text: "M5 6h14M5 10.5h14M5 15h9",
};

/** @typedef {keyof typeof ICONS} Icon */

/**
 * Make an element. A trait that begins with `on` listens; one that is `false` or missing is left out.
 * A class is also a part, so that a host page can style it.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [traits]
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, traits = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(traits)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value ?? null);
    else if (name === "class") node.setAttribute("part", (node.className = value));
    else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

/** Draw an icon, by its name or path. It says nothing by itself: its button has the name. @param {Icon | string} name */
export function icon(name) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[/** @type {Icon} */ (name)] ?? name);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

/** Make a button that is only an icon, by its name or path; `label` gives it its name. @param {Icon | string} name @param {(event: Event) => void} [onclick] */
export function iconButton(name, onclick) {
  return make("button", { class: `icon ${name}`, onclick }, icon(name));
}

/** Name what has no words of its own, to those who see and those who hear. @param {HTMLElement} node @param {string} words */
export function label(node, words) {
  node.title = words;
  node.ariaLabel = words;
  return node;
}
