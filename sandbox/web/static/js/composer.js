/** Where one writes: text, replies, files, and the way into slash commands. */

import { avatar } from "./avatar.js";
import { CommandBar } from "./commandbar.js";
import { byId, el, fill } from "./dom.js";
import { Tray } from "./files.js";
import { icon } from "./icons.js";
import { sentence } from "./interactions.js";
import { commandIn, optionsIn } from "./parse.js";
import { Picker } from "./picker.js";
import { isEphemeral } from "./store.js";
import { toast } from "./toast.js";
import { nameOf } from "./types.js";

const LONGEST = 2000;

export class Composer {
  /** @param {import("./main.js").App} app */
  constructor(app) {
    this.app = app;
    this.form = byId("composer");
    this.field = byId("text");
    this.replyBar = byId("reply-bar");
    this.notice = byId("notice");
    this.attach = byId("attach-input");
    /** @type {import("./types.js").Message | null} */ this.target = null;
    this.ping = true;
    this.tray = new Tray(byId("tray"), () => this.showSend());
    this.picker = new Picker(app, (entry) => this.choose(entry));
    this.bar = new CommandBar(app, { onClose: (text) => this.leaveCommand(text) });
    this.listen();
    const { store } = app;
    for (const topic of ["channel", "state"]) store.on(topic, () => this.rename());
    for (const topic of ["bot", "link"]) store.on(topic, () => this.showNotice());
    store.on("removed", (id) => this.target?.id === id && this.replyTo(null));
  }

