/** One message. Each part is drawn again only when it changed. */

import { avatar, colorOf } from "./avatar.js";
import { components } from "./components.js";
import { el, fill } from "./dom.js";
import { embeds, shownInEmbeds } from "./embeds.js";
import { FileList } from "./files.js";
import { icon } from "./icons.js";
import { markdown, plainText } from "./markdown.js";
import { isEphemeral, isThinking } from "./store.js";
import { clockTime, longTime, shortTime } from "./time.js";
import { FLAG, nameOf } from "./types.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./main.js").App} App */

/** @param {string} address */
function unsigned(address) {
  return address.split("?")[0];
}

export class MessageView {
  /** @param {App} app @param {Message} message */
  constructor(app, message) {
    this.app = app;
    this.message = message;
    /** @type {Map<string, string>} what each part was drawn from */
    this.drawn = new Map();
    this.context = el("div", { class: "message-context" });
    this.face = el("div", { class: "message-face" });
    this.head = el("div", { class: "message-head" });
    this.content = el("div", { class: "content" });
    this.files = new FileList();
    this.embeds = el("div", { class: "embeds" });
    this.parts = el("div", { class: "components" });
    this.trouble = el("p", { class: "message-problem", role: "alert", hidden: true });
    this.foot = el("div", { class: "message-foot" });
    this.node = el(
      "li",
      { class: "message", testid: `message-${message.id}`, tabindex: "-1", "data-id": message.id },
      this.context, this.face,
      el("div", { class: "message-body" },
        this.head, this.content, this.files.node, this.embeds, this.parts, this.trouble, this.foot),
      this.tools(),
    );
    this.update(message);
  }

  tools() {
    const { app } = this;
    return el("div", { class: "message-tools", role: "toolbar", "aria-label": "Message actions" },
      el("button", {
        type: "button", "aria-label": "Reply", title: "Reply", class: "tool-reply",
        on: { click: () => app.composer.replyTo(this.message) },
      }, icon("reply")),
      el("button", {
        type: "button", "aria-label": "More", title: "More", "aria-haspopup": "menu",
        on: { click: (/** @type {any} */ event) => app.messageMenu(this.message, event.currentTarget) },
      }, icon("more")));
  }

  /**
   * @param {string} part
   * @param {unknown} source what the part is made of
   * @param {() => void} draw
   */
  once(part, source, draw) {
    const key = JSON.stringify(source) ?? "";
    if (this.drawn.get(part) === key) return;
    this.drawn.set(part, key);
    draw();
  }

  /** Show the message as it is now. @param {Message} message */
  update(message) {
    this.message = message;
    const { names } = this.app;
    const hidden = (message.flags ?? 0) & FLAG.SUPPRESS_EMBEDS;
    this.node.classList.toggle("ephemeral", isEphemeral(message));
    this.node.classList.toggle("mentions-me", this.mentionsMe());
    this.once("context", [message.referenced_message, message.interaction_metadata, message.type], () => this.drawContext());
    this.once("head", [message.author, message.timestamp], () => this.drawHead());
    this.once("content", [message.content, message.edited_timestamp, isThinking(message)], () => this.drawContent());
    const shown = shownInEmbeds(message);
    this.files.update((message.attachments ?? []).filter((file) => hidden || !shown.has(file.id)));
    const pictures = (message.attachments ?? []).map((file) => unsigned(file.url));
    this.once("embeds", [message.embeds, pictures, hidden], () =>
      fill(this.embeds, hidden ? [] : embeds(message, names)));
    this.once("components", message.components, () => this.drawComponents());
    this.once("foot", [isEphemeral(message), message.edited_timestamp, !message.content], () => this.drawFoot());
  }

  mentionsMe() {
    const me = this.app.store.me?.id;
    return (this.message.mentions ?? []).some((user) => user.id === me);
  }

