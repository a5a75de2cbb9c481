/** A menu at a point of the page: arrow keys, Enter, Escape, and a click elsewhere. */

import { el } from "./dom.js";
import { icon } from "./icons.js";

/**
 * @typedef {{label: string, icon?: any, danger?: boolean, checked?: boolean, run: () => void}
 *   | {heading: string} | "line"} Entry
 */

/** @type {{node: HTMLElement, back: Element | null, undo: () => void} | null} */
let open = null;

/** @param {boolean} [refocus] */
export function closeMenu(refocus = true) {
  if (!open) return;
  const { node, back, undo } = open;
  open = null;
  undo();
  node.remove();
  if (refocus && back instanceof HTMLElement) back.focus();
}

/** @param {Entry} entry */
function entryNode(entry) {
  if (entry === "line") return el("hr", { role: "separator" });
  if ("heading" in entry) return el("div", { class: "menu-heading", role: "presentation" }, entry.heading);
  return el(
    "button",
    {
      type: "button",
      class: entry.danger ? "menu-item danger" : "menu-item",
      role: entry.checked === undefined ? "menuitem" : "menuitemradio",
      "aria-checked": entry.checked === undefined ? null : String(entry.checked),
      tabindex: "-1",
      on: { click: () => { closeMenu(); entry.run(); } },
    },
    el("span", { class: "menu-label" }, entry.label),
    entry.checked ? icon("check") : entry.icon && icon(entry.icon),
  );
}

/** @param {KeyboardEvent} event @param {HTMLElement} node */
function onKey(event, node) {
  const items = /** @type {HTMLElement[]} */ ([...node.querySelectorAll("button")]);
  const at = items.indexOf(/** @type {any} */ (document.activeElement));
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
  if (event.key in steps) {
    const next = steps[/** @type {keyof typeof steps} */ (event.key)];
    items.at(next % items.length)?.focus();
  } else if (event.key === "Escape" || event.key === "Tab") closeMenu();
  else if (event.key.length === 1) {
    const letter = event.key.toLowerCase();
    const order = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    order.find((item) => item.textContent?.toLowerCase().startsWith(letter))?.focus();
    return;
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/**
 * @param {{x: number, y: number}} point
 * @param {Entry[]} entries
 * @param {string} label
 */
export function openMenu(point, entries, label) {
  closeMenu(false);
  const back = document.activeElement;
  const node = el("div", { class: "menu", role: "menu", "aria-label": label }, entries.map(entryNode));
  node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => onKey(event, node));
  document.body.append(node);
  const { width, height } = node.getBoundingClientRect();
  node.style.left = `${Math.max(8, Math.min(point.x, innerWidth - width - 8))}px`;
  node.style.top = `${Math.max(8, Math.min(point.y, innerHeight - height - 8))}px`;
  const outside = (/** @type {Event} */ event) => {
    if (!node.contains(/** @type {Node} */ (event.target))) closeMenu(false);
  };
  const away = () => closeMenu(false);
  document.addEventListener("pointerdown", outside, true);
  window.addEventListener("resize", away);
  open = {
    node,
    back,
    undo: () => {
      document.removeEventListener("pointerdown", outside, true);
      window.removeEventListener("resize", away);
    },
  };
  node.querySelector("button")?.focus({ preventScroll: true });
}

/** Where a menu belongs that a button opened. @param {Element} anchor */
export function under(anchor) {
  const box = anchor.getBoundingClientRect();
  return { x: box.left, y: box.bottom + 4 };
}
