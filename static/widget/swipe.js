// @ts-check
/** A swipe down on the header that closes the chat where it covers the whole page. */

const BEGUN = 10; // pixels from which on it is no tap
const FAR = 120;
const FAST = 0.5; // pixels in a millisecond
const MOTION = { duration: 160, easing: "ease-out" };

/**
 * @param {HTMLElement} node
 * @param {MediaQueryList} full
 * @param {() => void} close
 */
export function swipeCloses(node, full, close) {
  const header = /** @type {HTMLElement} */ (node.firstElementChild);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {{y: number, time: number} | undefined} */
  let start;
  let far = 0;

  /** Move the chat with the finger. @param {number} distance */
  const follow = (distance) => {
    far = distance;
    if (calm.matches) return;
    if (far) node.style.setProperty("transform", `translateY(${far}px)`);
    else node.style.removeProperty("transform");
  };

  /** Let go, and move the chat where it is to be. @param {string} [to] @param {() => void} [then] */
  const settle = (to = "none", then) => {
    const from = far;
    start = undefined;
    follow(0);
    if (!calm.matches) node.animate([{ transform: `translateY(${from}px)` }, { transform: to }], MOTION).finished.then(then, then);
    else then?.();
  };

  const on = {
    /** @param {PointerEvent} event */
    pointerdown({ pointerType, isPrimary, clientY, timeStamp }) {
      if (full.matches && isPrimary && pointerType !== "mouse") start = { y: clientY, time: timeStamp };
    },
    /** @param {PointerEvent} event */
    pointermove({ pointerId, clientY }) {
      if (!start) return;
      const distance = Math.max(0, clientY - start.y);
      if (!far && distance < BEGUN) return;
      header.setPointerCapture(pointerId); // also beyond the header
      follow(distance);
    },
    /** @param {PointerEvent} event */
    pointerup({ timeStamp }) {
      if (!start || !far) start = undefined;
      else if (far > FAR || far / (timeStamp - start.time) > FAST) settle("translateY(100%)", close);
      else settle();
    },
    pointercancel() {
      if (start) settle();
    },
  };
  for (const [name, act] of Object.entries(on)) header.addEventListener(name, /** @type {any} */ (act));
}
