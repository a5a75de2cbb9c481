/** The drawer from which the far ends are watched, and made to misbehave. */

import { byId, el, fill } from "./dom.js";
import { FAL, figure, House, OTHERS, Turns } from "./houses.js";
import { icon } from "./icons.js";
import { sentence } from "./interactions.js";
import { toast } from "./toast.js";
import { described, KINDS, PLACES, TROUBLES } from "./troubles.js";

const EVERY_MS = 2000;

/** Add up a tally. @param {Record<string, number> | number | undefined} value */
function total(value) {
  if (typeof value === "number") return value;
  return Object.values(value ?? {}).reduce((sum, one) => sum + one, 0);
}

/** @param {any} fal */
function falFigures(fal) {
  const { submits = 0, waiting = 0, running = 0, charged_usd: charged = 0 } = fal.counts ?? {};
  return [
    figure("orders at fal", submits), figure("in line, in work", `${waiting}, ${running}`),
    figure("play money spent", `$${charged.toFixed(2)}`, false, "What fal would have charged"),
  ];
}

/** @param {any} discord */
function discordFigures(discord) {
  const { violations } = discord;
  return [
    figure("messages", total(discord.messages)), figure("requests by the bot", total(discord.requests)),
    figure("interactions", total(discord.interactions)), figure("rate limited", total(discord.rate_limited)),
    figure("rules broken", total(violations), total(violations) > 0, Object.keys(violations ?? {}).join(", ")),
  ];
}

export class Backstage {
  /** @param {import("./main.js").App} app */
  constructor(app) {
    this.app = app;
    this.side = byId("backstage");
    this.button = byId("open-backstage");
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
    this.fal = new Turns(FAL, this);
    this.others = OTHERS.map((about) => new House(about, this));
    this.otherSide = el("div", {}, el("h3", {}, "Other providers"), this.others.map((house) => house.node));
    this.pending = el("div", { class: "set-faults" });
    const { kinds } = await this.app.api.get("/assets/fault-kinds.json");
    fill(this.side,
      el("header", { class: "side-top" }, icon("curtain"), el("h2", {}, "Backstage"),
        el("button", { type: "button", class: "icon-button", "aria-label": "Close Backstage", on: { click: () => this.toggle(false) } }, icon("close"))),
      el("p", { class: "side-note" }, "Watch the local Discord and the local providers of models, and make them misbehave. The bot should cope."),
      el("h3", {}, "So far"), this.figures,
      el("h3", {}, "fal"), this.fal.lock, this.fal.pace, this.otherSide,
      el("h3", {}, "The bot"),
      el("div", { class: "button-row" },
        this.order("Start", "/control/bot", "start", "The bot is being started."),
        this.order("Stop", "/control/bot", "stop", "The bot was stopped. It stays away until it is started."),
        this.order("Kill", "/control/bot", "kill", "The bot was killed. It comes back by itself in a moment.")),
      el("h3", {}, "Its line to Discord"),
      el("div", { class: "button-row" },
        this.order("Reconnect", "/control/gateway", "reconnect", "Discord asked the bot to connect anew."),
        this.order("Cut", "/control/gateway", "drop", "The bot's line to Discord was cut."),
        this.order("Repeat", "/control/gateway", "replay", "The bot was told the last things once more.")),
      el("h3", {}, "Trouble"),
      el("div", { class: "troubles" }, TROUBLES.map((trouble) => this.trouble(trouble))),
      this.form(kinds), this.pending);
  }

  /** @param {string} label @param {string} path @param {string} action @param {string} said */
  order(label, path, action, said) {
    return el("button", {
      type: "button", class: "button secondary", on: { click: () => this.run(() => this.app.api.post(path, { action }), said) },
    }, label);
  }

  /** @param {import("./troubles.js").Trouble} trouble */
  trouble({ says, fault }) {
    return el("button", { type: "button", class: "trouble", on: { click: () => this.set(fault) } }, icon("plus"), says);
  }

  /** @param {string[]} kinds */
  form(kinds) {
    const where = el("input", { class: "field-input", list: "places", "aria-label": "Where", placeholder: "fal.submit", required: true });
    const what = el("select", { class: "field-input", "aria-label": "What" }, kinds.map((kind) => el("option", { value: kind }, KINDS[kind] ?? kind)));
    const times = el("input", { class: "field-input", type: "number", min: "1", value: "1", "aria-label": "How many times; empty for always" });
    const size = el("input", { class: "field-input", type: "number", min: "0", placeholder: "500", "aria-label": "Status or seconds" });
    const label = () => {
      size.hidden = !["status", "fail_after", "latency", "delay", "silence"].includes(what.value);
      size.placeholder = what.value === "status" || what.value === "fail_after" ? "500" : "seconds";
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
        ...(["status", "fail_after"].includes(what.value) ? { status: number ?? 500 } : size.hidden ? {} : { seconds: number ?? 5 }),
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

  async refresh() {
    const ask = (/** @type {string} */ what) => this.app.api.get(`/control/${what}`).catch(() => null);
    const [faults, discord, fal, ...others] = await Promise.all(
      ["faults", "discord", "fal", ...OTHERS.map(({ name }) => name)].map(ask));
    this.drawFigures(discord, fal);
    this.fal.draw(fal?.settings ?? {});
    this.others.forEach((house, index) => house.draw(others[index]));
    this.otherSide.hidden = this.others.every((house) => house.node.hidden);
    this.drawFaults(faults?.pending ?? []);
  }

  /** @param {any} discord @param {any} fal */
  drawFigures(discord, fal) {
    const shown = [...(fal ? falFigures(fal) : []), ...(discord ? discordFigures(discord) : [])];
    const text = shown.map((node) => node.textContent).join("|");
    if (this.figuresText === text) return;
    this.figuresText = text;
    fill(this.figures, shown.length ? shown : el("p", { class: "side-note" }, "The sandbox gives no numbers right now."));
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
