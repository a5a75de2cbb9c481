/**
 * Discord's markdown, as DOM nodes. Rules are tried in order at each position; what no rule takes
 * is text. Nothing is ever parsed as HTML. Discord docs, Reference, Message Formatting.
 */

import { el, webAddress } from "./dom.js";
import { timestamp } from "./time.js";
import { nameOf, roleName } from "./types.js";

/**
 * @typedef {{user: (id: string) => import("./types.js").User | undefined,
 *   channel: (id: string) => import("./types.js").Channel | undefined,
 *   role?: (id: string) => import("./types.js").Role | undefined,
 *   onCommand?: (name: string) => void, onChannel?: (id: string) => void,
 *   onMessage?: (channelId: string, messageId: string) => void}} Names
 */

const DEEPEST = 12;

const MESSAGE_LINK = /^https:\/\/(?:(?:ptb|canary)\.)?discord(?:app)?\.com\/channels\/(?:\d+|@me)\/(\d+)\/(\d+)\/?$/;

/** A link to a message goes there on this page, for discord.com knows nothing of it. @param {string} address @param {any} label @param {Names} names */
function messageLink(address, label, names) {
  const [, channelId, messageId] = MESSAGE_LINK.exec(address) ?? [];
  const channel = channelId ? names.channel(channelId) : undefined;
  if (!channel) return null;
  return el("a", {
    href: address, on: {
      click: (/** @type {Event} */ event) => {
        event.preventDefault();
        names.onMessage?.(channelId, messageId);
      },
    },
  }, label === address ? `#${channel.name} › message` : label);
}

/** @param {string} address @param {any} label @param {Names} names @param {string} [title] */
function anchor(address, label, names, title) {
  const inside = messageLink(address, label, names);
  if (inside) return [inside];
  const href = webAddress(address);
  if (!href) return [label].flat();
  return [el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", title }, label)];
}

function spoiler(children) {
  const node = el("span", {
    class: "spoiler",
    role: "button",
    tabindex: "0",
    "aria-label": "Spoiler, press to show",
    "aria-expanded": "false",
  }, el("span", { class: "spoiler-text" }, children));
  const reveal = () => {
    node.classList.add("shown");
    node.setAttribute("aria-expanded", "true");
    node.removeAttribute("aria-label");
  };
  node.addEventListener("click", (event) => {
    if (!node.classList.contains("shown")) event.preventDefault();
    reveal();
  });
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      reveal();
    }
  });
  return node;
}

/** @param {Names} names @param {string} id */
function userMention(names, id) {
  const user = names.user(id);
  return el("span", { class: "mention", "data-user": id }, `@${user ? nameOf(user) : "unknown-user"}`);
}

/** @param {Names} names @param {string} id */
function roleMention(names, id) {
  const role = names.role?.(id);
  return el("span", { class: "mention" }, role ? roleName(role) : "@unknown-role");
}

/** @param {Names} names @param {string} id */
function channelMention(names, id) {
  const channel = names.channel(id);
  if (!channel) return el("span", { class: "mention" }, "#unknown");
  return el("button", {
    class: "mention", type: "button", on: { click: () => names.onChannel?.(id) },
  }, `#${channel.name}`);
}

/** @param {Names} names @param {string} name */
function commandMention(names, name) {
  return el("button", {
    class: "mention", type: "button", on: { click: () => names.onCommand?.(name) },
  }, `/${name}`);
}

/**
 * @typedef {(match: RegExpExecArray, deeper: (text: string) => Node[], names: Names) =>
 *   (Node | string)[] | Node} Make
 * @type {[RegExp, Make][]}
 */
