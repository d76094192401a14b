// @ts-check
/** A citation mark opens the passage it leads to. */

function open() {
  const passage = location.hash && document.getElementById(location.hash.slice(1))?.querySelector("details");
  if (passage) passage.open = true;
}

addEventListener("hashchange", open);
open();
