// @ts-check
/** How questions and answers look. */

export const ANSWER_LOOK = /* css */ `
  .actions, summary { display: flex; align-items: center; gap: 8px }
  .state, .caption, .number, th { color: var(--quiet); font-size: 13px }
  .words blockquote { color: var(--quiet) }
  .words :is(h3, h4, h5, h6, strong, th), .caption, .number { font-weight: 600 }
  pre, code, th, summary:hover, .failed { background: var(--soft) }
  pre, .table, .sources ol, .failed { border-radius: calc(0.625 * var(--round)) }
  .table, .sources ol { border: 1px solid var(--line) }
  hr, tbody tr, .sources li + li { border: 0 solid var(--line); border-top-width: 1px }
  .failed { padding: 8px 12px; color: var(--alarm); font-size: 14px }
  .question, .citation:hover, .citation[aria-expanded="true"] { color: var(--on-accent); background: var(--accent) }
  .question { unicode-bidi: plaintext }
  .number { color: var(--link) }
  summary { cursor: pointer }
  summary:focus-visible { outline-offset: -3px }
  .question { position: relative; width: fit-content; max-width: 86%; margin-block-end: calc(4 * var(--space)); margin-inline-start: auto; padding: calc(2 * var(--space)) calc(3 * var(--space)); border-radius: var(--round); border-end-end-radius: calc(0.25 * var(--round)); white-space: pre-wrap }
  .question > .icon { position: absolute; top: 0; inset-inline-end: 100% }
  @media (hover: hover) { .question:not(:hover) > .icon:not(:focus-visible) { opacity: 0 } }
  .answer { margin-bottom: calc(6 * var(--space)) }
  .answer:not(:last-child) > .state .plain { display: none }
  .thinking::before, .waiting::before { content: "● "; color: var(--link); animation: breathe 1.4s infinite }
  @keyframes breathe { 50% { color: var(--line) } }
  .words > * + *, .state, .sources { margin-top: calc(3 * var(--space)) }
  .words * + :is(h3, h4, h5, h6) { margin-top: 20px }
  .words h3 { font-size: 18px }
  .words :is(ul, ol) { padding-inline-start: 22px }
  .words :is(li + li, li > *) { margin-top: 4px }
  em { font-style: italic }
  [data-host]::after { content: " (" attr(data-host) ")"; font-size: 13px; unicode-bidi: isolate }
  .words blockquote { padding-inline-start: 12px; border-inline-start: 3px solid var(--line) }
  pre { padding: 8px 12px; overflow-x: auto }
  code { padding: 2px 4px; border-radius: 4px; font: 13px/1.5 ui-monospace, monospace }
  pre code { padding: 0; white-space: pre }
  .table { overflow-x: auto }
  table { width: 100%; border-collapse: collapse; font-size: 14px }
  th, td { min-width: 64px; padding: 8px 12px; text-align: start; vertical-align: top; overflow-wrap: break-word }
  .right { text-align: end }
  .center { text-align: center }
  .citation { position: relative; min-width: 17px; margin: 0 2px; padding: 0 4px; border-radius: 4px; color: var(--link); background: var(--line); font: 600 11px/17px var(--font); vertical-align: 2px; -webkit-user-select: none; user-select: none }
  .citation::after { content: ""; position: absolute; inset: -4px }
  .caption { margin-bottom: 4px }
  .sources ol { overflow: hidden; list-style: none }
  summary { padding: calc(2 * var(--space)) calc(3 * var(--space)); list-style: none }
  summary::-webkit-details-marker { display: none }
  summary > svg { margin-inline-start: auto; color: var(--quiet) }
  [open] > summary > svg, .thumb + .thumb svg { transform: rotate(180deg) }
  summary:hover .kind { background: var(--back) }
  .actions { gap: 0; margin-block-start: 4px; margin-inline-start: -9px }
  .actions svg, .question svg { width: 16px }
  .actions small { margin-inline-start: auto }
  @media (forced-colors: active) { .citation, .question { border: 1px solid } }
`;
