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
