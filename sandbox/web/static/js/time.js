/** Times as Discord writes them. Relative ones are kept true by one ticker. */

import { el } from "./dom.js";

const LANGUAGE = "en";
/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};
const FORMATS = Object.fromEntries(
  Object.entries(STYLES).map(([key, style]) => [key, new Intl.DateTimeFormat(LANGUAGE, style)]),
);
const RELATIVE = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "always" });
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60],
  ["second", 1],
];

/** @param {number} at @param {number} now both in milliseconds */
export function relative(at, now) {
  const seconds = Math.round((at - now) / 1000);
  if (seconds === 0) return "now";
  const [unit, size] = UNITS.find(([, span]) => Math.abs(seconds) >= span) ?? UNITS[5];
  return RELATIVE.format(Math.round(seconds / size), unit);
}

/** @param {Date} date @param {string} style */
function written(date, style) {
  return style === "R" ? relative(date.getTime(), Date.now()) : FORMATS[style].format(date);
}

/** A `<t:unix:style>` mark. @param {number} unix seconds @param {string} style */
export function timestamp(unix, style) {
  const date = new Date(unix * 1000);
  if (Number.isNaN(date.getTime())) return "Invalid date";
  return el(
    "time",
    {
      class: "stamp",
      datetime: date.toISOString(),
      title: FORMATS.F.format(date),
      "data-relative": style === "R" ? String(date.getTime()) : null,
    },
    written(date, style),
  );
}

/** @param {string | Date} moment */
export function longTime(moment) {
  return FORMATS.F.format(new Date(moment));
}

/** @param {string} iso */
export function shortTime(iso) {
  const date = new Date(iso);
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (date.getTime() >= midnight) return FORMATS.t.format(date);
  if (date.getTime() >= midnight - 86400000) return `Yesterday at ${FORMATS.t.format(date)}`;
  return `${FORMATS.d.format(date)}, ${FORMATS.t.format(date)}`;
}

/** @param {string} iso */
export function clockTime(iso) {
  return FORMATS.t.format(new Date(iso));
}

/** @param {string} iso */
export function dayOf(iso) {
  return FORMATS.D.format(new Date(iso));
}

export function startTicking() {
  setInterval(() => {
    const now = Date.now();
    for (const node of document.querySelectorAll("time[data-relative]")) {
      const text = relative(Number(node.getAttribute("data-relative")), now);
      if (node.textContent !== text) node.textContent = text;
    }
  }, 1000);
}

/** Give a length as `1:02` or `1:02:03`. @param {number} seconds */
export function duration(seconds) {
  if (!Number.isFinite(seconds) || seconds < 0) return "–:––";
  const whole = Math.floor(seconds);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const tail = two(whole % 60);
  return hours ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}

/** @param {number} bytes */
export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(2)} MB`;
}
