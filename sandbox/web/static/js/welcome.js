/** What somebody sees who has never been here. */

import { el } from "./dom.js";
import { icon } from "./icons.js";

/** Things to try. A chip is shown only while the bot offers its command. */
const IDEAS = [
  { command: "music", text: "lo-fi rain on a tavern roof" },
  { command: "music", text: "cheerful lute and fiddle, dancing crowd" },
  { command: "music", text: "dreamy synthwave, night drive" },
  { command: "sfx", text: "heavy oak door creaks open" },
];

/** @param {import("./main.js").App} app */
function chips(app) {
  const { store } = app;
  const offered = new Set(store.commands.map((command) => command.name));
  return IDEAS.filter((idea) => offered.has(idea.command)).map(({ command, text }) =>
    el("button", {
      type: "button", class: "idea",
      on: { click: () => app.composer.begin(command, { prompt: text }) },
    }, el("span", { class: "idea-command" }, `/${command}`), text));
}

/** @param {import("./main.js").App} app @returns {any[]} */
export function welcome(app) {
  const { store } = app;
  const ideas = chips(app);
  return [
    el("img", { class: "welcome-art", src: "/assets/art/tavern.svg", alt: "", width: "260", height: "150" }),
    el("h2", {}, "Type ", el("kbd", { class: "big-key" }, "/"), " to make music"),
    el("p", {}, `This is the beginning of #${store.channel?.name ?? "the channel"}. `,
      `Ask ${store.botName} for a tune and it is played right here.`),
    ideas.length
      ? el("div", { class: "ideas", role: "group", "aria-label": "Things to try" },
        el("p", { class: "ideas-title" }, icon("spark"), "Pick one, then send it"), ideas)
      : el("p", { class: "welcome-wait", role: "status" },
        store.bot.online
          ? "The bot is here and is about to register its commands. They appear by themselves."
          : "The bot is not here yet. As soon as it starts, its commands appear by themselves."),
  ];
}
