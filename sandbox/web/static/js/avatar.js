/** Draws a picture for everybody, from their colour and their id. */

import { svg } from "./dom.js";
import { nameOf } from "./types.js";

/** @param {string} text */
function hash(text) {
  let value = 7;
  for (const letter of text) value = (value * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return value;
}

const COLOR = /^#[0-9a-f]{6}$/i;
const PALETTE = ["#6d6cf0", "#d9773f", "#3f9d78", "#c0568d", "#4b8fd0", "#a98a2c"];

/** @param {import("./types.js").User | null | undefined} user */
export function colorOf(user) {
  const color = user?.avatar_color ?? "";
  return COLOR.test(color) ? color : PALETTE[hash(user?.id ?? "0") % PALETTE.length];
}

function lute() {
  return svg(
    "g",
    { fill: "none", stroke: "#fff6e2", "stroke-width": "2.4", "stroke-linecap": "round" },
    svg("path", {
      d: "M22.5 17.5a8 8 0 1 0-8.8 13.7c4.4 1.8 9.5-.7 10.5-5.4.7-3.2-.3-5.8-1.7-8.3z",
      fill: "#fff6e2",
      "fill-opacity": ".22",
    }),
    svg("path", { d: "M21.5 18.5 29.5 9.5 M27.5 8l4.2 3.6" }),
    svg("circle", { cx: "17.2", cy: "24.3", r: "1.7", fill: "#fff6e2", stroke: "none" }),
  );
}

/** @param {import("./types.js").User} user */
function initials(user) {
  const words = nameOf(user).split(/[\s_.-]+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("") || "?";
}

/** @param {import("./types.js").User | null | undefined} user */
export function avatar(user) {
  const seed = hash(user?.id ?? "0");
  const face = user?.bot
    ? lute()
    : svg(
        "text",
        { x: "20", y: "25", "text-anchor": "middle", fill: "#fff", "font-size": "14.5", "font-weight": "700" },
        user ? initials(user) : "?",
      );
  return svg(
    "svg",
    { class: "avatar", viewBox: "0 0 40 40", "aria-hidden": "true" },
    svg("rect", { width: "40", height: "40", fill: colorOf(user) }),
    svg("circle", { cx: String(seed % 40), cy: String((seed >>> 6) % 18), r: "15", fill: "#fff", opacity: ".13" }),
    svg("circle", { cx: String((seed >>> 3) % 40), cy: "40", r: "17", fill: "#000", opacity: ".17" }),
    face,
  );
}
