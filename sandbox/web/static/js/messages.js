/** The channel's messages: their order, their grouping, and where one is scrolled to. */

import { byId, el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { MessageView } from "./message.js";
import { byAge, isEphemeral } from "./store.js";
import { dayOf } from "./time.js";
import { nameOf } from "./types.js";
import { avatar } from "./avatar.js";
import { sentence } from "./interactions.js";
import { toast } from "./toast.js";
import { welcome } from "./welcome.js";

/** @typedef {import("./types.js").Message} Message */

const TOGETHER_MS = 7 * 60 * 1000;
const NEAR_PX = 120;
const TYPING_MS = 10000;

/** @param {Message} message @param {Message | undefined} above */
function continues(message, above) {
  if (!above || above.author.id !== message.author.id) return false;
  if (message.referenced_message || message.type !== 0 || message.interaction_metadata) return false;
  if (isEphemeral(message) !== isEphemeral(above)) return false;
  return Date.parse(message.timestamp) - Date.parse(above.timestamp) < TOGETHER_MS;
}

export class MessageList {
  /** @param {import("./main.js").App} app */
  constructor(app) {
    this.app = app;
    this.scroller = byId("scroller");
    this.list = byId("messages");
    this.hello = byId("welcome");
    this.tail = byId("pending");
    this.newer = byId("newer");
    this.typing = byId("typing");
    /** @type {Map<string, MessageView>} */
    this.views = new Map();
    this.atEnd = true;
    this.isLoading = false;
    this.watchScroll();
    const { store } = app;
    store.on("messages", () => this.redraw());
    store.on("message", (message) => this.show(message));
    store.on("removed", (id) => this.drop(id));
    for (const topic of ["pending", "channel"]) store.on(topic, () => this.drawPending());
    store.on("typing", (event) => this.showTyping(event));
    for (const topic of ["channel", "commands", "bot"]) store.on(topic, () => this.drawWelcome());
    store.on("state", () => this.redraw());
  }

  watchScroll() {
    this.scroller.addEventListener("scroll", () => {
      const { scrollTop, scrollHeight, clientHeight } = this.scroller;
      this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
      if (this.atEnd) this.newer.hidden = true;
      if (scrollTop < NEAR_PX) this.loadOlder();
    });
    this.newer.addEventListener("click", () => this.toEnd());
    // Pictures arrive late and change the height; whoever was at the end stays there.
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(byId("scrolled"));
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.scroller);
    this.list.addEventListener("contextmenu", (/** @type {MouseEvent} */ event) => this.onContextMenu(event));
    this.list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.onKey(event));
  }

  /** @param {MouseEvent} event */
  onContextMenu(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    // Links, fields and selected words keep the browser's own menu.
    if (target.closest("a, input, audio") || String(getSelection())) return;
    const view = this.views.get(target.closest(".message")?.getAttribute("data-id") ?? "");
    if (!view) return;
    event.preventDefault();
    this.app.messageMenu(view.message, { x: event.clientX, y: event.clientY });
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const node = /** @type {HTMLElement} */ (event.target);
    if (!node.classList.contains("message")) return;
    const rows = [...this.list.querySelectorAll(".message")];
    const at = rows.indexOf(node);
    if (event.key === "ArrowUp") rows[at - 1]?.focus();
    else if (event.key === "ArrowDown") rows[at + 1] ? rows[at + 1].focus() : this.app.composer.focus();
    else if (event.key === "Enter" || event.key === "ContextMenu") {
      const view = this.views.get(node.dataset.id ?? "");
      if (view) this.app.messageMenu(view.message, node);
    } else return;
    event.preventDefault();
  }

  /** Move the keyboard to the newest message. */
  focusLast() {
    const last = this.list.querySelector(".message:last-of-type");
    if (last instanceof HTMLElement) last.focus();
  }

  /** Scroll down; a private word that is longer than the window is read from its beginning. */
  toEnd() {
    const last = [...this.views.values()].at(-1);
    const isLong = last && isEphemeral(last.message) && last.node === this.list.lastElementChild
      && last.node.offsetHeight > this.scroller.clientHeight;
    if (isLong) last.node.scrollIntoView({ block: "start" });
    else this.scroller.scrollTop = this.scroller.scrollHeight;
    this.atEnd = true;
    this.newer.hidden = true;
  }

  async loadOlder() {
    if (this.isLoading || !this.views.size) return;
    this.isLoading = true;
    const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
    try {
      if (await this.app.store.loadOlder()) this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
    } catch (problem) {
      toast(sentence(problem), "bad");
    } finally {
      this.isLoading = false;
    }
  }

  redraw() {
    const log = this.app.store.log;
    const ids = new Set(log.map((message) => message.id));
    for (const [id, view] of this.views) {
      if (ids.has(id)) continue;
      view.node.remove();
      this.views.delete(id);
    }
    for (const message of log) this.place(message);
    this.regroup();
    this.drawWelcome();
    if (this.atEnd) this.toEnd();
  }

  /** Give a message its node and its place; others are not moved, or their audio would stop. @param {Message} message */
  place(message) {
    const known = this.views.get(message.id);
    if (known) {
      known.update(message);
      return;
    }
    const view = new MessageView(this.app, message);
    this.views.set(message.id, view);
    const rows = [...this.list.querySelectorAll(".message")];
    const next = rows.find((row) => byAge(row.dataset.id, message.id) > 0);
    this.list.insertBefore(view.node, next ?? null);
  }

  /** @param {Message} message */
  show(message) {
    const isNew = !this.views.has(message.id);
    if (this.app.store.dismissed.has(message.id)) return;
    this.place(message);
    if (isNew) {
      this.regroup();
      this.drawWelcome();
      this.stopTyping(message.author.id);
      // A private word answers what one has just done, so it is what one looks for.
      if (isEphemeral(message)) this.atEnd = true;
      if (!this.atEnd) this.newer.hidden = false;
    }
    if (this.atEnd) this.toEnd();
  }

  /** @param {string} id */
  drop(id) {
    this.views.get(id)?.node.remove();
    this.views.delete(id);
    this.regroup();
    this.drawWelcome();
  }

  /** Put dividers between days, and let messages in a row share one face. */
  regroup() {
    for (const old of this.list.querySelectorAll(".day")) old.remove();
    /** @type {Message | undefined} */ let above;
    for (const row of this.list.querySelectorAll(".message")) {
      const message = this.views.get(row.dataset.id)?.message;
      if (!message) continue;
      const day = dayOf(message.timestamp);
      const isNewDay = !above || dayOf(above.timestamp) !== day;
      if (isNewDay) row.before(el("li", { class: "day", role: "separator", "aria-label": day }, el("span", {}, day)));
      row.classList.toggle("continued", !isNewDay && continues(message, above));
      above = message;
    }
  }

  drawWelcome() {
    const { store } = this.app;
    const isTop = !store.channelId || store.complete.has(store.channelId);
    this.hello.hidden = !isTop;
    this.scroller.classList.toggle("is-empty", isTop && !this.views.size);
    if (isTop) fill(this.hello, welcome(this.app));
  }

  drawPending() {
    const { interactions, store } = this.app;
    const here = [...interactions.pending.values()].filter((one) => one.channelId === store.channelId);
    fill(this.tail, here.map((one) =>
      el("li", { class: one.failed ? "message pending failed" : "message pending", testid: "pending" },
        el("div", { class: "message-context" }, el("span", { class: "quote" }, avatar(store.me),
          el("b", {}, nameOf(store.me)), " used ", el("span", { class: "mention" }, one.label))),
        el("div", { class: "message-face" }, avatar(store.botUser)),
        el("div", { class: "message-body" },
          el("div", { class: "message-head" }, el("span", { class: "author" }, store.botName), el("span", { class: "tag" }, "BOT")),
          one.failed ? this.failure(one) : el("div", { class: "content thinking" }, el("i", { class: "dots" }, el("b"), el("b"), el("b")), "Sending command…")))));
    if (this.atEnd) this.toEnd();
  }

  /** @param {import("./interactions.js").Pending} one */
  failure(one) {
    const hint = one.wasOnline && this.app.store.bot.online
      ? "The bot is online but said nothing in time. Try again; its log says why."
      : "The bot was not there. Try again once it is online.";
    const words = one.failed === "The application did not respond" ? [one.failed, ". ", hint] : [one.failed];
    return el("div", { class: "content", role: "alert" }, icon("warn"), " ", words, " ",
      el("button", { type: "button", class: "text-button", on: { click: () => this.app.interactions.forget(one.key) } }, "Dismiss"));
  }

  /** @param {{channel_id: string, user_id: string}} event */
  showTyping(event) {
    if (event.channel_id !== this.app.store.channelId) return;
    this.typing.dataset.user = event.user_id;
    fill(this.typing, el("i", { class: "dots" }, el("b"), el("b"), el("b")),
      `${nameOf(this.app.store.users.get(event.user_id))} is typing…`);
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.stopTyping(event.user_id), TYPING_MS);
  }

  /** @param {string} user */
  stopTyping(user) {
    if (this.typing.dataset.user === user) fill(this.typing);
  }

  /** Show a message, loading what was said before as far back as it is. @param {string} id */
  async jumpTo(id) {
    while (!this.views.has(id) && await this.app.store.loadOlder());
    const view = this.views.get(id);
    if (!view) return toast("That message is gone.", "warn");
    view.node.scrollIntoView({ block: "center" });
    view.node.classList.remove("flash");
    requestAnimationFrame(() => view.node.classList.add("flash"));
    view.node.focus({ preventScroll: true });
  }

  /** @param {string} id @param {string | null} said */
  problem(id, said) {
    this.views.get(id)?.problem(said);
  }
}
