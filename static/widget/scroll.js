// @ts-check
/** A calm scroll: what grows is followed only as long as the reader is at its end. */

const NEAR = 40; // pixels from the end that still count as being there

/**
 * @param {HTMLElement} log
 * @param {HTMLElement} latest  the button that leads to the end
 * @param {() => void} looked  told whenever what can be seen has moved
 */
export function calmScroll(log, latest, looked) {
  let atEnd = true;
  let unread = 0; // answers whose ends have not been seen
  /** @type {Element | undefined} */
  let first;

  const look = () => {
    atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
    latest.hidden = atEnd;
    if (atEnd) unread = 0;
    latest.dataset.count = unread ? `${unread}` : "";
    latest.ariaLabel = `${latest.title} ${latest.dataset.count}`;
    looked();
  };
  log.addEventListener("scroll", look);
  latest.addEventListener("click", () => {
    log.scrollTop = log.scrollHeight;
    look();
  });

  return {
    /** Read from this question on: whoever asks wants to see the answer. @param {Element} [question] */
    from(question) {
      first = question;
      atEnd = true;
    },

    /** Count an answer that may end unseen. */
    count() {
      unread++;
    },

    /**
     * Change what is shown. It is followed only until its question is at the top: an answer is
     * read from its beginning. A reader who goes on to the end by themselves is followed there.
     *
     * @param {() => void} [change]
     */
    change(change) {
      const follow = atEnd;
      change?.();
      if (follow) {
        const above = (first?.getBoundingClientRect().top ?? Infinity) - log.getBoundingClientRect().top - 16;
        log.scrollTop = above < -8 ? log.scrollHeight : Math.min(log.scrollHeight, log.scrollTop + above);
      }
      look();
    },
  };
}
