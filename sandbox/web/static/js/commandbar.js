/** A slash command being written: its pills, the panel above them, and sending it. */

import { byId, el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { optionsIn } from "./parse.js";
import { Pill } from "./pill.js";
import { Suggestions } from "./suggestions.js";
import { OPTION } from "./types.js";
import { takes } from "./validation.js";

/** @typedef {import("./parse.js").Entry} Entry */
/** @typedef {import("./types.js").Option} Option */

/** Wrap options in the subcommand and group they belong to. @param {Entry} entry @param {any[]} options */
function nested(entry, options) {
  return entry.path.reduceRight((inner, name, depth) => {
    const isGroup = depth === 0 && entry.path.length === 2;
    return [{ type: isGroup ? OPTION.GROUP : OPTION.SUBCOMMAND, name, options: inner }];
  }, options);
}

export class CommandBar {
  /** @param {import("./main.js").App} app @param {{onClose: (text: string) => void}} told */
  constructor(app, told) {
    this.app = app;
    this.told = told;
    this.node = byId("command-bar");
    this.panel = byId("panel");
    /** @type {Entry | null} */ this.entry = null;
    /** @type {Pill[]} */ this.pills = [];
    /** @type {Pill | null} */ this.active = null;
    // Whoever types `prompt:` by hand goes on typing names by hand; else a colon is only a colon.
    this.byHand = false;
    this.suggestions = new Suggestions((pill, signal) => this.ask(pill, signal), () => this.drawPanel());
    this.hearing = {
      focus: (/** @type {Pill} */ pill) => this.onFocus(pill),
      input: (/** @type {Pill} */ pill) => this.onInput(pill),
      key: (/** @type {Pill} */ pill, /** @type {KeyboardEvent} */ event) => this.onKey(pill, event),
      remove: (/** @type {Pill} */ pill) => this.remove(pill),
    };
  }

  get isOpen() {
    return this.entry !== null;
  }

  /** Options without a pill yet. */
  get unused() {
    const used = new Set(this.pills.map((pill) => pill.option.name));
    return (this.entry?.options ?? []).filter((option) => !used.has(option.name));
  }

  /** @param {Entry} entry @param {Map<string, string>} [values] @param {boolean} [byHand] */
  open(entry, values = new Map(), byHand = false) {
    this.entry = entry;
    this.byHand = byHand;
    this.suggestions.clear();
    this.pills = entry.options
      .filter((option) => option.required || values.has(option.name))
      .map((option) => new Pill(this.app.store, option, this.hearing));
    for (const pill of this.pills) pill.setText(values.get(pill.option.name) ?? "");
    this.draw();
    const next = this.pills.find((pill) => !pill.text) ?? this.pills.at(-1);
    this.active = next ?? null;
    if (next) next.focus();
    else this.focusChips();
    this.drawPanel();
  }

  close(text = "") {
    this.entry = null;
    this.active = null;
    this.pills = [];
    this.suggestions.clear();
    fill(this.node);
    fill(this.panel);
    this.panel.hidden = true;
    this.told.onClose(text);
  }

  draw() {
    const { entry } = this;
    if (!entry) return;
    fill(this.node,
      el("button", {
        type: "button", class: "command-name", "aria-label": `Command ${entry.label}. Press to leave it.`,
        on: { click: () => this.close(`/${entry.label}`) },
      }, `/${entry.label}`),
      this.pills.map((pill) => pill.node),
      this.unused.length > 0 && el("button", {
        type: "button", class: "more-options", testid: "more-options", on: { click: () => this.focusChips() },
      }, `+${this.unused.length} optional`));
    for (const pill of this.pills) pill.fit();
  }

  drawPanel() {
    const { entry, active } = this;
    this.panel.hidden = !entry;
    if (!entry) return;
    const list = active?.hasList ? this.suggestions.node((item) => this.pick(item)) : null;
    const held = document.activeElement?.getAttribute("data-testid");
    fill(this.panel, this.help(entry, active), list, this.chips());
    this.panel.querySelector(".here")?.scrollIntoView({ block: "nearest" });
    if (held?.startsWith("add-option-")) this.focusChips(held);
    if (!active?.hasList) return;
    const isListed = this.suggestions.items.length > 0;
    active.input.setAttribute("aria-expanded", String(isListed));
    active.input.setAttribute("aria-controls", "suggestions");
    if (this.suggestions.at >= 0) active.input.setAttribute("aria-activedescendant", `suggestion-${this.suggestions.at}`);
    else active.input.removeAttribute("aria-activedescendant");
  }

  /** @param {Entry} entry @param {Pill | null} active */
  help(entry, active) {
    if (!active) {
      return el("div", { class: "panel-head", id: "option-help" }, el("b", {}, `/${entry.label}`), " ",
        entry.description, el("kbd", {}, "Enter"), " to send");
    }
    const { option } = active;
    const limits = takes(option);
    return el("div", { class: "panel-head", id: "option-help" },
      el("b", {}, option.name), " ", option.description,
      limits && el("small", {}, limits), !option.required && el("small", {}, "optional"),
      active.error && el("div", { class: "panel-error", role: "alert", testid: "option-error" }, icon("warn"), active.error));
  }

  chips() {
    const unused = this.unused;
    if (!unused.length) return null;
    return el("div", { class: "panel-chips", role: "toolbar", "aria-label": "Options you may add" },
      el("span", {}, "Add"),
      unused.map((option) => el("button", {
        type: "button", class: "chip", testid: `add-option-${option.name}`, title: option.description,
        on: {
          click: () => this.addOption(option),
          keydown: (/** @type {KeyboardEvent} */ event) => this.onChipKey(event),
        },
      }, option.name)));
  }

  /** @param {string} [testid] */
  focusChips(testid) {
    const chips = [...this.panel.querySelectorAll(".chip")];
    const chip = chips.find((one) => one.getAttribute("data-testid") === testid) ?? chips[0];
    if (chip) chip.focus();
    else byId("send").focus();
  }

  /** @param {KeyboardEvent} event */
  onChipKey(event) {
    const chip = /** @type {HTMLElement} */ (event.target);
    const chips = [...this.panel.querySelectorAll(".chip")];
    const at = chips.indexOf(chip);
    if (event.key === "ArrowRight" || event.key === "ArrowDown") chips[(at + 1) % chips.length].focus();
    else if (event.key === "ArrowLeft" || event.key === "ArrowUp") chips.at(at - 1).focus();
    else if (event.key === "Tab" && event.shiftKey && this.pills.length) this.pills.at(-1)?.focus();
    else if (event.key === "Tab" && !event.shiftKey) byId("send").focus();
    else if (event.key === "Escape") this.close(`/${this.entry?.label}`);
    else return;
    event.preventDefault();
  }

  /** @param {Option} option @param {string} [text] */
  addOption(option, text = "") {
    const pill = new Pill(this.app.store, option, this.hearing);
    this.pills.push(pill);
    this.draw();
    pill.setText(text);
    pill.focus();
    return pill;
  }

  /** @param {Pill} pill */
  remove(pill) {
    const at = this.pills.indexOf(pill);
    this.pills.splice(at, 1);
    if (this.active === pill) this.active = null;
    this.draw();
    const next = this.pills[Math.max(0, at - 1)];
    if (next) next.focus();
    else this.close(`/${this.entry?.label}`);
    this.drawPanel();
  }

  /** @param {Pill} pill */
  onFocus(pill) {
    this.active = pill;
    for (const one of this.pills) one.node.classList.toggle("active", one === pill);
    if (pill.hasList) this.suggestions.show(pill);
    else this.suggestions.clear();
    this.drawPanel();
  }

  /** @param {Pill} pill */
  onInput(pill) {
    if (this.splitByHand(pill)) return;
    if (pill.hasList) this.suggestions.show(pill);
    this.drawPanel();
  }

  /** Take `prompt: rain duration: 30` apart when somebody types it into a pill. @param {Pill} pill */
  splitByHand(pill) {
    if (pill.option.type === OPTION.ATTACHMENT || !this.entry) return false;
    const text = pill.text;
    const free = [pill.option, ...this.unused, ...this.pills.filter((p) => !p.text).map((p) => p.option)];
    const first = free.find((option) => text.startsWith(`${option.name}:`));
    if (first) this.byHand = true;
    if (!this.byHand || !free.some((o) => new RegExp(`(^|\\s)${o.name}:`).test(text))) return false;
    const values = optionsIn([pill.option, ...free.filter((o) => o !== pill.option)], text);
    if (!values.has(pill.option.name)) values.set(pill.option.name, "");
    let last = pill;
    for (const [name, value] of values) {
      const known = this.pills.find((one) => one.option.name === name);
      const option = free.find((one) => one.name === name);
      if (known) known.setText(value);
      last = known ?? (option ? this.addOption(option, value) : last);
    }
    last.focus();
    this.onFocus(last);
    return true;
  }

  /** @param {Pill} pill @param {KeyboardEvent} event */
  onKey(pill, event) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!pill.hasList || !this.suggestions.move(event.key === "ArrowDown" ? 1 : -1)) return;
    } else if (event.key === "Enter") this.onEnter(pill);
    else if (event.key === "Tab") {
      if (!this.onTab(pill, event.shiftKey)) return;
    } else if (event.key === "Escape") this.close(`/${this.entry?.label}`);
    else if (event.key === "Backspace" && !pill.text && !event.repeat) this.onBackspace(pill);
    else return;
    event.preventDefault();
  }

  /** @param {Pill} pill */
  onEnter(pill) {
    const current = this.suggestions.current;
    const isSettled = !current || (pill.chosen && pill.chosen.value === current.value) || (pill.closed && "value" in pill.check());
    if (pill.hasList && !isSettled) this.pick(current);
    else this.submit();
  }

  /** @param {Pill} pill @param {boolean} back */
  onTab(pill, back) {
    const at = this.pills.indexOf(pill);
    if (back) {
      if (at === 0) return false;
      this.pills[at - 1].focus();
      return true;
    }
    const item = this.suggestions.current ?? (pill.text ? this.suggestions.items[0] : null);
    if (pill.hasList && item && !pill.chosen && (pill.text || pill.option.required)) pill.setText(item.label, item);
    if (this.pills[at + 1]) this.pills[at + 1].focus();
    else this.focusChips();
    return true;
  }

  /** @param {Pill} pill */
  onBackspace(pill) {
    if (!pill.option.required) this.remove(pill);
    else if (this.pills[0] === pill) this.close(`/${this.entry?.label}`);
    else this.pills[this.pills.indexOf(pill) - 1].focus();
  }

  /** @param {import("./pill.js").Suggestion} item */
  pick(item) {
    const pill = this.active;
    if (!pill) return;
    pill.setText(item.label, item);
    const empty = this.pills.find((one) => !one.text && one.option.required);
    (empty ?? pill).focus();
    this.onFocus(empty ?? pill);
  }

  /** Ask the bot what it proposes for a pill, telling it what else is filled in. @param {Pill} pill @param {AbortSignal} signal */
  ask(pill, signal) {
    const entry = /** @type {Entry} */ (this.entry);
    const options = this.pills.flatMap((one) => {
      if (one === pill) return [{ name: one.option.name, type: one.option.type, value: one.text, focused: true }];
      const { value } = one.check();
      return value === undefined || one.file ? [] : [{ name: one.option.name, type: one.option.type, value }];
    });
    const payload = { channel_id: this.app.store.channelId, options: nested(entry, options) };
    return this.app.api.autocomplete(entry.command.id, payload, signal);
  }

  submit() {
    const { entry } = this;
    if (!entry) return;
    const checked = this.pills.map((pill) => ({ pill, ...pill.check() }));
    for (const { pill, error } of checked) pill.setError(error ?? null);
    const wrong = checked.find((one) => one.error);
    if (wrong) {
      wrong.pill.focus();
      this.onFocus(wrong.pill);
      return;
    }
    const given = checked.filter((one) => !one.empty);
    const files = /** @type {[string, File][]} */ (
      given.flatMap(({ pill }) => (pill.file ? [[`files[${pill.option.name}]`, pill.file]] : [])));
    const options = given.map(({ pill, value }) => ({ name: pill.option.name, type: pill.option.type, value }));
    this.app.interactions.command(entry.command, `/${entry.label}`, { options: nested(entry, options) }, files);
    this.close();
    this.app.messages.toEnd();
  }

  /** Put a dropped file into the first file option that is free. @param {File} file */
  takeFile(file) {
    const free = this.pills.find((pill) => pill.option.type === OPTION.ATTACHMENT && !pill.file);
    const unused = this.unused.find((option) => option.type === OPTION.ATTACHMENT);
    const pill = free ?? (unused && this.addOption(unused));
    if (!pill) return false;
    pill.setFile(file);
    pill.focus();
    return true;
  }
}
