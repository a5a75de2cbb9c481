/** Short words that come and go, at the foot of the page. */

import { byId, el } from "./dom.js";

const STAYS_MS = 6000;

/** @param {string} sentence @param {"good" | "warn" | "bad"} [mood] */
export function toast(sentence, mood = "good") {
  const shelf = byId("toasts");
  const node = el("div", { class: `toast ${mood}`, testid: "toast", role: mood === "bad" ? "alert" : "status" }, sentence);
  shelf.append(node);
  while (shelf.children.length > 3) shelf.firstElementChild?.remove();
  setTimeout(() => node.remove(), STAYS_MS);
}
