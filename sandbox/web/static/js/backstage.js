/** The drawer from which the two far ends are watched, and made to misbehave. */

import { byId, el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { sentence } from "./interactions.js";
import { toast } from "./toast.js";
import { described, KINDS, PLACES, TROUBLES } from "./troubles.js";

const EVERY_MS = 2000;

/** Add up whatever numbers a part of a report holds. @param {any} value @returns {number} */
function total(value) {
  if (typeof value === "number") return value;
  if (Array.isArray(value)) return value.length;
  if (value && typeof value === "object") return Object.values(value).reduce((sum, one) => sum + total(one), 0);
  return 0;
}

/** @param {string} key */
function words(key) {
  return key.replaceAll("_", " ");
}

/** @param {string} name @param {any} value @param {boolean} [isBad] */
function figure(name, value, isBad = false) {
  return el("div", { class: isBad ? "figure bad" : "figure" }, el("b", {}, String(value)), el("span", {}, name));
}

export class Backstage {
  /** @param {import("./main.js").App} app */
  constructor(app) {
    this.app = app;
    this.side = byId("backstage");
    this.button = byId("open-backstage");
    this.isLocked = false;
    this.button.addEventListener("click", () => this.toggle(this.side.hidden));
    this.side.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle(false));
  }

  /** @param {boolean} isOpen */
  async toggle(isOpen) {
    this.side.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
    clearInterval(this.timer);
    if (!isOpen) {
      this.button.focus();
      return;
    }
    await this.build();
    await this.refresh();
    this.timer = setInterval(() => this.refresh(), EVERY_MS);
  }

  async build() {
    if (this.figures) return;
    this.figures = el("div", { class: "figures", "aria-live": "off" });
    this.lock = el("button", { type: "button", class: "button secondary wide", testid: "lock-account", on: { click: () => this.switchLock() } });
    this.pending = el("div", { class: "set-faults" });
    const { kinds } = await this.app.api.get("/assets/fault-kinds.json");
    fill(this.side,
      el("header", { class: "side-top" }, icon("curtain"), el("h2", {}, "Backstage"),
        el("button", { type: "button", class: "icon-button", "aria-label": "Close Backstage", on: { click: () => this.toggle(false) } }, icon("close"))),
      el("p", { class: "side-note" }, "Watch the local Discord and the local fal, and make them misbehave. The bot should cope."),
      el("h3", {}, "So far"), this.figures,
      el("h3", {}, "fal account"), this.lock,
      el("h3", {}, "Gateway"),
      el("div", { class: "button-row" }, this.gateway("Reconnect", "reconnect"), this.gateway("Cut the line", "drop"), this.gateway("Say it twice", "replay")),
      el("h3", {}, "Trouble"),
      el("div", { class: "troubles" }, TROUBLES.map(({ says, fault }) =>
        el("button", { type: "button", class: "trouble", on: { click: () => this.set(fault) } }, icon("plus"), says))),
      this.form(kinds), this.pending);
  }

  /** @param {string} label @param {string} action */
  gateway(label, action) {
    return el("button", {
      type: "button", class: "button secondary", on: { click: () => this.run(() => this.app.api.post("/control/gateway", { action }), `${label}: done.`) },
    }, label);
  }

  /** @param {string[]} kinds */
  form(kinds) {
    const where = el("input", { class: "field-input", list: "places", "aria-label": "Where", placeholder: "fal.submit", required: true });
    const what = el("select", { class: "field-input", "aria-label": "What" }, kinds.map((kind) => el("option", { value: kind }, KINDS[kind] ?? kind)));
    const times = el("input", { class: "field-input", type: "number", min: "1", value: "1", "aria-label": "How many times; empty for always" });
    const size = el("input", { class: "field-input", type: "number", min: "0", placeholder: "500", "aria-label": "Status or seconds" });
    const label = () => {
      size.hidden = !["status", "latency", "silence"].includes(what.value);
      size.placeholder = what.value === "status" ? "500" : "seconds";
    };
    what.addEventListener("change", label);
    label();
    const form = el("form", { class: "fault-form" }, where, what, size, times,
      el("datalist", { id: "places" }, PLACES.map((place) => el("option", { value: place }))),
      el("button", { type: "submit", class: "button secondary" }, "Set"));
    form.addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      const number = size.value ? Number(size.value) : undefined;
      this.set({
        where: where.value.trim(), what: what.value, times: times.value ? Number(times.value) : null,
        ...(what.value === "status" ? { status: number ?? 500 } : size.hidden ? {} : { seconds: number ?? 5 }),
      });
    });
    return el("details", {}, el("summary", {}, "Something else…"), form);
  }

  /** @param {() => Promise<any>} work @param {string} said */
  async run(work, said) {
    try {
      await work();
      toast(said);
      await this.refresh();
    } catch (problem) {
      toast(sentence(problem), "bad");
    }
  }

  /** @param {import("./troubles.js").Fault} fault */
  set(fault) {
    return this.run(() => this.app.api.post("/control/faults", fault), "That trouble is set.");
  }

  switchLock() {
    const locked = !this.isLocked;
    return this.run(() => this.app.api.post("/control/fal", { locked }),
      locked ? "The fal account is locked, as when its credit runs out." : "The fal account works again.");
  }

  async refresh() {
    const ask = (/** @type {string} */ path) => this.app.api.get(path).catch(() => null);
    const [faults, discord, fal] = await Promise.all([ask("/control/faults"), ask("/control/discord"), ask("/control/fal")]);
    this.drawFigures(discord, fal);
    const settings = fal?.settings ?? fal ?? {};
    this.isLocked = Boolean(settings.locked);
    const label = this.isLocked ? "Unlock the account" : "Lock the account (credit runs out)";
    if (this.lock.textContent !== label) fill(this.lock, icon("lock"), label);
    this.drawFaults(faults?.pending ?? []);
  }

  /** @param {any} discord @param {any} fal */
  drawFigures(discord, fal) {
    const rest = Object.entries(discord ?? {}).filter(([, value]) => total(value) || typeof value === "number");
    const shown = [
      fal && figure("orders at fal", total(fal.submits)),
      fal && figure("uploads to fal", total(fal.uploads)),
      ...rest.map(([key, value]) => figure(words(key), total(value), key === "violations" && total(value) > 0)),
    ];
    const text = shown.map((node) => node?.textContent).join("|");
    if (this.figuresText === text) return;
    this.figuresText = text;
    fill(this.figures, shown.some(Boolean) ? shown : el("p", { class: "side-note" }, "The sandbox gives no numbers right now."));
  }

  /** @param {any[]} pending */
  drawFaults(pending) {
    const text = JSON.stringify(pending);
    if (this.pendingText === text) return;
    this.pendingText = text;
    fill(this.pending, pending.length ? [
      el("h3", {}, "Waiting to strike"),
      el("ul", {}, pending.map((fault) => el("li", {}, described(fault)))),
      el("button", {
        type: "button", class: "button secondary wide", on: { click: () => this.run(() => this.app.api.clear("/control/faults"), "No trouble is set any more.") },
      }, "Clear all"),
    ] : el("p", { class: "side-note" }, "No trouble is set."));
  }
}
