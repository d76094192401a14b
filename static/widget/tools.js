// @ts-check
/** The row under the field: how a question is asked besides its words. */

import { make } from "./dom.js";
import { wear } from "./style.js";

const TOOLS_LOOK = /* css */ `
  .tools { order: 2; display: flex; flex-wrap: wrap; gap: 4px; width: 100%; padding: 0 8px 8px }
  .tools:empty { display: none }
  .tools > * { max-width: 100%; min-height: 28px; padding: 0 8px; overflow: hidden; border: 0; border-radius: 10px; color: var(--quiet); background: var(--soft); font-size: 13px; text-overflow: ellipsis; white-space: nowrap; cursor: pointer }
  .tools > .limit { color: var(--link) }
  .mentions { position: absolute; inset: auto 12px 100%; z-index: 1; max-height: 228px; padding: 4px; overflow-y: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--back); box-shadow: 0 1px 3px #0003, 0 8px 24px #0003; list-style: none }
  .mentions li { display: flex; align-items: center; gap: 8px; min-height: 36px; padding: 4px 8px; border-radius: 10px; cursor: pointer }
  .mentions [aria-selected="true"] { color: var(--link); background: var(--soft) }
  @media (forced-colors: active) { .mentions [aria-selected="true"] { outline: 2px solid } }
`;

/** Return the row in a composer, made if there was none. @param {import("./composer.js").Composer} composer */
export function tools({ box }) {
  const there = box.querySelector(".tools");
  if (there) return there;
  wear(box, TOOLS_LOOK);
  const row = make("div", { class: "tools" });
  box.append(row);
  return row;
}
