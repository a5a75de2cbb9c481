/** A drop-down list for one or several values, used by select menus in messages and forms. */

import { el, fill, freshId } from "./dom.js";
import { icon } from "./icons.js";

/**
 * @typedef {{label: string, value: string, description?: string, default?: boolean,
 *   emoji?: {name?: string}}} Item
 * @typedef {{items: Item[], min: number, max: number, placeholder: string, label: string,
 *   disabled?: boolean, testid?: string, onCommit?: (values: string[]) => void}} Wanted
 */

/** Keeps which items are chosen, and shows them. */
export class Dropdown {
  /** @param {Wanted} wanted */
  constructor(wanted) {
    this.wanted = wanted;
    this.chosen = new Set(wanted.items.filter((item) => item.default).map((item) => item.value));
    this.at = 0;
    this.listId = freshId("list");
    this.button = el("button", {
      type: "button", class: "dropdown-button", role: "combobox", "aria-haspopup": "listbox",
      "aria-expanded": "false", "aria-controls": this.listId, "aria-label": wanted.label,
      disabled: wanted.disabled, testid: wanted.testid,
      on: { click: () => this.toggle(), keydown: (/** @type {any} */ e) => this.onKey(e) },
    });
    this.list = el("ul", {
      class: "dropdown-list", role: "listbox", id: this.listId, hidden: true, "aria-label": wanted.label,
      "aria-multiselectable": wanted.max > 1 ? "true" : null,
    });
    this.node = el("div", { class: "dropdown" }, this.button, this.list);
    this.node.addEventListener("focusout", (/** @type {FocusEvent} */ event) => {
      if (!this.node.contains(/** @type {Node} */ (event.relatedTarget))) this.close();
    });
    this.show();
  }

  /** In the order in which the list has them. */
  get values() {
    return this.wanted.items.map((item) => item.value).filter((value) => this.chosen.has(value));
  }

  get isOpen() {
    return !this.list.hidden;
  }

  show() {
    const names = this.wanted.items.filter((item) => this.chosen.has(item.value)).map((i) => i.label);
    const text = el("span", { class: names.length ? "dropdown-text" : "dropdown-text empty" },
      names.join(", ") || this.wanted.placeholder);
    fill(this.button, text, icon("chevron"));
    if (!this.isOpen) return;
    fill(this.list, this.wanted.items.length
      ? this.wanted.items.map((item, index) => this.row(item, index))
      : el("li", { class: "dropdown-none" }, "There is nothing to choose from."));
    this.button.setAttribute("aria-activedescendant", `${this.listId}-${this.at}`);
    this.list.children[this.at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Item} item @param {number} index */
  row(item, index) {
    const isChosen = this.chosen.has(item.value);
    return el(
      "li",
      {
        role: "option", id: `${this.listId}-${index}`, "aria-selected": String(isChosen),
        class: index === this.at ? "dropdown-item here" : "dropdown-item",
        on: {
          mousedown: (/** @type {Event} */ event) => event.preventDefault(),
          mousemove: () => this.at !== index && this.mark(index),
          click: () => { this.at = index; this.choose(); },
        },
      },
      item.emoji?.name && el("span", { class: "emoji" }, item.emoji.name),
      el("span", { class: "dropdown-words" }, item.label,
        item.description && el("small", {}, item.description)),
      isChosen && icon("check"),
    );
  }

  /** Follow the mouse, so that one row alone looks chosen. @param {number} index */
  mark(index) {
    this.at = index;
    [...this.list.children].forEach((row, at) => row.classList.toggle("here", at === index));
    this.button.setAttribute("aria-activedescendant", `${this.listId}-${index}`);
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  open() {
    if (this.wanted.disabled) return;
    this.before = this.values.join("\n");
    this.list.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.at = Math.max(0, this.wanted.items.findIndex((item) => this.chosen.has(item.value)));
    this.show();
    this.list.scrollIntoView({ block: "nearest" });
  }

  close() {
    if (!this.isOpen) return;
    this.list.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.button.removeAttribute("aria-activedescendant");
    this.show();
    const enough = this.chosen.size >= this.wanted.min;
    if (this.before !== this.values.join("\n") && enough) this.wanted.onCommit?.(this.values);
  }

  choose() {
    const item = this.wanted.items[this.at];
    if (!item) return;
    const { max, min } = this.wanted;
    const isChosen = this.chosen.has(item.value);
    if (max === 1) {
      if (!isChosen || min > 0) this.chosen = new Set([item.value]);
      else this.chosen.clear();
      this.close();
    } else if (isChosen) this.chosen.delete(item.value);
    else if (this.chosen.size < max) this.chosen.add(item.value);
    this.show();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const last = this.wanted.items.length - 1;
    const steps = { ArrowDown: this.at + 1, ArrowUp: this.at - 1, Home: 0, End: last };
    if (event.key in steps) {
      if (!this.isOpen) this.open();
      else this.at = Math.min(last, Math.max(0, steps[/** @type {keyof typeof steps} */ (event.key)]));
      this.show();
    } else if (event.key === "Escape" && this.isOpen) {
      event.stopPropagation();
      this.close();
    } else if ((event.key === "Enter" || event.key === " ") && this.isOpen) this.choose();
    else return;
    event.preventDefault();
  }
}
