/** Follows what a person set off until the bot has acknowledged it, or has not. */

import { Refused } from "./api.js";

// The sandbox itself gives up after Discord's three seconds; this is for when it says nothing.
const PATIENCE_MS = 10000;
const SILENT = "The application did not respond";

/**
 * @typedef {{key: number, label: string, channelId: string | null, wasOnline: boolean,
 *   failed: string | null}} Pending a command on its way, or one that failed
 */

export class Interactions {
  /** @param {import("./store.js").Store} store @param {import("./api.js").Api} api */
  constructor(store, api) {
    this.store = store;
    this.api = api;
    /** @type {Map<string, any>} news that came before the answer to the request */
    this.early = new Map();
    /** @type {Map<string, (event: any) => void>} */
    this.waiting = new Map();
    /** @type {Map<number, Pending>} */
    this.pending = new Map();
    this.count = 0;
    /** @type {Set<string>} those that were set off in this window */
    this.own = new Set();
    /** @type {Map<string, any>} forms that came before the answer to the request, or for another window */
    this.forms = new Map();
    /** @type {(event: any) => void} */
    this.onForm = () => {};
    store.on("interaction", (event) => this.hear(event));
    store.on("modal", (event) => this.hearForm(event));
  }

  /** @param {any} event */
  hear(event) {
    if (event.status === "sent") return;
    const listener = this.waiting.get(event.interaction_id);
    if (listener) return listener(event);
    remember(this.early, event);
  }

  /** Open a form in the window it was asked for in, and in no other. @param {any} event */
  hearForm(event) {
    this.hear({ ...event, status: "acknowledged" });
    if (this.own.has(event.interaction_id)) this.onForm(event);
    else remember(this.forms, event);
  }

  /**
   * Send, and wait until the bot acknowledged.
   * @param {() => Promise<{interaction_id: string}>} send
   * @throws {Refused} with the sentence to show
   */
  async perform(send) {
    const { interaction_id: id } = await send();
    this.own.add(id);
    const form = this.forms.get(id);
    if (form) this.onForm(form);
    const event = this.early.get(id) ?? (await this.outcome(id));
    this.early.delete(id);
    if (event.status === "failed") throw new Refused(event.error ?? SILENT, 0);
  }

  /** @param {string} id @returns {Promise<any>} */
  outcome(id) {
    return new Promise((resolve) => {
      const done = (/** @type {any} */ event) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(event);
      };
      const timer = setTimeout(() => done({ status: "failed" }), PATIENCE_MS);
      this.waiting.set(id, done);
    });
  }

  /**
   * Run a command, showing it at the foot of the channel while nothing came back.
   * @param {import("./types.js").Command} command
   * @param {string} label as people know it, such as `/settings view`
   * @param {{options?: any[], target_id?: string}} what
   * @param {[string, File][]} [files]
   */
  async command(command, label, what, files) {
    this.count += 1;
    const key = this.count;
    const { channelId, bot } = this.store;
    const record = { key, label, channelId, wasOnline: bot.online, failed: null };
    // Trying again answers the complaint about the last time.
    for (const old of this.pending.values()) if (old.failed) this.pending.delete(old.key);
    this.pending.set(key, record);
    this.store.tell("pending");
    const payload = { channel_id: channelId, options: [], ...what };
    try {
      await this.perform(() => this.api.run(command.id, payload, files));
      this.pending.delete(key);
    } catch (problem) {
      this.pending.set(key, { ...record, failed: sentence(problem) });
    }
    this.store.tell("pending");
  }

  /** @param {number} key */
  forget(key) {
    this.pending.delete(key);
    this.store.tell("pending");
  }

  /**
   * @param {import("./types.js").Message} message
   * @param {import("./types.js").Component} component
   * @param {string[]} [values]
   */
  press(message, component, values) {
    return this.perform(() => this.api.press({
      channel_id: message.channel_id,
      message_id: message.id,
      custom_id: component.custom_id,
      component_type: component.type,
      ...(values ? { values } : {}),
    }));
  }
}

/** @param {Map<string, any>} events @param {any} event */
function remember(events, event) {
  events.set(event.interaction_id, event);
  if (events.size > 50) events.delete(events.keys().next().value ?? "");
}

/** @param {unknown} problem */
export function sentence(problem) {
  if (problem instanceof Refused) return problem.message;
  console.error(problem);
  return "Something went wrong on this page. Reload it and try again.";
}
