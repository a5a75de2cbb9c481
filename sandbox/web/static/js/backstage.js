/** The drawer from which the two far ends are watched, and made to misbehave. */

import { byId, el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { sentence } from "./interactions.js";
import { toast } from "./toast.js";
import { described, KINDS, PLACES, TROUBLES } from "./troubles.js";

const EVERY_MS = 2000;

/** How long the local fal makes people wait, in seconds. */
const PACES = {
  quick: { queue_seconds: 0, run_seconds: 1 },
  usual: { queue_seconds: 2, run_seconds: 4 },
  slow: { queue_seconds: 20, run_seconds: 60 },
};

/** Add up a tally. @param {Record<string, number> | number | undefined} value */
function total(value) {
  if (typeof value === "number") return value;
  return Object.values(value ?? {}).reduce((sum, one) => sum + one, 0);
}

/** @param {string} name @param {string | number} value @param {boolean} [isBad] @param {string} [title] */
function figure(name, value, isBad = false, title = "") {
  return el("div", { class: isBad ? "figure bad" : "figure", title: title || null }, el("b", {}, String(value)), el("span", {}, name));
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
      el("h3", {}, "fal"), this.lock, this.pace(),
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
      el("div", { class: "troubles" }, TROUBLES.map(({ says, fault }) =>
        el("button", { type: "button", class: "trouble", on: { click: () => this.set(fault) } }, icon("plus"), says))),
      this.form(kinds), this.pending);
  }

  /** @param {string} label @param {string} path @param {string} action @param {string} said */
  order(label, path, action, said) {
    return el("button", {
      type: "button", class: "button secondary", on: { click: () => this.run(() => this.app.api.post(path, { action }), said) },
    }, label);
  }

  pace() {
    return el("div", { class: "button-row pace", role: "group", "aria-label": "Pace of fal" },
      Object.entries(PACES).map(([name, settings]) => el("button", {
        type: "button", class: "button secondary", "data-pace": name,
        title: `${settings.queue_seconds} s in line, ${settings.run_seconds} s in work`,
        on: { click: () => this.run(() => this.app.api.post("/control/fal", settings), `fal is ${name} now.`) },
      }, name)));
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

  switchLock() {
    const locked = !this.isLocked;
    return this.run(() => this.app.api.post("/control/fal", { locked }),
      locked ? "The fal account is locked, as when its credit runs out." : "The fal account works again.");
  }

  async refresh() {
    const ask = (/** @type {string} */ path) => this.app.api.get(path).catch(() => null);
    const [faults, discord, fal] = await Promise.all([ask("/control/faults"), ask("/control/discord"), ask("/control/fal")]);
    this.drawFigures(discord, fal);
    this.drawSettings(fal?.settings ?? {});
    this.drawFaults(faults?.pending ?? []);
  }

  /** @param {any} settings */
  drawSettings(settings) {
    this.isLocked = Boolean(settings.locked);
    const label = this.isLocked ? "Unlock the account" : "Lock the account (credit runs out)";
    if (this.lock.textContent !== label) fill(this.lock, icon("lock"), label);
    for (const button of this.side.querySelectorAll("[data-pace]")) {
      const pace = PACES[/** @type {keyof typeof PACES} */ (button.getAttribute("data-pace"))];
      const isOn = pace.queue_seconds === settings.queue_seconds && pace.run_seconds === settings.run_seconds;
      button.setAttribute("aria-pressed", String(isOn));
    }
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
