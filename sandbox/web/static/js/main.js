/** Puts the page together. */

import { Api, Events } from "./api.js";
import { Backstage } from "./backstage.js";
import { Composer } from "./composer.js";
import { byId, copy } from "./dom.js";
import * as files from "./files.js";
import { Interactions, sentence } from "./interactions.js";
import { openMenu, under } from "./menu.js";
import { MessageList } from "./messages.js";
import { ModalForm } from "./modal.js";
import { Sidebar } from "./sidebar.js";
import { isEphemeral, Store } from "./store.js";
import { startTicking } from "./time.js";
import { toast } from "./toast.js";

const MESSAGE_COMMAND = 3;
const RETRY_MS = 2000;

/** What the parts of the page share. */
export class App {
  constructor() {
    const actingAs = new URLSearchParams(location.search).get("as");
    this.api = new Api(actingAs);
    this.store = new Store(this.api);
    this.files = files;
    this.names = {
      user: (/** @type {string} */ id) => this.store.users.get(id),
      channel: (/** @type {string} */ id) => this.store.channels.find((channel) => channel.id === id),
      role: (/** @type {string} */ id) => this.store.roles.find((role) => role.id === id),
      onMessage: (/** @type {string} */ channelId, /** @type {string} */ id) => this.openMessage(channelId, id),
      onCommand: (/** @type {string} */ name) => this.composer.begin(name),
      onChannel: (/** @type {string} */ id) => this.openChannel(id),
    };
    this.interactions = new Interactions(this.store, this.api);
    this.messages = new MessageList(this);
    this.composer = new Composer(this);
    this.modal = new ModalForm(this);
    this.sidebar = new Sidebar(this);
    this.backstage = new Backstage(this);
    this.listen();
  }

  listen() {
    const chat = byId("chat");
    chat.addEventListener("dragover", (/** @type {DragEvent} */ event) => event.preventDefault());
    chat.addEventListener("drop", (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      const dropped = [...(event.dataTransfer?.files ?? [])];
      if (dropped.length) this.composer.takeFiles(dropped);
    });
    byId("close-banner").addEventListener("click", () => (byId("banner").hidden = true));
    // Typing anywhere writes into the composer, as in Discord.
    document.addEventListener("keydown", (event) => {
      const isLetter = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
      const isFree = document.activeElement === document.body || document.activeElement?.classList.contains("message");
      if (isLetter && isFree && !byId("modal").open) this.composer.focus();
    });
  }

  async start() {
    startTicking();
    // Loaded before the stream opens, so that events fall into a known place.
    for (;;) {
      try {
        await this.store.load();
        await this.store.openFirst();
        break;
      } catch (problem) {
        this.guard(this.store.setLink(false));
        toast(sentence(problem), "bad");
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.events = new Events(this.api, (event) => this.guard(this.store.apply(event)), (up) => this.guard(this.store.setLink(up)));
    if (matchMedia("(pointer: fine)").matches) this.composer.focus();
  }

  /** Say it when something that nobody waits for went wrong. @param {Promise<any> | undefined} work */
  async guard(work) {
    try {
      await work;
    } catch (problem) {
      toast(sentence(problem), "bad");
    }
  }

  startBot() {
    return this.guard(this.api.post("/control/bot", { action: "start" }));
  }

  /** @param {string} id */
  openChannel(id) {
    return this.guard(this.store.open(id));
  }

  /** @param {string} channelId @param {string} id */
  async openMessage(channelId, id) {
    if (channelId !== this.store.channelId) await this.openChannel(channelId);
    return this.guard(this.messages.jumpTo(id));
  }

  /**
   * @param {import("./types.js").Message} message
   * @param {Element | {x: number, y: number}} place
   */
  messageMenu(message, place) {
    const apps = this.store.commands.filter((command) => command.type === MESSAGE_COMMAND);
    const link = `https://discord.com/channels/${this.store.guild?.id ?? "@me"}/${message.channel_id}/${message.id}`;
    const isPrivate = isEphemeral(message);
    const point = place instanceof Element ? under(place) : place;
    openMenu(point, [
      ...(isPrivate ? [] : [{ label: "Reply", icon: "reply", run: () => this.composer.replyTo(message) }]),
      ...(apps.length && !isPrivate ? [{ heading: "Apps" }, ...apps.map((command) => ({
        label: command.name, icon: "spark",
        run: () => this.interactions.command(command, command.name, { target_id: message.id }),
      })), /** @type {const} */ ("line")] : []),
      { label: "Copy text", icon: "copy", run: () => copy(message.content, "The text is on the clipboard.") },
      { label: "Copy message ID", icon: "copy", run: () => copy(message.id, "The ID is on the clipboard.") },
      { label: "Copy message link", icon: "link", run: () => copy(link, "The link is on the clipboard.") },
      "line",
      isPrivate
        ? { label: "Dismiss message", icon: "close", run: () => this.store.dismiss(message.id) }
        : { label: "Delete message", icon: "trash", danger: true, run: () => this.guard(this.api.remove(message.channel_id, message.id)) },
    ], "Message");
  }
}

new App().start();
