// @ts-check
/** How an open chat looks. */

export const LOOK = /* css */ `
  :host {
    --back: light-dark(#fff, #17191e);
    --soft: light-dark(#f4f5f7, #22252c);
    --line: light-dark(#e4e6eb, #30343d);
    --text: light-dark(#1b1e25, #e9eaee);
    --quiet: light-dark(#5b6170, #a3a9b7);
    --alarm: light-dark(#a8271c, #ff9d92);

    /* As text, any accent is darkened or lightened until it can be read, at 4.5 to 1. */
    --link: light-dark(oklch(from var(--accent) min(l, 0.48) c h), oklch(from var(--accent) max(l, 0.8) c h));
    color-scheme: light dark !important;
  }
  :host([scheme="light"]) { color-scheme: light !important }
  :host([scheme="dark"]) { color-scheme: dark !important }

  * { box-sizing: border-box; margin: 0; padding: 0; font: inherit; scrollbar-width: thin }
  [hidden] { display: none !important }
  button, textarea { border: 0; color: inherit; background: none }
  button, summary { cursor: pointer }
  a, .plain { color: var(--link); text-decoration: underline 1px; text-underline-offset: 2px }
  svg { width: 18px; height: 18px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round }
  :focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
  .log:focus-visible, summary:focus-visible { outline-offset: -3px }
  .avatar, .icon, .kind, .send { display: grid; place-items: center; flex: none }
  .footnote, .divider, .state, .kind, .counter, .caption, .number, small, th { color: var(--quiet); font-size: 13px }
  blockquote { color: var(--quiet) }

  .panel {
    position: fixed;
    --gap: 20px;
    inset: auto var(--gap) calc(20px + 68px * var(--rag-widget-count) + env(safe-area-inset-bottom)) auto;
    display: flex;
    flex-direction: column;
    width: min(400px, 100vw - 40px);
    height: min(640px, 100dvh - 40px - 68px * var(--rag-widget-count));
    overflow: hidden;
    border: 1px solid var(--line);
    border-radius: 16px;
    color: var(--text);
    background: var(--back);
    box-shadow: 0 2px 6px #0000000f, 0 16px 48px #0000002e;
    font: 15px/1.55 system-ui, sans-serif;
    overflow-wrap: anywhere;
    animation: rise 0.2s;
  }
  :host([position="left"]) .panel { inset-inline: var(--gap) auto }
  @keyframes rise { from { opacity: 0; transform: translateY(12px) } }

  .header { display: flex; align-items: center; gap: 4px; padding: 12px 10px 12px 16px; border-bottom: 1px solid var(--line) }
  h2 { flex: 1; font-weight: 600; font-size: 16px }
  h2, .title, small { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
  .avatar { width: 32px; height: 32px; margin-inline-end: 8px; border-radius: 16px; font-weight: 600; text-transform: uppercase }
  .avatar, .question, .send, .citation:hover, .citation[aria-expanded="true"] { color: var(--on-accent); background: var(--accent) }
  .icon { width: 36px; height: 36px; border-radius: 10px; color: var(--quiet) }
  .icon:hover, .icon[aria-pressed="true"], .suggestion:hover, summary:hover { color: var(--link); background: var(--soft) }

  .log { flex: 1; padding: 20px 16px; overflow-y: auto; overscroll-behavior: contain }
  .welcome { display: flex; flex-direction: column; gap: 16px; min-height: 100% }
  .welcome > p { font-size: 17px; white-space: pre-line }
  .suggestions { display: flex; flex-direction: column; align-items: start; gap: 8px; margin-top: auto }
  .suggestion { padding: 8px 14px; border: 1px solid var(--line); border-radius: 18px; color: var(--link); text-align: start }
  .plain { min-height: 24px; padding: 0 4px; border-radius: 6px; font-weight: 500 }
  .older { display: block; margin: 0 auto 16px }

  .question { width: fit-content; max-width: 86%; margin: 0 0 16px auto; padding: 9px 14px; border-radius: 16px 16px 4px; white-space: pre-wrap }
  .answer { margin-bottom: 24px }
  .divider { margin: 20px 0; text-align: center }
  .state { margin-top: 10px }
  .answer:not(:last-child) > .state .plain { display: none }
  .thinking::before, .waiting::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-inline-end: 9px; border-radius: 4px; background: var(--link); animation: breathe 1.4s infinite }
  @keyframes breathe { 50% { opacity: 0.25 } }
  .over, .failed, .notice { color: var(--alarm) }
  .failed, .notice { margin-bottom: 8px; padding: 8px 12px; border-radius: 10px; background: var(--soft); font-size: 14px }

  .words > * + * { margin-top: 12px }
  .sources { margin-top: 16px }
  .words :is(h3, h4, h5, h6) { font-weight: 600; font-size: 16px; line-height: 1.4 }
  .words :is(h3, h4, h5, h6) + * { margin-top: 6px }
  .words * + :is(h3, h4, h5, h6) { margin-top: 20px }
  .words h3 { font-size: 18px }
  .words :is(ul, ol) { padding-inline-start: 22px }
  .words :is(li + li, li > *) { margin-top: 4px }
  strong { font-weight: 600 }
  em { font-style: italic }
  hr { border: 0 }
  .words blockquote { padding-inline-start: 12px; border-inline-start: 3px solid var(--line) }
  code { padding: 2px 4px; border-radius: 6px; background: var(--soft); font: 13px/1.5 ui-monospace, monospace }
  pre { padding: 12px 14px; overflow-x: auto; border-radius: 10px; background: var(--soft) }
  pre code { padding: 0; white-space: pre }
  .table { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px }
  table { width: 100%; border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums }
  th, td { min-width: 64px; padding: 7px 12px; text-align: start; vertical-align: top; overflow-wrap: break-word }
  th { background: var(--soft); font-weight: 600 }
  hr, tbody tr, .sources li + li { border-top: 1px solid var(--line) }
  .right { text-align: end }
  .center { text-align: center }

  .citation { position: relative; min-width: 17px; margin: 0 1px 0 2px; padding: 0 4px; border-radius: 6px; color: var(--link); background: light-dark(#eef0f4, #2c2f38); font: 600 11px/17px system-ui, sans-serif; vertical-align: 2.5px; user-select: none }
  .citation::after { content: ""; position: absolute; inset: -4px }

  .caption { margin-bottom: 6px; font-weight: 600 }
  .sources ol { overflow: hidden; border: 1px solid var(--line); border-radius: 10px; list-style: none }
  .sources li { margin: 0 }
  summary { display: flex; align-items: center; gap: 10px }
  summary { padding: 8px 12px; list-style: none }
  summary::-webkit-details-marker { display: none }
  summary > svg { margin-inline-start: auto; color: var(--quiet) }
  [open] > summary > svg, .thumb + .thumb svg { transform: rotate(180deg) }
  .number { color: var(--link); font-weight: 600 }
  .kind { width: 36px; height: 26px; border-radius: 6px; background: var(--soft); font-weight: 700; font-size: 10px }
  summary:hover .kind { background: var(--back) }
  .title { min-width: 0; color: var(--text); font-weight: 500; font-size: 14px; line-height: 1.4 }
  small { display: block; font-weight: 400 }
  .source > :not(summary) { margin: 2px 14px 12px }
  .source blockquote, .passage blockquote { max-height: 168px; overflow-y: auto; font-size: 14px; white-space: pre-line }
  .visit { display: inline-block; font-size: 13px }

  .actions { display: flex; margin: 4px 0 0 -9px }
  .actions svg { width: 16px }

  .footer { position: relative; padding: 0 12px calc(8px + env(safe-area-inset-bottom)) }
  .footer::before { content: ""; position: absolute; inset: -14px 12px 100% 0; background: linear-gradient(transparent, var(--back)); pointer-events: none }
  .down { position: absolute; inset: -46px 0 auto; margin: auto; border: 1px solid var(--line); border-radius: 18px; background: var(--back); box-shadow: 0 8px 28px #0003 }
  .box { display: flex; flex-wrap: wrap; align-items: end; border: 1px solid light-dark(#8b91a0, #6d7382); border-radius: 16px }
  .box:focus-within { border-color: var(--link); outline: 1px solid var(--link) }
  .field { flex: 1; min-width: 0; min-height: 44px; max-height: 140px; padding: 10px 4px 10px 14px; outline: 0; resize: none; font-size: 16px; line-height: 24px }
  .field::placeholder { color: var(--quiet); opacity: 1 }
  .counter { order: 1; width: 100%; padding: 0 14px 6px }
  .send { width: 36px; height: 36px; margin: 4px; border-radius: 10px }
  .send:disabled { color: var(--quiet); background: var(--soft); cursor: default }
  .stopping path { fill: currentColor }
  .footnote { padding: 6px 4px 0; font-size: 12px; text-align: center }
  :is(.counter, .footnote, .avatar):empty { display: none }
  .unseen { position: absolute; overflow: hidden; height: 1px; clip-path: inset(50%) }

  @media (max-width: 480px), (max-height: 480px) {
    .panel { --gap: 0; inset-block: 0 auto; width: min(520px, 100%); height: var(--rag-widget-seen, 100dvh); padding: env(safe-area-inset-top) env(safe-area-inset-right) 0 env(safe-area-inset-left); border: 0; border-radius: 0 }
    :host([opened]) .launcher { visibility: hidden }
  }
  @media (max-height: 480px) {
    .header { padding-block: 3px }
    .notice { max-height: 60px; overflow-y: auto }
    .footnote { display: none }
  }
  @media (prefers-reduced-motion: reduce) { *, ::before { animation: none !important } }
  @media (forced-colors: active) {
    .citation, .question, .send { border: 1px solid }
    .thinking::before, .waiting::before { background: CanvasText }
  }
`;

/** Add a style sheet to the shadow root in which a node stands. @param {Node} node @param {string} look */
export function wear(node, look) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(look);
  /** @type {ShadowRoot} */ (node.getRootNode()).adoptedStyleSheets.push(sheet);
}