  listen() {
    this.field.addEventListener("input", () => this.onInput());
    this.field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.onKey(event));
    this.form.addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.submit();
    });
    byId("attach").addEventListener("click", () => this.attach.click());
    this.attach.addEventListener("change", () => {
      this.takeFiles([...this.attach.files]);
      this.attach.value = "";
    });
    // On the send button too, where a command without options has the focus.
    this.form.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape" && !event.defaultPrevented && this.bar.isOpen) this.bar.close();
    });
    this.form.addEventListener("paste", (/** @type {ClipboardEvent} */ event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      this.takeFiles(files);
    });
    this.field.addEventListener("blur", () => setTimeout(() => {
      if (!this.form.contains(document.activeElement)) this.picker.close();
    }, 120));
  }

  /** @param {File[]} files */
  takeFiles(files) {
    if (this.bar.isOpen) {
      if (!this.bar.takeFile(files[0])) toast("This command takes no file.", "warn");
      return;
    }
    this.tray.add(files);
    this.focus();
  }

  focus() {
    if (this.bar.isOpen) this.bar.active?.focus();
    else this.field.focus();
  }

  rename() {
    const name = this.app.store.channel?.name ?? "the channel";
    const isNarrow = matchMedia("(max-width: 760px)").matches;
    this.field.placeholder = isNarrow ? "Type / to make music" : `Message #${name}, or type / to make music`;
    this.field.setAttribute("aria-label", `Message #${name}. Type a slash for commands.`);
  }

  showNotice() {
    const { store } = this.app;
    const words = store.linked === false
      ? "The sandbox cannot be reached. Trying again…"
      : store.bot.online ? "" : `${store.botName} is offline. Nothing will answer until it is back.`;
    this.notice.hidden = !words;
    fill(this.notice, words && [icon("warn"), el("span", {}, words), store.linked !== false && el("button", {
      type: "button", class: "button secondary", on: { click: () => this.app.startBot() },
    }, "Start the bot")]);
  }

  showSend() {
    const isReady = this.bar.isOpen || this.field.value.trim() || this.tray.files.length;
    byId("send").classList.toggle("ready", Boolean(isReady));
  }

  fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  onInput() {
    const text = this.field.value;
    this.fit();
    this.showSend();
    const typed = commandIn(this.picker.all, text);
    if (typed) {
      this.picker.close();
      this.enter(typed.entry, optionsIn(typed.entry.options, typed.rest), Boolean(typed.rest));
    } else if (/^\/[^\n]*$/.test(text)) {
      if (this.bar.isOpen) this.bar.close(text);
      this.picker.show(text.slice(1));
    } else this.picker.close();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.isComposing || this.picker.onKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape") {
      if (this.bar.isOpen) this.bar.close();
      else if (this.target) this.replyTo(null);
    } else if (event.key === "ArrowUp" && !this.field.value) {
      event.preventDefault();
      this.app.messages.focusLast();
    }
  }

  /** @param {import("./parse.js").Entry} entry */
  choose(entry) {
    this.picker.close();
    this.enter(entry, new Map());
  }

  /** @param {import("./parse.js").Entry} entry @param {Map<string, string>} values @param {boolean} [byHand] */
  enter(entry, values, byHand = false) {
    this.field.value = "";
    this.fit();
    this.replyTo(null);
    this.form.classList.add("commanding");
    this.bar.open(entry, values, byHand);
    this.showSend();
  }

  /** Begin a command, as the chips and command mentions do. @param {string} label @param {Record<string, string>} [values] */
  begin(label, values = {}) {
    const entry = this.picker.all.find((one) => one.label === label);
    if (!entry) return toast(`There is no command /${label} here now.`, "warn");
    this.picker.close();
    this.enter(entry, new Map(Object.entries(values)));
  }

  /** @param {string} text */
  leaveCommand(text) {
    this.form.classList.remove("commanding");
    this.field.value = text;
    this.field.focus();
    this.fit();
    this.showSend();
    if (text) this.picker.show(text.slice(1));
  }

  /** @param {import("./types.js").Message | null} message */
  replyTo(message) {
    if (message && isEphemeral(message)) return toast("Only you can see that message, so nobody can reply to it.", "warn");
    if (message && this.bar.isOpen) this.bar.close();
    this.target = message;
    this.ping = true;
    this.drawReply();
    if (message) this.focus();
  }

  drawReply() {
    const { target } = this;
    this.replyBar.hidden = !target;
    if (!target) return fill(this.replyBar);
    const author = this.app.store.users.get(target.author.id) ?? target.author;
    fill(this.replyBar,
      el("span", { class: "reply-words" }, "Replying to ", avatar(author), el("b", {}, nameOf(author))),
      el("button", {
        type: "button", class: this.ping ? "ping on" : "ping", "aria-pressed": String(this.ping), testid: "ping",
        title: this.ping
          ? "They are mentioned, and the bot can read your words"
          : "They are not mentioned, and the bot cannot read your words",
        on: { click: () => { this.ping = !this.ping; this.drawReply(); byId("reply-bar").querySelector(".ping").focus(); } },
      }, this.ping ? "@ ON" : "@ OFF"),
      el("button", {
        type: "button", class: "icon-button", "aria-label": "Do not reply",
        on: { click: () => { this.replyTo(null); this.focus(); } },
      }, icon("close")));
  }

  submit() {
    if (this.bar.isOpen) this.bar.submit();
    else if (this.picker.current) this.choose(this.picker.current);
    else this.sendText();
  }

  /** @param {string} text */
  mistake(text) {
    const name = /^\/([\w-]+)/.exec(text)?.[1];
    if (name) return `There is no command /${name}. Type / to see those there are.`;
    if ([...text].length > LONGEST) return `A message can have ${LONGEST} characters; this has ${[...text].length}. Shorten it.`;
    return null;
  }

  async sendText() {
    const text = this.field.value.trim();
    const channel = this.app.store.channelId;
    if (!channel || (!text && !this.tray.files.length)) return;
    const mistake = this.mistake(text);
    if (mistake) return toast(mistake, "warn");
    const { target, ping } = this;
    const files = this.tray.take();
    this.field.value = "";
    this.replyTo(null);
    this.fit();
    this.showSend();
    try {
      const payload = { content: text, ...(target ? { reply_to: target.id, ping } : {}) };
      const message = await this.app.api.send(channel, payload, files);
      if (message?.id) this.app.store.keep(message);
      this.app.messages.toEnd();
    } catch (problem) {
      this.giveBack(text, target, files);
      toast(sentence(problem), "bad");
    }
  }

  /** What could not be sent returns to where it was written. @param {string} text @param {any} target @param {File[]} files */
  giveBack(text, target, files) {
    if (!this.field.value) this.field.value = text;
    if (files.length) this.tray.add(files);
    if (target) this.replyTo(target);
    this.fit();
    this.showSend();
  }
}