const INLINE = [
  [/\\([^A-Za-z0-9\s])/y, (m) => [m[1]]],
  [/(`+)([^`]|[^`][^]*?[^`])\1(?!`)/y, (m) => el("code", { class: "code" }, m[2].replace(/^ (.*) $/s, "$1"))],
  [/<t:(-?\d{1,13})(?::([tTdDfFRsS]))?>/y, (m) => [timestamp(Number(m[1]), m[2] ?? "f")]],
  [/<@!?(\d{1,20})>/y, (m, _, names) => userMention(names, m[1])],
  [/<@&(\d{1,20})>/y, (m, _, names) => roleMention(names, m[1])],
  [/<#(\d{1,20})>/y, (m, _, names) => channelMention(names, m[1])],
  [/<\/([^:<>\n]{1,100}):(\d{1,20})>/y, (m, _, names) => commandMention(names, m[1])],
  [/<a?(:\w{2,32}:)\d{1,20}>/y, (m) => el("span", { class: "custom-emoji" }, m[1])],
  [/@(everyone|here)\b/y, (m) => el("span", { class: "mention" }, m[0])],
  [/\[((?:\\.|[^\[\]\\]|\[[^\]]*\])+)\]\(<?(https?:\/\/[^\s<>]*?)>?(?:\s+"([^"]*)")?\)/y,
    (m, deeper, names) => anchor(m[2], deeper(m[1]), names, m[3])],
  [/<(https?:\/\/[^\s<>]+)>/y, (m, _, names) => anchor(m[1], m[1], names)],
  [/https?:\/\/[^\s<>]+[^\s<>.,:;"'\])*_~|`]/y, (m, _, names) => anchor(m[0], m[0], names)],
  [/\|\|([^]+?)\|\|/y, (m, deeper) => spoiler(deeper(m[1]))],
  [/\*\*\*((?:\\.|[^\\])+?)\*\*\*(?!\*)/ys, (m, deeper) => el("em", {}, el("strong", {}, deeper(m[1])))],
  [/\*\*((?:\\.|[^\\])+?)\*\*(?!\*)/ys, (m, deeper) => el("strong", {}, deeper(m[1]))],
  [/__((?:\\.|[^\\])+?)__(?!_)/ys, (m, deeper) => el("u", {}, deeper(m[1]))],
  [/~~((?:\\.|[^\\])+?)~~(?!~)/ys, (m, deeper) => el("s", {}, deeper(m[1]))],
  [/\*(?=\S)((?:\*\*|\\.|[^*\\])+?)(?<=\S)\*(?!\*)/ys, (m, deeper) => el("em", {}, deeper(m[1]))],
  [/(?<![A-Za-z0-9])_((?:__|\\.|[^_\\])+?)_(?![A-Za-z0-9_])/ys, (m, deeper) => el("em", {}, deeper(m[1]))],
  [/\n/y, () => el("br")],
];

