// @ts-check
/** Copying on pages without TLS, which have no clipboard. */

import { make } from "./dom.js";

/** Copy a text as people do, and say whether it worked. @param {string} text */
export function copyBySelecting(text) {
  const field = make("textarea", {});
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
