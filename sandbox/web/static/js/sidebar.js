/** The channels on the left, the people on the right, and who one is. */

import { avatar, colorOf } from "./avatar.js";
import { byId, copy, el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { nameOf } from "./types.js";

/** @typedef {import("./types.js").User} User */
/** @typedef {import("./main.js").App} App */

const USER_COMMAND = 2;

/** Go on as somebody else; the page starts over, as a browser of theirs would. @param {string} id */
function actAs(id) {
  const url = new URL(location.href);
  url.searchParams.set("as", id);
  location.assign(url);
}

export class Sidebar {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    const { store } = app;
    store.on("state", () => this.draw());
    store.on("bot", () => this.draw());
    store.on("channel", () => this.draw());
    this.drawer(byId("open-channels"), byId("channels"));
    this.drawer(byId("open-members"), byId("members"));
  }

  /** On narrow screens the two sides slide in. @param {HTMLElement} button @param {HTMLElement} side */
  drawer(button, side) {
    const set = (/** @type {boolean} */ isOpen) => {
      side.classList.toggle("open", isOpen);
      button.setAttribute("aria-expanded", String(isOpen));
    };
    button.addEventListener("click", () => {
      const opening = !side.classList.contains("open");
      set(opening);
      if (opening) side.querySelector("button")?.focus({ preventScroll: true });
    });
    side.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !side.classList.contains("open")) return;
      set(false);
      button.focus();
    });
    document.addEventListener("pointerdown", (event) => {
      const target = /** @type {Node} */ (event.target);
      if (!side.contains(target) && !button.contains(target)) set(false);
    });
    side.addEventListener("click", (event) => {
      if (/** @type {HTMLElement} */ (event.target).closest(".channel")) set(false);
    });
  }

  draw() {
    this.drawTop();
    this.drawChannels();
    this.drawMembers();
    this.drawMe();
  }

  drawTop() {
    const { store } = this.app;
    byId("channel-name").textContent = store.channel?.name ?? "…";
    document.title = `${store.channel ? `#${store.channel.name} · ` : ""}Minstrel's Tavern — sandbox`;
    const light = byId("bot-state");
    light.classList.toggle("on", store.bot.online);
    fill(light, el("i", { class: "light" }), `${store.botName} is ${store.bot.online ? "online" : "offline"}`);
  }

  drawChannels() {
    const { store } = this.app;
    fill(byId("channel-list"), store.guilds.map((guild) => [
      el("h2", { class: "side-heading" }, guild.name),
      el("ul", {}, guild.channels.map((channel) => el("li", {}, el("button", {
        type: "button", class: channel.id === store.channelId ? "channel here" : "channel",
        "aria-current": channel.id === store.channelId ? "page" : null, testid: `channel-${channel.name}`,
        on: { click: () => this.app.openChannel(channel.id) },
      }, icon("hash"), channel.name)))),
    ]));
  }

  drawMembers() {
    const { store } = this.app;
    const users = [...store.users.values()].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
    const group = (/** @type {string} */ title, /** @type {User[]} */ some) => some.length ? [
      el("h2", { class: "side-heading" }, `${title} — ${some.length}`),
      el("ul", {}, some.map((user) => el("li", {}, this.member(user)))),
    ] : [];
    fill(byId("member-list"), group("Bots", users.filter((user) => user.bot)), group("People", users.filter((user) => !user.bot)));
  }

  /** @param {User} user */
  member(user) {
    const { store } = this.app;
    const isOn = user.bot ? user.id === store.bot.user?.id && store.bot.online : true;
    const open = (/** @type {any} */ event) => {
      event.preventDefault();
      const box = event.currentTarget.getBoundingClientRect();
      openMenu({ x: box.left, y: box.bottom + 2 }, this.entries(user), nameOf(user));
    };
    return el("button", {
      type: "button", class: isOn ? "member" : "member away", testid: `member-${user.username}`, "aria-haspopup": "menu",
      on: { click: open, contextmenu: open },
    },
    el("span", { class: "member-face" }, avatar(user), el("i", { class: isOn ? "light on" : "light", title: isOn ? "Online" : "Offline" })),
    el("span", { class: "member-name", vars: { "--name": colorOf(user) } }, nameOf(user)),
    user.bot && el("span", { class: "tag" }, "BOT"),
    user.id === store.me?.id && el("span", { class: "you" }, "you"));
  }

  /** @param {User} user @returns {import("./menu.js").Entry[]} */
  entries(user) {
    const { store, interactions } = this.app;
    const apps = store.commands.filter((command) => command.type === USER_COMMAND);
    return [
      ...(user.bot || user.id === store.me?.id ? []
        : [{ label: `Act as ${nameOf(user)}`, icon: "people", run: () => actAs(user.id) }]),
      ...(apps.length ? [{ heading: "Apps" }, ...apps.map((command) => ({
        label: command.name, icon: "spark",
        run: () => interactions.command(command, command.name, { target_id: user.id }),
      })), /** @type {const} */ ("line")] : []),
      { label: "Copy user ID", icon: "copy", run: () => copy(user.id, "The ID is on the clipboard.") },
    ];
  }

  drawMe() {
    const { store } = this.app;
    if (!store.me) return;
    const people = [...store.users.values()].filter((user) => !user.bot);
    fill(byId("me"), el("button", {
      type: "button", class: "me", "aria-haspopup": "menu", testid: "act-as", title: "Act as somebody else",
      on: {
        click: (/** @type {any} */ event) => {
          const box = event.currentTarget.getBoundingClientRect();
          openMenu({ x: box.left, y: box.top - 56 - 38 * people.length }, [{ heading: "Act as" }, ...people.map((user) => ({
            label: nameOf(user), checked: user.id === store.me?.id, run: () => actAs(user.id),
          }))], "Act as");
        },
      },
    },
    el("span", { class: "member-face" }, avatar(store.me), el("i", { class: "light on" })),
    el("span", { class: "me-words" }, el("b", {}, nameOf(store.me)), el("small", {}, "Act as somebody else")), icon("chevron")));
  }
}
