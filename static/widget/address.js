// @ts-check
/** Addresses that somebody else wrote. */

/** How a link leaves a page: elsewhere, and without saying from where. */
export const OUTWARD = { target: "_blank", rel: "noopener noreferrer nofollow" };

/** Return an address that may be followed, whatever the text calls it. @param {string | null | undefined} address */
export function safe(address) {
  try {
    const url = new URL(address ?? ""); // a relative address would lead into the host page
    return /^(https?|mailto):$/.test(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Return what a link is made of. Where its words don't begin with where it leads, that is shown beside them:
 * words can say anything.
 *
 * @param {URL} address
 * @param {string} words
 * @returns {Record<string, string>}
 */
export function leading({ href, host, pathname }, words) {
  const where = host || pathname; // a mail address is a path
  const said = words.toLowerCase().replace(/^(https?:\/\/|mailto:)/, "") + "/";
  return { href, ...(words && !said.startsWith(where + "/") && { "data-host": where }), ...OUTWARD };
}
