// @ts-check
/** How an open chat looks. */

export const LOOK = /* css */ `
  :host {
    --back: Canvas;
    --text: CanvasText;
    --quiet: CanvasText;
    --edge: CanvasText;
    --link: LinkText;
    --alarm: #d33;
    --line: #8884;
    --soft: #8882;
    --font: var(--rag-widget-font, system-ui, sans-serif);
    --round: var(--rag-widget-radius, 16px);
    --wide: min(var(--rag-widget-width, 400px), 100vw - 40px);
    --space: calc(4px * var(--rag-widget-density, 1));
  }

  /* Browsers of 2023 have the system's colours. */
  @supports (color: oklch(from red l c h)) {
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
    }
  }

  * { box-sizing: border-box; margin: 0; padding: 0; font: inherit; scrollbar-width: thin }
  [hidden] { display: none !important }
  button, textarea { border: 0; color: inherit; background: none }
  button { cursor: pointer }
  a, .plain { color: var(--link); text-decoration: underline; text-underline-offset: 2px }
  /* a drawing that is replaced while it is pressed would take the click along */
  svg { width: 18px; height: 18px; flex: none; pointer-events: none; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round }
  :focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
  .log:focus-visible { outline-offset: -3px }
  .header { display: flex; align-items: center; gap: 8px }
  .avatar, .icon, .kind, .send { display: grid; place-items: center; flex: none }
  .footnote, .divider, .kind, small { color: var(--quiet); font-size: 13px }
  .icon { color: var(--quiet) }
  h2, h3 { font-weight: 600 }
  h2, .title, small { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
  .kind, .icon:hover, .icon[aria-pressed="true"], .suggestion:hover, .notice, .send:disabled { background: var(--soft) }
  .icon, .send, .notice { border-radius: calc(0.625 * var(--round)) }
  .suggestion, .down { border: 1px solid var(--line) }

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
  .avatar, .send { color: var(--on-accent); background: var(--accent) }
  .icon, .send { width: 36px; height: 36px }
  .icon:hover, .icon[aria-pressed="true"] { color: var(--link) }

  .log { flex: 1; padding: calc(4 * var(--space)); overflow-y: auto; overscroll-behavior: contain }
  .welcome { display: flex; flex-direction: column; min-height: 100% }
  .welcome > p { margin-bottom: 16px; font-size: 17px; white-space: pre-line }
  .suggestions { display: flex; flex-direction: column; align-items: start; gap: 8px; margin-top: auto; margin-inline-end: 40px }
  .suggestion { padding: calc(2 * var(--space)) calc(3 * var(--space)); border-radius: var(--round); color: var(--link); text-align: start }
  .plain { min-height: 24px; padding: 0 4px; font-weight: 500 }

  .field, .title, small { unicode-bidi: plaintext }
  .title, small { width: fit-content; max-width: 100% }
  .divider { margin-bottom: 16px; text-align: center }
  .over, .notice { color: var(--alarm) }
  .notice { padding: 8px 12px; font-size: 14px }

  .kind { width: 36px; height: 26px; border-radius: 4px; font-weight: 600; font-size: 10px }
  .title { min-width: 0; font-weight: 500; font-size: 14px; line-height: 1.4 }
  small { display: block; font-weight: 400 }

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
  @media (prefers-reduced-motion: no-preference) {
    .launcher { transition: transform 0.2s, background 0.2s }
    .launcher:hover { transform: scale(1.05) }
  }
  @media (prefers-reduced-motion: reduce) { *, ::before { animation: none !important } }
  @media (forced-colors: active) { .send, [aria-pressed="true"] { border: 1px solid } }
`;

/** @type {Map<string, CSSStyleSheet>} */
const sheets = new Map();

/** Let the shadow root in which a node stands wear a style sheet; once is enough. @param {Node} node @param {string} look */
export function wear(node, look) {
  const { adoptedStyleSheets: worn } = /** @type {ShadowRoot} */ (node.getRootNode());
  const sheet = sheets.get(look) ?? new CSSStyleSheet();
  sheets.set(look, sheet);
  if (worn?.includes(sheet) ?? true) return; // or the node has gone meanwhile
  sheet.replaceSync(look);
  worn.push(sheet);
}
