// @ts-check
/** The small card that shows a passage beside its mark. */

import { caption } from "./caption.js";
import { make } from "./dom.js";
import { passage, showMarks } from "./passage.js";
import { wear } from "./style.js";

/** @typedef {import("./conversation.js").Source} Source */
/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {ReturnType<typeof newPeek>} Peek */

const LEAVING = 180; // milliseconds to move the pointer from a mark onto its card

const PASSAGE_LOOK = /* css */ `
  .passage { position: absolute; inset-inline: 12px; display: flex; flex-direction: column; gap: 8px; padding: 12px 14px; border: 1px solid var(--line); border-radius: 10px; overflow-y: auto; background: var(--back); box-shadow: 0 8px 28px #0003; animation: rise 0.2s }
  .passage > blockquote { flex: 0 1 auto; min-height: 42px }
  .heading { display: flex; align-items: center; gap: 10px }
`;

/**
 * Show a source's passage, if the visitor still looks at its mark.
 *
 * @param {Panel} panel
 * @param {{type: string, target: EventTarget | null}} event
 * @param {Source} source
 * @param {string} answer  as it was written
 */
export function look(panel, { type, target }, source, answer) {
  const mark = /** @type {HTMLElement} */ (target);
  panel.peek ??= newPeek(panel);
  if (type === "click") panel.peek.pin(mark, source, answer);
  else if (mark.matches(":hover, :focus-visible")) panel.peek.show(mark, source, answer);
}

/** @param {Panel} panel */
function newPeek(panel) {
  const { node: frame, words } = panel;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let leaving;
  /** @type {HTMLElement | undefined} */
  let mark;
  let pinned = false;

  const leave = () => {
    if (pinned) return;
    clearTimeout(leaving);
    leaving = setTimeout(hide, LEAVING);
  };

  const card = make("div", {
    class: "passage",
    id: "passage",
    role: "note",
    hidden: true,
    onpointerenter: () => clearTimeout(leaving),
    onpointerleave: leave,
  });
  wear(frame, PASSAGE_LOOK);
  frame.append(card);
  frame.addEventListener("click", ({ target }) => {
    const within = /** @type {Node} */ (target);
    if (!card.contains(within) && !mark?.contains(within)) hide();
  });

  /** Stand under the mark, or above it where there is more room, and never on it. @param {DOMRect} here */
  const place = (here) => {
    const around = frame.getBoundingClientRect();
    const [under, above] = [around.bottom - here.bottom - 14, here.top - around.top - 14];
    card.style.removeProperty("max-height");
    const below = card.offsetHeight <= under || under >= above;
    card.style.setProperty("max-height", `${Math.max(96, below ? under : above)}px`);
    const top = below ? here.bottom - around.top + 6 : Math.max(8, here.top - around.top - card.offsetHeight - 6);
    card.style.setProperty("top", `${top}px`);
  };

  /** @param {HTMLElement} at @param {Source} source @param {string} answer */
  const show = (at, source, answer) => {
    clearTimeout(leaving);
    if (mark === at) return;
    hide();
    mark = at;
    mark.ariaExpanded = "true";
    mark.setAttribute("aria-describedby", "passage");
    for (const name of ["pointerleave", "blur"]) mark.addEventListener(name, leave, { once: true });
    card.replaceChildren(make("div", { class: "heading" }, ...caption(source, words)), ...passage(panel, source, answer));
    card.hidden = false;
    place(mark.getBoundingClientRect());
    showMarks(card);
  };

  /** Take the card away, and say whether there was one. */
  const hide = () => {
    const shown = !card.hidden;
    card.hidden = true;
    pinned = false;
    if (mark) mark.ariaExpanded = "false";
    mark?.removeAttribute("aria-describedby"); // or it would tell of the passage shown last
    mark = undefined;
    return shown;
  };

  return {
    show,
    hide,

    /** Keep a passage until the visitor is done with it; a second click takes it away. @param {HTMLElement} at @param {Source} source @param {string} answer */
    pin(at, source, answer) {
      if (pinned && mark === at) return void hide();
      show(at, source, answer);
      pinned = true;
    },

    /** Stay beside the mark while the log moves under it, as long as the mark can be seen. */
    follow() {
      const seen = mark?.closest(".log")?.getBoundingClientRect();
      const here = mark?.getBoundingClientRect();
      if (seen && here && here.bottom > seen.top && here.top < seen.bottom) place(here);
      else hide();
    },
  };
}
