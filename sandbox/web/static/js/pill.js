/** One option of a command being written: its editor, its value, its mistake. */

import { el, fill, freshId } from "./dom.js";
import { icon } from "./icons.js";
import { fileSize } from "./time.js";
import { nameOf, OPTION, roleName } from "./types.js";
import { check } from "./validation.js";

/** @typedef {import("./types.js").Option} Option */
/** @typedef {{label: string, value: any, detail?: string}} Suggestion */

const TRUTH = [{ label: "True", value: true }, { label: "False", value: false }];

/** @param {import("./store.js").Store} store @returns {Suggestion[]} */
function people(store) {
  return [...store.users.values()].map((user) => ({ label: nameOf(user), value: user.id, detail: user.username }));
}

/** @param {import("./store.js").Store} store @returns {Suggestion[]} */
function roles(store) {
  return store.roles.map((role) => ({ label: roleName(role), value: role.id, detail: "role" }));
}

/** The only values an option may have, or null where anything goes. @param {import("./store.js").Store} store @param {Option} option @returns {Suggestion[] | null} */
function closedSet(store, option) {
  switch (option.type) {
    case OPTION.BOOLEAN:
      return TRUTH;
    case OPTION.USER:
      return people(store);
    case OPTION.MENTIONABLE:
      return [...people(store), ...roles(store)];
    case OPTION.CHANNEL:
      return store.channels
        .filter((channel) => !option.channel_types?.length || option.channel_types.includes(channel.type))
        .map((channel) => ({ label: `#${channel.name}`, value: channel.id }));
    case OPTION.ROLE:
      return roles(store);
    default:
      return option.choices?.length ? option.choices.map((c) => ({ label: c.name, value: c.value })) : null;
  }
}

/** @type {CanvasRenderingContext2D | null} */
let ruler = null;

/** @param {HTMLElement} input @param {string} text */
function widthOf(input, text) {
  ruler ??= document.createElement("canvas").getContext("2d");
  if (!ruler) return 80;
  ruler.font = getComputedStyle(input).font;
  return Math.ceil(ruler.measureText(text).width) + 6;
}

export class Pill {
  /**
   * @param {import("./store.js").Store} store
   * @param {Option} option
   * @param {{focus: (pill: Pill) => void, input: (pill: Pill) => void,
   *   key: (pill: Pill, event: KeyboardEvent) => void, remove: (pill: Pill) => void}} told
   */
  constructor(store, option, told) {
    this.option = option;
    this.told = told;
    this.closed = closedSet(store, option);
    /** @type {Suggestion | null} */ this.chosen = null;
    /** @type {File | null} */ this.file = null;
    /** @type {string | null} */ this.error = null;
    this.input = option.type === OPTION.ATTACHMENT ? this.fileInput() : this.textInput();
    this.node = el("span", { class: "pill", testid: `option-${option.name}` },
      el("label", { class: "pill-name", for: this.input.id }, option.name),
      this.body(),
      !option.required && el("button", {
        type: "button", class: "pill-remove", tabindex: "-1", "aria-label": `Remove ${option.name}`,
        on: { click: () => told.remove(this) },
      }, icon("close")));
    this.fit();
  }

  get hasList() {
    return this.closed !== null || Boolean(this.option.autocomplete);
  }

  get text() {
    return this.option.type === OPTION.ATTACHMENT ? this.file?.name ?? "" : this.input.value;
  }

  textInput() {
    const { option, told } = this;
    const isProse = option.type === OPTION.STRING && !this.hasList;
    const isNumber = option.type === OPTION.INTEGER || option.type === OPTION.NUMBER;
    const input = el(isProse ? "textarea" : "input", {
      class: "pill-input", id: freshId("option"), testid: `option-input-${option.name}`, rows: isProse ? "1" : null,
      autocomplete: "off", spellcheck: isProse ? "true" : "false", "aria-required": option.required ? "true" : null,
      inputmode: isNumber && !this.hasList ? (option.type === OPTION.INTEGER ? "numeric" : "decimal") : null,
      role: this.hasList ? "combobox" : null, "aria-autocomplete": this.hasList ? "list" : null,
      "aria-describedby": "option-help",
    });
    input.addEventListener("focus", () => told.focus(this));
    input.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => told.key(this, event));
    input.addEventListener("input", () => {
      if (input.value.includes("\n")) input.value = input.value.replace(/\s*\n\s*/g, " ");
      this.chosen = null;
      this.setError(null);
      this.fit();
      told.input(this);
    });
    return input;
  }

  fileInput() {
    const input = el("input", {
      type: "file", class: "pill-file", id: freshId("option"), testid: `option-input-${this.option.name}`,
      "aria-describedby": "option-help",
    });
    input.addEventListener("focus", () => this.told.focus(this));
    input.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      // Enter opens the file chooser until there is a file, and sends afterwards.
      if (event.key !== "Enter" || this.file) this.told.key(this, event);
    });
    input.addEventListener("change", () => this.setFile(input.files[0] ?? null));
    return input;
  }

  body() {
    if (this.option.type !== OPTION.ATTACHMENT) return this.input;
    this.fileName = el("span", { class: "pill-file-name" }, "Choose a file, or drop one here");
    return el("label", { class: "pill-file-label" }, this.input, icon("file"), this.fileName);
  }

  /** @param {File | null} file */
  setFile(file) {
    this.file = file;
    fill(this.fileName, file ? `${file.name} · ${fileSize(file.size)}` : "Choose a file, or drop one here");
    this.setError(null);
    this.told.input(this);
  }

  /** @param {string} text @param {Suggestion | null} [chosen] */
  setText(text, chosen = null) {
    if (this.option.type === OPTION.ATTACHMENT) return;
    this.input.value = text;
    this.chosen = chosen;
    this.setError(null);
    this.fit();
  }

  /** Make the editor as wide as what is in it. */
  fit() {
    const { input } = this;
    if (this.option.type === OPTION.ATTACHMENT) return;
    input.style.setProperty("--width", `${Math.max(44, widthOf(input, input.value))}px`);
    if (input.tagName !== "TEXTAREA") return;
    input.style.height = "auto";
    if (input.scrollHeight) input.style.height = `${input.scrollHeight}px`;
  }

  /** @returns {import("./validation.js").Checked} */
  check() {
    if (this.option.type !== OPTION.ATTACHMENT) return check(this.option, this.text, this.closed, this.chosen);
    if (this.file) return { value: this.file.name };
    return this.option.required ? { error: "This option is required. Choose a file." } : { empty: true };
  }

  /** @param {string | null} error */
  setError(error) {
    this.error = error;
    this.node?.classList.toggle("wrong", Boolean(error));
    if (error) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }

  focus() {
    this.input.focus();
    const end = this.input.value?.length ?? 0;
    if (this.option.type !== OPTION.ATTACHMENT) this.input.setSelectionRange?.(end, end);
  }
}
