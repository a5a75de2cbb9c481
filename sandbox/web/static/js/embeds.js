/** Embeds, and the attachments that are shown inside them. */

import { colorText } from "./components.js";
import { el, webAddress } from "./dom.js";
import { inlineMarkdown, markdown } from "./markdown.js";
import { shortTime } from "./time.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Attachment} Attachment */

/** @param {string} address */
function pathOf(address) {
  return address.split(/[?#]/)[0];
}

/** The attachment an address means, by name or by its signed address. @param {Message} message @param {string | undefined} address */
function attachmentAt(message, address) {
  if (!address) return undefined;
  const files = message.attachments ?? [];
  if (address.startsWith("attachment://")) {
    const name = address.slice("attachment://".length);
    return files.find((file) => file.filename === name);
  }
  return files.find((file) => pathOf(file.url) === pathOf(address));
}

/**
 * Ids of the attachments that embeds already show.
 * @param {Message} message
 * @returns {Set<string>}
 */
export function shownInEmbeds(message) {
  const places = (message.embeds ?? []).flatMap((embed) => [embed.image?.url, embed.thumbnail?.url]);
  const files = places.map((place) => attachmentAt(message, place));
  return new Set(files.flatMap((file) => (file ? [file.id] : [])));
}

/** @param {Message} message @param {{url: string} | undefined} media @param {string} kind */
function picture(message, media, kind) {
  if (!media) return null;
  const file = attachmentAt(message, media.url);
  const src = webAddress(file?.url ?? media.url);
  if (!src) return null;
  return el("a", { class: `embed-${kind}`, href: src, target: "_blank", rel: "noopener noreferrer", "aria-label": "Open the picture" },
    el("img", { src, alt: file?.description ?? "", width: file?.width, height: file?.height, loading: "lazy" }));
}

/** Inline fields stand three to a row, others alone. @param {any} embed @param {any} names */
function fields(embed, names) {
  const all = /** @type {import("./types.js").EmbedField[]} */ (embed.fields ?? []);
  if (!all.length) return null;
  const perRow = embed.thumbnail ? 2 : 3;
  return el("div", { class: `embed-fields per-${perRow}` }, all.map((field) =>
    el("div", { class: field.inline ? "embed-field inline" : "embed-field" },
      el("div", { class: "embed-field-name" }, inlineMarkdown(field.name, names)),
      el("div", { class: "embed-field-value" }, markdown(field.value, names)))));
}

/** @param {string} text @param {string | undefined} url @param {any} names */
function titled(text, url, names) {
  const href = webAddress(url);
  const words = inlineMarkdown(text, names);
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, words) : words;
}

/** @param {import("./types.js").Embed} embed */
function footer(embed) {
  const parts = [embed.footer?.text, embed.timestamp && shortTime(embed.timestamp)].filter(Boolean);
  return parts.length ? el("div", { class: "embed-footer" }, parts.join("  •  ")) : null;
}

/** @param {Message} message @param {import("./types.js").Embed} embed @param {any} names */
function embedNode(message, embed, names) {
  const author = embed.author;
  return el(
    "article",
    { class: "embed", vars: typeof embed.color === "number" ? { "--accent": colorText(embed.color) } : {} },
    el("div", { class: "embed-text" },
      author && el("div", { class: "embed-author" }, titled(author.name, author.url, names)),
      embed.title && el("div", { class: "embed-title" }, titled(embed.title, embed.url, names)),
      embed.description && el("div", { class: "embed-description" }, markdown(embed.description, names)),
      fields(embed, names)),
    picture(message, embed.thumbnail, "thumbnail"),
    picture(message, embed.image, "image"),
    footer(embed),
  );
}

/** @param {Message} message @param {any} names @returns {Node[]} */
export function embeds(message, names) {
  return (message.embeds ?? []).map((embed) => embedNode(message, embed, names));
}
