/** The providers in Backstage: what each was asked for, and what can be turned there. */

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { troublesOf } from "./troubles.js";

/**
 * What Backstage knows of a provider. `isOut` is about its account: no money, or no plan, is left.
 * @typedef {object} About
 * @property {string} name its word in addresses and faults
 * @property {string} title
 * @property {Record<string, {queue_seconds: number, run_seconds: number}>} paces how long it makes people wait
 * @property {string} testid of the switch of its account
 * @property {(settings: any) => boolean} isOut
 * @property {(isOut: boolean) => any} account the settings that make it so
 * @property {[string, string]} switches what the switch says: while the account works, and while it is out
 * @property {[string, string]} said what was done: it was put out, it works again
 */

const quick = { queue_seconds: 0, run_seconds: 1 };
const slow = { queue_seconds: 20, run_seconds: 60 };

/** @type {About} */
export const FAL = {
  name: "fal", title: "fal", testid: "lock-account",
  paces: { quick, usual: { queue_seconds: 2, run_seconds: 4 }, slow },
  isOut: (settings) => Boolean(settings.locked),
  account: (isOut) => ({ locked: isOut }),
  switches: ["Lock the account (credit runs out)", "Unlock the account"],
  said: ["The fal account is locked, as when its credit runs out.", "The fal account works again."],
};

/** @param {string} name @param {string} title @param {number} tracks of a plan that is new @returns {About} */
function withPlan(name, title, tracks) {
  return {
    name, title, testid: `use-up-${name}`,
    paces: { quick, usual: { queue_seconds: 1, run_seconds: 4 }, slow },
    isOut: (settings) => settings.tracks < 1,
    account: (isOut) => ({ tracks: isOut ? 0 : tracks }),
    switches: ["Use up this month's plan", "Begin a new month"],
    said: [`Nothing is left of the plan at ${title}.`, `The plan at ${title} is full again.`],
  };
}

/** Those that members use only when they choose a model of theirs. */
export const OTHERS = [withPlan("novakit", "NovaKit", 80), withPlan("nur", "Nur", 200)];

/** @param {string} name @param {string | number} value @param {boolean} [isBad] @param {string} [title] */
export function figure(name, value, isBad = false, title = "") {
  return el("div", { class: isBad ? "figure bad" : "figure", title: title || null }, el("b", {}, String(value)), el("span", {}, name));
}

/** The switch of a provider's account, and its pace. */
export class Turns {
  /** @param {About} about @param {import("./backstage.js").Backstage} backstage */
  constructor(about, backstage) {
    this.about = about;
    this.backstage = backstage;
    this.isOut = false;
    this.lock = el("button", { type: "button", class: "button secondary wide", testid: about.testid, on: { click: () => this.switch() } });
    this.pace = el("div", { class: "button-row pace", role: "group", "aria-label": `Pace of ${about.title}` },
      Object.entries(about.paces).map(([name, pace]) => el("button", {
        type: "button", class: "button secondary", "data-pace": name,
        title: `${pace.queue_seconds} s in line, ${pace.run_seconds} s in work`,
        on: { click: () => this.change(pace, `${about.title} is ${name} now.`) },
      }, name)));
  }

  /** @param {any} settings @param {string} said */
  change(settings, said) {
    return this.backstage.run(() => this.backstage.app.api.post(`/control/${this.about.name}`, settings), said);
  }

  switch() {
    const isOut = !this.isOut;
    return this.change(this.about.account(isOut), this.about.said[isOut ? 0 : 1]);
  }

  /** @param {any} settings as they are now */
  draw(settings) {
    this.isOut = this.about.isOut(settings);
    const label = this.about.switches[this.isOut ? 1 : 0];
    if (this.lock.textContent !== label) fill(this.lock, icon("lock"), label);
    for (const button of this.pace.children) {
      const pace = this.about.paces[button.getAttribute("data-pace")];
      const isOn = pace.queue_seconds === settings.queue_seconds && pace.run_seconds === settings.run_seconds;
      button.setAttribute("aria-pressed", String(isOn));
    }
  }
}

/** All of one provider behind one line, which says how much it was used; hidden where it is not there. */
export class House {
  /** @param {About} about @param {import("./backstage.js").Backstage} backstage */
  constructor(about, backstage) {
    this.about = about;
    this.turns = new Turns(about, backstage);
    this.summary = el("summary", {}, about.title);
    this.figures = el("div", { class: "figures", "aria-live": "off" });
    this.node = el("details", { class: "house", testid: `house-${about.name}`, hidden: true },
      this.summary, this.figures, this.turns.lock, this.turns.pace,
      el("div", { class: "troubles" }, troublesOf(about).map((trouble) => backstage.trouble(trouble))));
  }

  /** @param {any} state what `/control` says of it; null when it says nothing */
  draw(state) {
    this.node.hidden = !state?.settings;
    if (this.node.hidden) return;
    const { submits = 0, pending = 0, processing = 0 } = state.counts ?? {};
    const tracks = Math.floor(state.settings.tracks);
    this.turns.draw(state.settings);
    const text = [submits, pending, processing, tracks].join("|");
    if (this.text === text) return;
    this.text = text;
    fill(this.summary, this.about.title, submits > 0 && el("span", {}, ` · ${submits} ${submits === 1 ? "order" : "orders"}`));
    fill(this.figures,
      figure("in line, in work", `${pending}, ${processing}`),
      figure("left of the plan", tracks, tracks < 1, "Tracks that may still be made this month"));
  }
}
