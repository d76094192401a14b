// @ts-check
/** How an open chat looks. */

export const LOOK = /* css */ `
  :host {
    /* Any background is lightened or darkened, and any accent as text, until all can be read: at 4.5 to 1. */
    --back: light-dark(oklch(from var(--rag-widget-background, #fff) max(l, 0.96) min(c, 0.04) h), oklch(from var(--rag-widget-background, #17191e) min(l, 0.22) min(c, 0.04) h));
    --link: light-dark(oklch(from var(--accent) min(l, 0.43) c h), oklch(from var(--accent) max(l, 0.8) c h));
    --text: light-dark(#1b1e25, #e9eaee);
    --alarm: light-dark(#a8271c, #ff9d92);
    --quiet: color-mix(in oklab, var(--text) 68%, var(--back));
    --edge: color-mix(in oklab, var(--text) 53%, var(--back));
    --line: color-mix(in oklab, var(--text) 10%, var(--back));
    --soft: color-mix(in oklab, var(--text) 5%, var(--back));
    --font: var(--rag-widget-font, system-ui, sans-serif);
    --round: var(--rag-widget-radius, 16px);
    --wide: min(var(--rag-widget-width, 400px), 100vw - 40px);
    --space: calc(4px * var(--rag-widget-density, 1));
  }

  * { box-sizing: border-box; margin: 0; padding: 0; font: inherit; scrollbar-width: thin }
  [hidden] { display: none !important }
  button, textarea { border: 0; color: inherit; background: none }
  button, summary { cursor: pointer }
  a, .plain { color: var(--link); text-decoration: underline; text-underline-offset: 2px }
  svg { width: 18px; height: 18px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round }
  :focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
  .log:focus-visible, summary:focus-visible { outline-offset: -3px }
  .header, .actions, summary { display: flex; align-items: center; gap: 8px }
  .avatar, .icon, .kind, .send { display: grid; place-items: center; flex: none }
  .footnote, .divider, .state, .kind, .caption, .number, small, th { color: var(--quiet); font-size: 13px }
  blockquote, .icon { color: var(--quiet) }
  h2, h3, h4, h5, h6, strong, th, .caption, .number { font-weight: 600 }
  h2, .title, small { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
  pre, code, th, .kind, .icon:hover, .icon[aria-pressed="true"], .suggestion:hover, summary:hover, .failed, .notice, .send:disabled { background: var(--soft) }
  pre, .icon, .send, .table, .sources ol, .failed, .notice { border-radius: calc(0.625 * var(--round)) }
  .table, .sources ol, .suggestion, .down { border: 1px solid var(--line) }
  hr, tbody tr, .sources li + li { border: 0 solid var(--line); border-top-width: 1px }

  .panel {
    position: fixed;
    --gap: min(var(--x), 100vw - var(--wide));
    inset: auto var(--gap) calc(var(--y) + 68px * var(--rag-widget-count)) auto;
    display: flex;
    flex-direction: column;
    width: var(--wide);
    height: min(var(--rag-widget-height, 640px), 100dvh - 20px - var(--y) - 68px * var(--rag-widget-count));
    overflow: hidden;
    border: 1px solid var(--line);
    border-radius: var(--round);
    color: var(--text);
    background: var(--back);
    color-scheme: var(--rag-widget-scheme, light dark);
    box-shadow: 0 1px 3px #0003, 0 8px 24px #0003;
    font: 15px/1.55 var(--font);
    overflow-wrap: anywhere;
    animation: rise 0.2s;
  }
  :host([position="left"]) .panel { inset-inline: var(--gap) auto }
  @keyframes rise { from { opacity: 0; transform: translateY(12px) } }

  .header { padding: calc(3 * var(--space)); border-bottom: 1px solid var(--line) }
  h2 { flex: 1; font-size: 16px }
  .avatar { width: 32px; height: 32px; border-radius: 16px; font-weight: 600; text-transform: uppercase }
  .avatar, .question, .send, .citation:hover, .citation[aria-expanded="true"] { color: var(--on-accent); background: var(--accent) }
  .icon, .send { width: 36px; height: 36px }
  .icon:hover, .icon[aria-pressed="true"], .number { color: var(--link) }

  .log { flex: 1; padding: calc(4 * var(--space)); overflow-y: auto; overscroll-behavior: contain }
  .welcome { display: flex; flex-direction: column; min-height: 100% }
  .welcome > p { margin-bottom: 16px; font-size: 17px; white-space: pre-line }
  .suggestions { display: flex; flex-direction: column; align-items: start; gap: 8px; margin-top: auto; margin-inline-end: 40px }
  .suggestion { padding: calc(2 * var(--space)) calc(3 * var(--space)); border-radius: var(--round); color: var(--link); text-align: start }
  .plain { min-height: 24px; padding: 0 4px; font-weight: 500 }

  .question { position: relative; width: fit-content; max-width: 86%; margin-block-end: calc(4 * var(--space)); margin-inline-start: auto; padding: calc(2 * var(--space)) calc(3 * var(--space)); border-radius: var(--round); border-end-end-radius: calc(0.25 * var(--round)); white-space: pre-wrap }
  .question, .field, .title, small { unicode-bidi: plaintext }
  .title, small { width: fit-content; max-width: 100% }
  .question > .icon { position: absolute; top: 0; inset-inline-end: 100% }
  @media (hover: hover) { .question:not(:hover) > .icon:not(:focus-visible) { opacity: 0 } }
  .answer { margin-bottom: calc(6 * var(--space)) }
  .divider { margin-bottom: 16px; text-align: center }
  .answer:not(:last-child) > .state .plain { display: none }
  .thinking::before, .waiting::before { content: "● "; color: var(--link); animation: breathe 1.4s infinite }
  @keyframes breathe { 50% { color: var(--line) } }
  .over, .failed, .notice { color: var(--alarm) }
  .failed, .notice { padding: 8px 12px; font-size: 14px }

  .words > * + *, .state, .sources { margin-top: calc(3 * var(--space)) }
  .words * + :is(h3, h4, h5, h6) { margin-top: 20px }
  .words h3 { font-size: 18px }
  .words :is(ul, ol) { padding-inline-start: 22px }
  .words :is(li + li, li > *) { margin-top: 4px }
  em { font-style: italic }
  .words blockquote { padding-inline-start: 12px; border-inline-start: 3px solid var(--line) }
  pre { padding: 8px 12px; overflow-x: auto }
  code { padding: 2px 4px; border-radius: 4px; font: 13px/1.5 ui-monospace, monospace }
  pre code { padding: 0; white-space: pre }
  .table { overflow-x: auto }
  table { width: 100%; border-collapse: collapse; font-size: 14px }
  th, td { min-width: 64px; padding: 8px 12px; text-align: start; vertical-align: top; overflow-wrap: break-word }
  .right { text-align: end }
  .center { text-align: center }

  .citation { position: relative; min-width: 17px; margin: 0 2px; padding: 0 4px; border-radius: 4px; color: var(--link); background: var(--line); font: 600 11px/17px var(--font); vertical-align: 2px; user-select: none }
  .citation::after { content: ""; position: absolute; inset: -4px }

  .caption { margin-bottom: 4px }
  .sources ol { overflow: hidden; list-style: none }
  summary { padding: calc(2 * var(--space)) calc(3 * var(--space)); list-style: none }
  summary::-webkit-details-marker { display: none }
  summary > svg { margin-inline-start: auto; color: var(--quiet) }
  [open] > summary > svg, .thumb + .thumb svg { transform: rotate(180deg) }
  .kind { width: 36px; height: 26px; border-radius: 4px; font-weight: 600; font-size: 10px }
  summary:hover .kind { background: var(--back) }
  .title { min-width: 0; font-weight: 500; font-size: 14px; line-height: 1.4 }
  small { display: block; font-weight: 400 }

  .actions { gap: 0; margin-block-start: 4px; margin-inline-start: -9px }
  .actions svg, .question svg { width: 16px }
  .actions small { margin-inline-start: auto }

  .footer { position: relative; padding: 0 12px calc(8px + env(safe-area-inset-bottom)) }
  .notice { margin-bottom: 8px }
  .down { position: absolute; top: -46px; inset-inline-end: 12px; border-radius: 18px; background: var(--back); box-shadow: 0 1px 3px #0003, 0 8px 24px #0003 }
  .down:not([data-count=""])::after { content: attr(data-count); position: absolute; top: -8px; inset-inline-end: -8px; min-width: 22px; border: 2px solid var(--back); border-radius: 11px; color: var(--on-accent); background: var(--accent); font: 600 11px/18px var(--font) }
  .box { display: flex; flex-wrap: wrap; align-items: end; border: 1px solid var(--edge); border-radius: var(--round) }
  .box:focus-within { border-color: var(--link); outline: 1px solid var(--link) }
  .field { flex: 1; min-width: 0; min-height: 44px; max-height: 140px; padding: 10px 4px; padding-inline-start: 14px; outline: 0; resize: none; font-size: 16px; line-height: 24px }
  .field::placeholder { color: var(--quiet); opacity: 1 }
  .send { margin: 4px }
  .send:disabled { color: var(--quiet); cursor: default }
  .stopping path { fill: currentColor }
  .footnote { padding-top: 4px; font-size: 12px; text-align: center }
  :is(.footnote, .avatar):empty { display: none }
  .unseen { position: absolute; overflow: hidden; height: 1px; clip-path: inset(50%) }

  @media (max-width: 480px), (max-height: 480px) {
    .panel { --gap: 0; inset-block: 0 auto; width: min(520px, 100%); height: var(--rag-widget-seen, 100dvh); padding: env(safe-area-inset-top) env(safe-area-inset-right) 0 env(safe-area-inset-left); border: 0; border-radius: 0 }
    :host([opened]) .launcher { visibility: hidden }
  }
  @media (max-height: 480px) {
    .header { padding-block: 4px }
    .notice { max-height: 60px; overflow-y: auto }
    .footnote { display: none }
  }
  @media (prefers-reduced-motion: reduce) { *, ::before { animation: none !important } }
  @media (forced-colors: active) { .citation, .question, .send, [aria-pressed="true"] { border: 1px solid } }
`;

/** @type {Map<string, CSSStyleSheet>} */
const sheets = new Map();

/** Let the shadow root in which a node stands wear a style sheet; once is enough. @param {Node} node @param {string} look */
export function wear(node, look) {
  const { adoptedStyleSheets: worn } = /** @type {ShadowRoot} */ (node.getRootNode());
  const sheet = sheets.get(look) ?? new CSSStyleSheet();
  sheets.set(look, sheet);
  if (worn.includes(sheet)) return;
  sheet.replaceSync(look);
  worn.push(sheet);
}
