// @ts-check
/** What a page may say of the look, spelled as the custom properties that it becomes. */

/** @type {Record<string, Record<string, string>>} */
const SPELLINGS = {
  density: { compact: "0.75", normal: "1", roomy: "1.25" },
  font: { system: "system-ui, sans-serif", serif: "ui-serif, Georgia, serif", mono: "ui-monospace, Menlo, Consolas, monospace" },
  height: { small: "520px", normal: "640px", large: "760px" },
  icon: {
    bubble: "M12 4c5 0 9 3.2 9 7.5S17 19 12 19c-1 0-2-.1-2.9-.4L4 20.5l1.3-3.7C3.8 15.4 3 13.5 3 11.5 3 7.2 7 4 12 4z",
    question: "M8 8.7a4.1 4.1 0 1 1 6.6 3.3c-1.5 1.1-2.6 1.8-2.6 3.5M12 19.5h.01",
    spark: "M11 3l2 6.5 6.5 2.5-6.5 2.5-2 6.5-2-6.5L2.5 12 9 9.5zM19 3v4M17 5h4",
    book: "M12 6c-2-1.5-5-2-8.5-1.5v13c3.5-.5 6.5 0 8.5 1.5 2-1.5 5-2 8.5-1.5v-13C17 4 14 4.5 12 6zv13",
    headset: "M4 15v-3a8 8 0 0 1 16 0v3M4 14h3v5H6l-2-2zm16 0h-3v5h1l2-2z",
  },
  scheme: { auto: "light dark" },
  width: { small: "340px", normal: "400px", large: "480px" },
};

/** @type {Record<string, string[]>} */
const PROPERTIES = { offset_x: ["x"], offset_y: ["y"], size: ["width", "height"] };
const COUNTS = ["density", "layer"];
const KEYS = ["accent", "avatar", "background", "density", "font", "icon", "layer", "position", "radius", "scheme", ...Object.keys(PROPERTIES)];

/**
 * Spell a theme; `null` stays, for what is not to be said any more, or is all of it. Throws for a key that is none.
 *
 * @param {Record<string, string | number | null> | null} theme
 * @returns {[string, string | null][]}
 */
export function spelled(theme) {
  return Object.entries(theme ?? Object.fromEntries(KEYS.map((key) => [key, null]))).flatMap(([key, value]) => {
    if (!KEYS.includes(key)) throw new TypeError(`setTheme: ${key} is none of ${KEYS.join(", ")}.`);
    return (PROPERTIES[key] ?? [key]).map((name) => /** @type {[string, string | null]} */ ([name, value === null ? null : spell(name, value)]));
  });
}

/** @param {string} name @param {string | number} value */
function spell(name, value) {
  if (typeof value === "number" && !COUNTS.includes(name)) return `${value}px`;
  return SPELLINGS[name]?.[value] ?? (name === "font" ? `"${value}", ${SPELLINGS.font.system}` : String(value));
}
