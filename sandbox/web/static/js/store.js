/** What the page knows, and the one place where it changes. Views listen by topic. */

import { Refused } from "./api.js";
import { FLAG } from "./types.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").User} User */
/** @typedef {import("./types.js").Command} Command */

const DISMISSED = "minstrel.dismissed";

/** @param {string} a @param {string} b */
export function byAge(a, b) {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/**
 * Topics: `state`, `bot`, `link`, `channel`, `commands`, `messages` (all of a channel changed),
 * `message` and `removed` (one did), `interaction`, `modal`, `typing`.
 */
export class Store {
  /** @param {import("./api.js").Api} api */
  constructor(api) {
    this.api = api;
    /** @type {User | null} */ this.me = null;
    /** @type {Map<string, User>} */ this.users = new Map();
    /** @type {import("./types.js").Guild[]} */ this.guilds = [];
    /** @type {{online: boolean, user: User | null}} */ this.bot = { online: false, user: null };
    /** @type {Command[]} */ this.commands = [];
    /** @type {string | null} */ this.channelId = null;
    /** @type {Map<string, Map<string, Message>>} */ this.logs = new Map();
    /** @type {Set<string>} */ this.complete = new Set();
    /** @type {boolean | null} */ this.linked = null;
    // When each message last changed here, counted in events, so that a list asked for earlier
    // cannot undo what came over the stream while it was on its way.
    this.tick = 0;
    /** @type {Map<string, number>} */ this.changed = new Map();
    this.dismissed = new Set(JSON.parse(sessionStorage.getItem(DISMISSED) ?? "[]"));
    this.topics = new EventTarget();
  }

  /** @param {string} topic @param {(detail: any) => void} listener */
  on(topic, listener) {
    this.topics.addEventListener(topic, (event) => listener(/** @type {any} */ (event).detail));
  }

  /** @param {string} topic @param {any} [detail] */
  tell(topic, detail) {
    this.topics.dispatchEvent(new CustomEvent(topic, { detail }));
  }

  get channels() {
    return this.guilds.flatMap((guild) => guild.channels);
  }

  get channel() {
    return this.channels.find((channel) => channel.id === this.channelId) ?? null;
  }

  get guild() {
    return this.guilds.find((g) => g.channels.some((c) => c.id === this.channelId)) ?? null;
  }

  /** Roles of the server one is in. */
  get roles() {
    return this.guild?.roles ?? [];
  }

  get botUser() {
    return this.bot.user ?? [...this.users.values()].find((user) => user.bot) ?? null;
  }

  get botName() {
    return this.botUser?.global_name || this.botUser?.username || "Minstrel";
  }

  /** Messages of the open channel, oldest first. */
  get log() {
    const log = this.logs.get(this.channelId ?? "") ?? new Map();
    return [...log.values()]
      .filter((message) => !this.dismissed.has(message.id))
      .sort((a, b) => byAge(a.id, b.id));
  }

  /** @param {string} id */
  message(id) {
    for (const log of this.logs.values()) if (log.has(id)) return log.get(id);
    return undefined;
  }

  async load() {
    const state = await this.stateAsSomebody();
    this.me = state.me;
    this.users = new Map(state.users.map((/** @type {User} */ user) => [user.id, user]));
    const directs = state.directs ?? [];
    this.guilds = directs.length
      ? [...state.guilds, { id: "@me", name: "Direct messages", channels: directs }] : state.guilds;
    this.bot = state.bot;
    if (state.bot.user) this.users.set(state.bot.user.id, state.bot.user);
    this.tell("state");
    this.tell("bot");
    if (this.channelId && !this.channel) await this.openFirst();
  }

  /** Ask for the state; as the default person when the one of the address does not exist. */
  async stateAsSomebody() {
    try {
      return await this.api.state();
    } catch (problem) {
      // A sandbox that was started anew has new people.
      if (!(problem instanceof Refused) || problem.status !== 404 || !this.api.actingAs) throw problem;
      this.api.actingAs = null;
      const url = new URL(location.href);
      url.searchParams.delete("as");
      history.replaceState(null, "", url);
      return this.api.state();
    }
  }

  async openFirst() {
    const wanted = location.hash.slice(1);
    const channel = this.channels.find((c) => c.id === wanted) ?? this.channels[0];
    if (channel) await this.open(channel.id);
  }

  /** @param {string} channelId */
  async open(channelId) {
    this.channelId = channelId;
    history.replaceState(null, "", `#${channelId}`);
    this.tell("channel");
    this.tell("messages");
    await Promise.all([this.refresh(), this.loadCommands()]);
  }

  /** Fetch the open channel's newest messages and forget those that were deleted meanwhile. */
  async refresh() {
    const channel = this.channelId;
    if (!channel) return;
    const since = this.tick;
    const recent = await this.api.messages(channel);
    const isNewer = (/** @type {string} */ id) => (this.changed.get(id) ?? 0) > since;
    const log = this.logs.get(channel) ?? new Map();
    const oldest = recent[0]?.id;
    const kept = [...log].filter(([id]) => isNewer(id) || (oldest && byAge(id, oldest) < 0));
    const fetched = recent.filter((message) => !isNewer(message.id)).map((m) => [m.id, m]);
    this.logs.set(channel, new Map([...kept, ...fetched]));
    if (recent.length < 50) this.complete.add(channel);
    if (channel === this.channelId) this.tell("messages");
  }

  /** Fetch what was said before; false when there is no more. */
  async loadOlder() {
    const channel = this.channelId;
    const oldest = this.log[0]?.id;
    if (!channel || !oldest || this.complete.has(channel)) return false;
    const older = await this.api.messages(channel, oldest);
    const log = this.logs.get(channel) ?? new Map();
    for (const message of older) log.set(message.id, message);
    if (older.length < 50) this.complete.add(channel);
    if (channel === this.channelId) this.tell("messages");
    return true;
  }

  async loadCommands() {
    if (!this.channelId) return;
    this.commands = await this.api.commands(this.channelId);
    this.tell("commands");
  }

  /** Hide an ephemeral message, as only this person can. @param {string} id */
  dismiss(id) {
    this.dismissed.add(id);
    sessionStorage.setItem(DISMISSED, JSON.stringify([...this.dismissed].slice(-200)));
    this.tell("removed", id);
  }

  /** @param {string} id */
  mark(id) {
    this.tick += 1;
    this.changed.set(id, this.tick);
  }

  /** @param {Message} message */
  keep(message) {
    this.mark(message.id);
    const log = this.logs.get(message.channel_id) ?? new Map();
    this.logs.set(message.channel_id, log);
    const before = log.get(message.id);
    const merged = before ? { ...before, ...message } : message;
    log.set(message.id, merged);
    if (message.author && !this.users.has(message.author.id)) {
      this.users.set(message.author.id, message.author);
    }
    if (message.channel_id === this.channelId) this.tell("message", merged);
  }

  /** @param {any} event */
  async apply(event) {
    switch (event.type) {
      case "message_create":
      case "message_update":
        return this.keep(event.message);
      case "message_delete":
        this.mark(event.message_id);
        this.logs.get(event.channel_id)?.delete(event.message_id);
        return this.tell("removed", event.message_id);
      case "bot":
        this.bot = { ...this.bot, online: event.online };
        this.tell("bot");
        // A bot that logs in for the first time has a name by now.
        return event.online && !this.bot.user ? this.load() : undefined;
      case "commands":
        return this.loadCommands();
      case "guild":
        return this.load();
      case "interaction":
      case "modal":
      case "typing":
        return this.tell(event.type, event);
      default:
        return undefined;
    }
  }

  /** @param {boolean} up */
  async setLink(up) {
    this.linked = up;
    this.tell("link");
    if (!up) {
      // When this fails too, the notice over the composer already says all there is to say.
      await this.stateAsSomebody().catch(() => null);
      return;
    }
    // Whatever happened before the stream was open has to be asked for.
    await this.load();
    await Promise.all([this.refresh(), this.loadCommands()]);
  }
}

/** @param {Message} message */
export function isEphemeral(message) {
  return Boolean((message.flags ?? 0) & FLAG.EPHEMERAL);
}

/** @param {Message} message */
export function isThinking(message) {
  return Boolean((message.flags ?? 0) & FLAG.LOADING);
}