  drawHead() {
    const { author, timestamp } = this.message;
    const known = this.app.store.users.get(author.id) ?? author;
    fill(this.face, avatar(known), el("time", { class: "face-time", datetime: timestamp, "aria-hidden": "true" }, clockTime(timestamp)));
    fill(this.head,
      el("span", { class: "author", vars: { "--name": colorOf(known) } }, nameOf(known)),
      known.bot && el("span", { class: "tag" }, "BOT"),
      el("time", { class: "when", datetime: timestamp, title: longTime(timestamp) }, shortTime(timestamp)));
  }

  drawContent() {
    const { message } = this;
    if (isThinking(message) && !message.content) {
      fill(this.content, el("span", { class: "thinking" }, el("i", { class: "dots" }, el("b"), el("b"), el("b")),
        `${nameOf(message.author)} is thinking…`));
    } else fill(this.content, message.content ? [markdown(message.content, this.app.names), this.edited()] : []);
    this.content.hidden = !this.content.childNodes.length;
  }

  edited() {
    const at = this.message.edited_timestamp;
    return at && el("span", { class: "edited", title: longTime(at) }, "(edited)");
  }

  drawContext() {
    const { message } = this;
    if (message.type === 19 || message.referenced_message) fill(this.context, this.quote());
    else if (message.interaction_metadata?.user) fill(this.context, this.invocation());
    else fill(this.context);
    this.node.classList.toggle("with-context", this.context.hasChildNodes());
  }

  quote() {
    const quoted = this.message.referenced_message;
    if (!quoted) return el("span", { class: "quote gone" }, icon("reply"), "The message this answers is gone.");
    const words = plainText(quoted.content ?? "", this.app.names).slice(0, 200)
      || quoted.embeds?.[0]?.title || quoted.embeds?.[0]?.description?.slice(0, 120) || "Click to see the message";
    return el("button", {
      type: "button", class: "quote", on: { click: () => this.app.guard(this.app.messages.jumpTo(quoted.id)) },
    }, avatar(this.app.store.users.get(quoted.author.id) ?? quoted.author),
    el("b", {}, nameOf(quoted.author)), el("span", { class: "quote-text" }, words));
  }

  invocation() {
    let meta = this.message.interaction_metadata;
    // A form was opened by something, and that is what people remember.
    while (meta.triggering_interaction_metadata) meta = meta.triggering_interaction_metadata;
    const user = this.app.store.users.get(meta.user.id) ?? meta.user;
    const name = meta.name ?? /** @type {any} */ (this.message).interaction?.name;
    const isSlash = (meta.command_type ?? 1) === 1;
    return el("span", { class: "quote" }, avatar(user), el("b", {}, nameOf(user)), " used ",
      el("span", { class: "mention" }, name ? `${isSlash ? "/" : ""}${name}` : "a button"));
  }

  drawComponents() {
    // New buttons have not failed anybody yet.
    this.problem(null);
    const focused = document.activeElement?.getAttribute("data-custom-id");
    const hadFocus = focused && this.parts.contains(document.activeElement);
    fill(this.parts, components(this.app, this.message));
    if (!hadFocus) return;
    const same = [...this.parts.querySelectorAll("[data-custom-id]")]
      .find((node) => node.getAttribute("data-custom-id") === focused);
    if (same instanceof HTMLElement) same.focus({ preventScroll: true });
    else this.node.focus({ preventScroll: true });
  }

  drawFoot() {
    // A card without words of its own carries the mark below.
    fill(this.foot, !this.message.content && this.edited(), isEphemeral(this.message) && el("span", { class: "only-you" }, icon("eye"),
      "Only you can see this · ",
      el("button", {
        type: "button", class: "text-button", on: { click: () => this.app.store.dismiss(this.message.id) },
      }, "Dismiss message")));
  }

  /** @param {string | null} sentence */
  problem(sentence) {
    this.trouble.hidden = !sentence;
    this.trouble.textContent = sentence ?? "";
  }
}
