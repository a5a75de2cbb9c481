/** Buttons, select menus, and the newer layout parts of a message. */

import { Dropdown } from "./dropdown.js";
import { el, webAddress } from "./dom.js";
import { icon } from "./icons.js";
import { sentence } from "./interactions.js";
import { markdown } from "./markdown.js";
import { nameOf, PART, roleName } from "./types.js";

/** @typedef {import("./types.js").Component} Component */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./main.js").App} App */

const STYLES = ["", "primary", "secondary", "success", "danger", "link", "primary"];

/** @param {{name?: string, id?: string | null} | undefined} emoji */
function emojiNode(emoji) {
  if (!emoji?.name) return null;
  return el("span", { class: "emoji", "aria-hidden": "true" }, emoji.id ? `:${emoji.name}:` : emoji.name);
}

/**
 * @param {App} app
 * @param {Message} message
 * @param {Component} part
 * @param {string[] | undefined} values
 * @param {HTMLElement} node what shows that it is on its way
 */
async function press(app, message, part, values, node) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");
  app.messages.problem(message.id, null);
  try {
    await app.interactions.press(message, part, values);
  } catch (problem) {
    const said = sentence(problem);
    const shown = said === "The application did not respond" ? "This interaction failed: the bot did not answer." : said;
    app.messages.problem(message.id, shown);
  } finally {
    node.removeAttribute("aria-busy");
  }
}

/** @param {App} app @param {Message} message @param {Component} part */
function button(app, message, part) {
  const inside = [emojiNode(part.emoji), part.label && el("span", { class: "button-label" }, part.label)];
  const label = part.label ? null : part.emoji?.name ?? "Button";
  const href = part.style === 5 ? webAddress(part.url) : null;
  if (href && !part.disabled) {
    return el("a", { class: "button link", href, target: "_blank", rel: "noopener noreferrer", "aria-label": label },
      inside, icon("arrow"));
  }
  const node = el("button", {
    type: "button", class: `button ${STYLES[part.style ?? 2] ?? "secondary"}`, disabled: part.disabled,
    "aria-label": label, "data-custom-id": part.custom_id,
  }, inside);
  node.addEventListener("click", () => press(app, message, part, undefined, node));
  return node;
}

/**
 * The items of a select of any kind.
 * @param {import("./store.js").Store} store
 * @param {Component} part
 * @returns {import("./dropdown.js").Item[]}
 */
export function itemsOf(store, part) {
  const preset = new Set((part.default_values ?? []).map((value) => value.id));
  const users = () => [...store.users.values()].map((user) => ({
    label: nameOf(user), value: user.id, description: user.username, default: preset.has(user.id),
  }));
  const roles = () => store.roles.map((role) => ({
    label: roleName(role), value: role.id, description: "role", default: preset.has(role.id),
  }));
  switch (part.type) {
    case PART.USER_SELECT:
      return users();
    case PART.ROLE_SELECT:
      return roles();
    case PART.MENTIONABLE_SELECT:
      return [...users(), ...roles()];
    case PART.CHANNEL_SELECT:
      return (store.guild?.channels ?? [])
        .filter((channel) => !part.channel_types?.length || part.channel_types.includes(channel.type))
        .map((channel) => ({ label: `#${channel.name}`, value: channel.id, default: preset.has(channel.id) }));
    case PART.STRING_SELECT:
      return part.options ?? [];
    default:
      return [];
  }
}

/** @param {App} app @param {Message} message @param {Component} part */
function select(app, message, part) {
  const dropdown = new Dropdown({
    items: itemsOf(app.store, part), min: part.min_values ?? 1, max: part.max_values ?? 1,
    placeholder: part.placeholder ?? "Make a selection", label: part.placeholder ?? "Menu",
    disabled: part.disabled, testid: `select-${part.custom_id}`,
    onCommit: (values) => press(app, message, part, values, dropdown.button),
  });
  return dropdown.node;
}

/** @param {App} app @param {Message} message @param {{url: string}} media */
function picture(app, message, media) {
  const name = media.url.replace(/^attachment:\/\//, "");
  const file = (message.attachments ?? []).find((one) => one.filename === name);
  const src = webAddress(file?.url ?? media.url);
  return src && el("img", { class: "part-image", src, alt: file?.description ?? "", loading: "lazy" });
}

/** @type {Record<number, (app: App, message: Message, part: Component) => any>} */
const PARTS = {
  [PART.ROW]: (app, message, part) =>
    el("div", { class: "row" }, (part.components ?? []).map((inner) => component(app, message, inner))),
  [PART.BUTTON]: button,
  [PART.STRING_SELECT]: select,
  [PART.USER_SELECT]: select,
  [PART.ROLE_SELECT]: select,
  [PART.MENTIONABLE_SELECT]: select,
  [PART.CHANNEL_SELECT]: select,
  [PART.TEXT]: (app, _, part) => el("div", { class: "content" }, markdown(part.content ?? "", app.names)),
  [PART.SECTION]: (app, message, part) =>
    el("div", { class: "section" },
      el("div", { class: "section-text" }, (part.components ?? []).map((inner) => component(app, message, inner))),
      part.accessory && component(app, message, part.accessory)),
  [PART.THUMBNAIL]: (app, message, part) => part.media && picture(app, message, part.media),
  [PART.GALLERY]: (app, message, part) =>
    el("div", { class: "gallery" }, (part.items ?? []).map((item) => picture(app, message, item.media))),
  [PART.FILE]: (app, message, part) => {
    const name = (part.file?.url ?? "").replace(/^attachment:\/\//, "");
    const file = (message.attachments ?? []).find((one) => one.filename === name);
    return file && app.files.card(file);
  },
  [PART.SEPARATOR]: () => el("hr", { class: "separator" }),
  [PART.CONTAINER]: (app, message, part) =>
    el("div", {
      class: "container",
      vars: typeof part.accent_color === "number" ? { "--accent": colorText(part.accent_color) } : {},
    }, (part.components ?? []).map((inner) => component(app, message, inner))),
};

/** @param {number} color */
export function colorText(color) {
  return `#${(color & 0xffffff).toString(16).padStart(6, "0")}`;
}

/** @param {App} app @param {Message} message @param {Component} part */
function component(app, message, part) {
  return PARTS[part.type]?.(app, message, part) ?? null;
}

/** @param {App} app @param {Message} message @returns {Node[]} */
export function components(app, message) {
  return (message.components ?? []).map((part) => component(app, message, part)).filter(Boolean);
}
