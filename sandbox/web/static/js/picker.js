/** The list of commands that opens when a message begins with a slash. */

import { avatar } from "./avatar.js";
import { byId, el, fill } from "./dom.js";
import { entries, matching } from "./parse.js";

/** @typedef {import("./parse.js").Entry} Entry */

export class Picker {
  /** @param {import("./main.js").App} app @param {(entry: Entry) => void} onPick */
  constructor(app, onPick) {
    this.app = app;
    this.onPick = onPick;
    this.panel = byId("panel");
    this.field = byId("text");
    /** @type {Entry[]} */ this.found = [];
    this.at = 0;
    this.isOpen = false;
    app.store.on("commands", () => this.isOpen && this.show(this.typed));
  }

  get all() {
    return entries(this.app.store.commands);
  }

  /** The command that Enter, Tab and the send button take. */
  get current() {
    return this.isOpen ? this.found[this.at] : undefined;
  }

  /** @param {string} typed what follows the slash */
  show(typed) {
    this.isOpen = true;
    this.typed = typed;
    this.found = matching(this.all, typed);
    this.at = 0;
    this.draw();
  }

  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.panel.hidden = true;
    fill(this.panel);
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  none() {
    const { store } = this.app;
    if (store.commands.length) return `No command is called /${this.typed}. Delete it to see them all.`;
    return store.bot.online
      ? "The bot has not registered any commands yet. They appear here when it has."
      : "There are no commands yet, because the bot is offline. They appear here once it starts.";
  }

  draw() {
    this.panel.hidden = false;
    this.field.setAttribute("aria-expanded", "true");
    fill(this.panel,
      el("div", { class: "panel-head" }, avatar(this.app.store.botUser), el("b", {}, this.app.store.botName),
        el("small", {}, "Enter to choose")),
      this.found.length
        ? el("ul", { class: "panel-list commands", role: "listbox", id: "commands", "aria-label": "Commands", testid: "command-list" },
          this.found.map((entry, index) => this.row(entry, index)))
        : el("p", { class: "panel-note", testid: "command-list" }, this.none()));
    if (this.found.length) this.field.setAttribute("aria-activedescendant", `command-${this.at}`);
    else this.field.removeAttribute("aria-activedescendant");
    this.panel.querySelector(".here")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Entry} entry @param {number} index */
  row(entry, index) {
    const required = entry.options.filter((option) => option.required);
    return el("li", {
      role: "option", id: `command-${index}`, "aria-selected": String(index === this.at),
      class: index === this.at ? "panel-item here" : "panel-item", testid: `command-item-${entry.label}`,
      on: {
        mousedown: (/** @type {Event} */ event) => event.preventDefault(),
        mousemove: () => { if (this.at !== index) { this.at = index; this.mark(); } },
        click: () => this.onPick(entry),
      },
    },
    el("span", { class: "command-line" }, el("b", {}, `/${entry.label}`),
      required.map((option) => el("span", { class: "hint-option" }, option.name))),
    el("small", {}, entry.description));
  }

  mark() {
    [...this.panel.querySelectorAll(".panel-item")].forEach((row, index) => {
      row.classList.toggle("here", index === this.at);
      row.setAttribute("aria-selected", String(index === this.at));
    });
    this.field.setAttribute("aria-activedescendant", `command-${this.at}`);
    this.panel.querySelector(".here")?.scrollIntoView({ block: "nearest" });
  }

  /** Take a key if it is for the list. @param {KeyboardEvent} event */
  onKey(event) {
    if (!this.isOpen) return false;
    const count = this.found.length;
    if (event.key === "Escape") this.close();
    else if (!count) return false;
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
      this.mark();
    } else if (event.key === "Enter" || event.key === "Tab") this.onPick(this.current);
    else return false;
    event.preventDefault();
    return true;
  }
}
