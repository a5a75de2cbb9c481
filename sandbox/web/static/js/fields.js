/** The fields of a form: each can be drawn, read and checked. */

import { itemsOf } from "./components.js";
import { el, freshId } from "./dom.js";
import { Dropdown } from "./dropdown.js";
import { fileSize } from "./time.js";
import { PART } from "./types.js";

/** @typedef {import("./types.js").Component} Component */
/**
 * @typedef {{node: HTMLElement, id: string, read: () => Record<string, any>,
 *   check: () => string | null, focus: () => void, files?: () => [string, File][]}} Field
 */

const SHORT = 1;
const REQUIRED = "This is required.";

/** @param {number} count @param {string} thing */
function some(count, thing) {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** @param {number} count @param {number} min @param {number} max @param {boolean} required @param {string} thing */
function miscounted(count, min, max, required, thing) {
  if (!count) return required ? REQUIRED : null;
  if (count < min) return `Choose at least ${some(min, thing)}.`;
  if (count > max) return `Choose at most ${some(max, thing)}.`;
  return null;
}

/** @param {Component} part @returns {Field} */
function textInput(part) {
  const isShort = part.style === SHORT;
  const { min_length: min = 0, max_length: max = 4000, required = true } = part;
  const id = freshId("field");
  const input = el(isShort ? "input" : "textarea", {
    id, class: "field-input", placeholder: part.placeholder, rows: isShort ? null : "4",
    type: isShort ? "text" : null, testid: `field-${part.custom_id}`, value: part.value ?? "",
    "aria-required": String(required), autocomplete: "off",
  });
  const counter = el("span", { class: "counter", "aria-hidden": "true" });
  const length = () => [...input.value].length;
  const count = () => {
    counter.textContent = `${length()} / ${max}`;
    counter.classList.toggle("over", length() > max);
  };
  input.addEventListener("input", count);
  count();
  const check = () => {
    if (!input.value.trim()) return required ? REQUIRED : null;
    if (length() < min) return `Write at least ${some(min, "character")}; these are ${length()}.`;
    return length() > max ? `Write at most ${some(max, "character")}; these are ${length()}.` : null;
  };
  return {
    node: el("div", { class: "field-text" }, input, counter), id, check,
    read: () => ({ value: input.value }), focus: () => input.focus(),
  };
}

/** @param {import("./store.js").Store} store @param {Component} part @param {string} label @returns {Field} */
function select(store, part, label) {
  const { min_values: min = 1, max_values: max = 1, required = true } = part;
  const dropdown = new Dropdown({
    items: itemsOf(store, part), min: required ? min : 0, max, placeholder: part.placeholder ?? "Make a selection",
    label, testid: `field-${part.custom_id}`,
  });
  return {
    node: dropdown.node, id: "", read: () => ({ values: dropdown.values }),
    check: () => miscounted(dropdown.values.length, min, max, required && min > 0, "item"),
    focus: () => dropdown.button.focus(),
  };
}

/** @param {Component} part @param {"radio" | "checkbox"} kind */
function ticks(part, kind) {
  const name = freshId("group");
  const inputs = (part.options ?? []).map((option) => el("input", {
    type: kind, name, value: option.value, id: freshId("tick"), checked: option.default,
  }));
  const rows = (part.options ?? []).map((option, index) =>
    el("label", { class: "tick", for: inputs[index].id }, inputs[index],
      el("span", {}, option.label, option.description && el("small", {}, option.description))));
  const values = () => inputs.filter((input) => input.checked).map((input) => input.value);
  return { inputs, rows, values };
}

/** @param {Component} part @param {string} label @returns {Field} */
function radioGroup(part, label) {
  const { inputs, rows, values } = ticks(part, "radio");
  return {
    node: el("div", { class: "ticks", role: "radiogroup", "aria-label": label, testid: `field-${part.custom_id}` }, rows),
    id: "", read: () => ({ value: values()[0] ?? null }),
    check: () => ((part.required ?? true) && !values().length ? REQUIRED : null),
    focus: () => inputs[0]?.focus(),
  };
}

/** @param {Component} part @param {string} label @returns {Field} */
function checkboxGroup(part, label) {
  const { inputs, rows, values } = ticks(part, "checkbox");
  const { min_values: min = 1, max_values: max = inputs.length, required = true } = part;
  return {
    node: el("div", { class: "ticks", role: "group", "aria-label": label, testid: `field-${part.custom_id}` }, rows),
    id: "", read: () => ({ values: values() }),
    check: () => miscounted(values().length, min, max, required && min > 0, "box"),
    focus: () => inputs[0]?.focus(),
  };
}

/** @param {Component} part @param {string} label @returns {Field} */
function checkbox(part, label) {
  const id = freshId("tick");
  const input = el("input", { type: "checkbox", id, checked: part.default, testid: `field-${part.custom_id}` });
  return {
    node: el("label", { class: "tick", for: id }, input, el("span", {}, label)), id,
    read: () => ({ value: input.checked }), check: () => null, focus: () => input.focus(),
  };
}

/** @param {Component} part @returns {Field} */
function fileUpload(part) {
  const { min_values: min = 1, max_values: max = 1, required = true } = part;
  const id = freshId("field");
  const input = el("input", { type: "file", id, class: "field-file", multiple: max > 1, testid: `field-${part.custom_id}` });
  const list = el("small", { class: "field-files", "aria-live": "polite" });
  const chosen = () => /** @type {File[]} */ ([...input.files]);
  input.addEventListener("change", () => {
    list.textContent = chosen().map((file) => `${file.name} (${fileSize(file.size)})`).join(", ");
  });
  return {
    node: el("div", {}, input, list), id, read: () => ({ values: chosen().map((file) => file.name) }),
    check: () => miscounted(chosen().length, min, max, required && min > 0, "file"),
    focus: () => input.focus(),
    files: () => chosen().map((file) => [`files[${part.custom_id}]`, file]),
  };
}

/**
 * Make the field for a part of a form; null for parts that are not filled in.
 * @param {import("./store.js").Store} store
 * @param {Component} part
 * @param {string} label
 * @returns {Field | null}
 */
export function fieldFor(store, part, label) {
  switch (part.type) {
    case PART.TEXT_INPUT: return textInput(part);
    case PART.RADIO_GROUP: return radioGroup(part, label);
    case PART.CHECKBOX_GROUP: return checkboxGroup(part, label);
    case PART.CHECKBOX: return checkbox(part, label);
    case PART.FILE_UPLOAD: return fileUpload(part);
    case PART.STRING_SELECT:
    case PART.USER_SELECT:
    case PART.ROLE_SELECT:
    case PART.MENTIONABLE_SELECT:
    case PART.CHANNEL_SELECT: return select(store, part, label);
    default: return null;
  }
}
