/** The list under an option's editor: choices, people, channels, or what the bot proposes. */

import { el } from "./dom.js";
import { sentence } from "./interactions.js";

const DEBOUNCE_MS = 160;
const MOST = 25;

/** @typedef {import("./pill.js").Suggestion} Suggestion */
/** @typedef {import("./pill.js").Pill} Pill */

export class Suggestions {
  /** @param {(pill: Pill, signal: AbortSignal) => Promise<{name: string, value: any}[]>} ask @param {() => void} onChange */
  constructor(ask, onChange) {
    this.ask = ask;
    this.onChange = onChange;
    this.clear();
  }

  clear() {
    clearTimeout(this.timer);
    this.asking?.abort();
    /** @type {Suggestion[]} */ this.items = [];
    /** @type {string} */ this.note = "";
    this.at = -1;
    /** @type {Pill | null} */ this.pill = null;
  }

  /** Show what fits a pill, now or once the bot has answered. @param {Pill} pill */
  show(pill) {
    const isSame = this.pill === pill;
    if (!isSame) this.clear();
    this.pill = pill;
    if (pill.closed) this.filter(pill, pill.closed);
    else if (pill.option.autocomplete) this.schedule(pill);
  }

  /** @param {Pill} pill @param {Suggestion[]} all */
  filter(pill, all) {
    const query = pill.chosen ? "" : pill.text.trim().toLowerCase();
    const fits = all.filter((item) => `${item.label} ${item.detail ?? ""}`.toLowerCase().includes(query));
    this.items = fits.slice(0, MOST);
    this.note = fits.length ? "" : "Nothing in the list matches that.";
    this.at = pill.chosen ? fits.findIndex((item) => item.value === pill.chosen?.value) : fits.length ? 0 : -1;
    this.onChange();
  }

  /** @param {Pill} pill */
  schedule(pill) {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.note = this.items.length ? "" : "Looking…";
    this.timer = setTimeout(() => this.load(pill), DEBOUNCE_MS);
    this.onChange();
  }

  /** @param {Pill} pill */
  async load(pill) {
    const asking = new AbortController();
    this.asking = asking;
    try {
      const choices = await this.ask(pill, asking.signal);
      if (asking.signal.aborted) return;
      this.items = choices.slice(0, MOST).map((choice) => ({ label: choice.name, value: choice.value }));
      this.note = this.items.length ? "" : "The bot has no suggestion. You can type your own.";
    } catch (problem) {
      if (asking.signal.aborted) return;
      this.items = [];
      this.note = `No suggestions: ${sentence(problem)}`;
    }
    // Typed text stays as it is unless somebody picks, since the bot takes free text here.
    this.at = -1;
    this.onChange();
  }

  /** @param {number} step */
  move(step) {
    if (!this.items.length) return false;
    const count = this.items.length;
    this.at = this.at < 0 ? (step > 0 ? 0 : count - 1) : (this.at + step + count) % count;
    this.onChange();
    return true;
  }

  get current() {
    return this.items[this.at] ?? null;
  }

  /** @param {(item: Suggestion) => void} pick */
  node(pick) {
    if (!this.items.length) return this.note ? el("p", { class: "panel-note" }, this.note) : null;
    return el("ul", { class: "panel-list", role: "listbox", id: "suggestions", "aria-label": "Suggestions" },
      this.items.map((item, index) => el("li", {
        role: "option", id: `suggestion-${index}`, "aria-selected": String(index === this.at),
        class: index === this.at ? "panel-item here" : "panel-item",
        on: { mousedown: (/** @type {Event} */ e) => e.preventDefault(), click: () => pick(item) },
      }, el("span", {}, item.label), item.detail && item.detail !== item.label && el("small", {}, item.detail))));
  }
}