// Letters and spaces open no rule, so they are taken in one bite.
const PLAIN = /[^\\`<@\[h|*_~\n]+|h(?!ttps?:)/y;

/**
 * @param {string} text
 * @param {Names} names
 * @param {number} depth
 * @returns {Node[]}
 */
function inline(text, names, depth = 0) {
  if (depth > DEEPEST) return [document.createTextNode(text)];
  /** @type {Node[]} */ const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(document.createTextNode(plain));
    plain = "";
  };
  const deeper = (/** @type {string} */ inner) => inline(inner, names, depth + 1);
  for (let at = 0; at < text.length; ) {
    PLAIN.lastIndex = at;
    const bite = PLAIN.exec(text);
    if (bite) {
      plain += bite[0];
      at = PLAIN.lastIndex;
      continue;
    }
    const step = ruleAt(text, at);
    if (!step) {
      plain += text[at];
      at += 1;
      continue;
    }
    const [match, make] = step;
    for (const made of [make(match, deeper, names)].flat()) {
      if (typeof made === "string") plain += made;
      else {
        flush();
        nodes.push(made);
      }
    }
    at += match[0].length;
  }
  flush();
  return nodes;
}

/** @param {string} text @param {number} at @returns {[RegExpExecArray, Make] | null} */
function ruleAt(text, at) {
  for (const [rule, make] of INLINE) {
    rule.lastIndex = at;
    const match = rule.exec(text);
    if (match) return [match, make];
  }
  return null;
}

/** @param {string} code @param {string} language */
function codeBlock(code, language) {
  return el("pre", { class: "code-block", tabindex: "0", "aria-label": language ? `Code, ${language}` : "Code" },
    el("code", {}, code));
}

const FENCE = /```(?:([\w+#.-]*)\n)?\n*([^]+?)\n*```/;

/**
 * Split a text at its code blocks, so that no other rule looks inside them.
 * @param {string} text
 * @returns {({code: string, language: string} | string)[]}
 */
function atFences(text) {
  const match = FENCE.exec(text);
  if (!match) return text ? [text] : [];
  const before = text.slice(0, match.index);
  const after = text.slice(match.index + match[0].length).replace(/^\n/, "");
  const block = { code: match[2], language: match[1] ?? "" };
  return [...(before ? [before.replace(/\n$/, "")] : []), block, ...atFences(after)];
}

/** @param {string} line */
function kindOf(line) {
  if (/^>>> /.test(line)) return "rest";
  if (/^> /.test(line) || line === ">") return "quote";
  if (/^#{1,3} \S/.test(line)) return "heading";
  if (/^-# \S/.test(line)) return "small";
  if (/^ *[-*] \S/.test(line)) return "bullets";
  if (/^ *\d{1,9}\. \S/.test(line)) return "numbers";
  return "text";
}

/** @param {string[]} lines @param {Names} names @param {boolean} ordered */
function list(lines, names, ordered) {
  const items = lines.map((line) => {
    const [, indent, body] = /^( *)(?:[-*]|\d+\.) (.*)$/s.exec(line) ?? ["", "", "", line];
    return el("li", { class: indent.length >= 2 ? "deeper" : null }, inline(body, names));
  });
  const start = ordered ? /\d+/.exec(lines[0])?.[0] : null;
  return el(ordered ? "ol" : "ul", { start }, items);
}

/** @type {Record<string, (lines: string[], names: Names, depth: number) => Node[]>} */
const BLOCKS = {
  rest: (lines, names, depth) => [
    el("blockquote", {}, blocks([lines[0].slice(4), ...lines.slice(1)].join("\n"), names, depth + 1)),
  ],
  quote: (lines, names, depth) => [
    el("blockquote", {}, blocks(lines.map((line) => line.replace(/^> ?/, "")).join("\n"), names, depth + 1)),
  ],
  heading: (lines, names) => lines.map((line) => {
    const [, marks, title] = /** @type {RegExpExecArray} */ (/^(#{1,3}) (.*)$/.exec(line));
    return el("div", { class: `heading heading-${marks.length}`, role: "heading", "aria-level": marks.length + 2 },
      inline(title, names));
  }),
  small: (lines, names) => lines.map((line) => el("small", { class: "subtext" }, inline(line.slice(3), names))),
  bullets: (lines, names) => [list(lines, names, false)],
  numbers: (lines, names) => [list(lines, names, true)],
  text: (lines, names) => inline(lines.join("\n"), names),
};

/** @param {string} text @param {Names} names @param {number} depth @returns {Node[]} */
function blocks(text, names, depth) {
  if (depth > 3) return inline(text, names);
  /** @type {Node[]} */ const nodes = [];
  for (const piece of atFences(text)) {
    if (typeof piece !== "string") nodes.push(codeBlock(piece.code, piece.language));
    else nodes.push(...lineBlocks(piece.split("\n"), names, depth));
  }
  return nodes;
}

/** @param {string[]} lines @param {Names} names @param {number} depth */
function lineBlocks(lines, names, depth) {
  /** @type {Node[]} */ const nodes = [];
  for (let at = 0; at < lines.length; ) {
    const kind = kindOf(lines[at]);
    let end = at + 1;
    if (kind === "rest") end = lines.length;
    else while (end < lines.length && kindOf(lines[end]) === kind) end += 1;
    nodes.push(...BLOCKS[kind](lines.slice(at, end), names, depth));
    at = end;
  }
  return nodes;
}

/**
 * Render a message's text.
 * @param {string} text
 * @param {Names} names
 * @returns {Node[]}
 */
export function markdown(text, names) {
  return blocks(text, names, 0);
}

/** Render one line: titles, labels, quoted replies. @param {string} text @param {Names} names */
export function inlineMarkdown(text, names) {
  return inline(text, names);
}

/** Give the bare words, for a one-line quote. @param {string} text @param {Names} names */
export function plainText(text, names) {
  return inline(text.replace(/\n+/g, " "), names).map((node) => node.textContent).join("");
}
