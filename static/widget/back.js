// @ts-check
/** A back button that closes the chat where it covers the whole page. */

/**
 * Let the browser say when the visitor wants to go back from the chat. Where it cannot, an entry in
 * the history does, but only on pages that keep nothing there: a router would take going back from
 * it for going somewhere.
 *
 * @param {HTMLElement} node
 * @param {MediaQueryList} full
 * @param {() => void} close
 * @param {AbortSignal} signal
 */
export function backCloses(node, full, close, signal) {
  const way = "CloseWatcher" in window ? byWatching(node, close, signal) : byHistory(close, signal);
  const look = () => (node.hidden ? way.leave() : full.matches && way.enter());
  new MutationObserver(look).observe(node, { attributeFilter: ["hidden"] });
  look();
}

/** @param {HTMLElement} node @param {() => void} close @param {AbortSignal} signal */
function byWatching(node, close, signal) {
  /** @type {any} */
  let watcher;
  // The chat has its own ways with Escape, which would end the watching as well.
  const onkeydown = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && !event.isComposing && event.preventDefault();
  node.addEventListener("keydown", onkeydown, true);
  const leave = () => watcher?.destroy();
  signal.addEventListener("abort", leave);
  return {
    enter() {
      watcher = new /** @type {any} */ (window).CloseWatcher();
      watcher.onclose = close;
    },
    leave,
  };
}

/** @param {() => void} close @param {AbortSignal} signal */
function byHistory(close, signal) {
  let place = ""; // where our entry is, while it leads out of the chat
  const onpopstate = () => {
    if (place !== location.href || history.state?.ragWidget) return;
    place = "";
    close();
  };
  addEventListener("popstate", onpopstate, { signal });
  return {
    enter() {
      try {
        if (history.state === null) history.pushState({ ragWidget: true }, "");
        if (history.state.ragWidget) place = location.href;
      } catch {} // a page in a sandbox may have no history
    },

    leave() {
      const ours = place === location.href && history.state?.ragWidget; // else the page has gone on
      place = "";
      if (ours) history.back();
    },
  };
}
