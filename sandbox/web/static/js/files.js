/** Attachments of messages: players, pictures, cards to download. Also files on their way out. */

import { player } from "./audio.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { fileSize } from "./time.js";

/** @typedef {import("./types.js").Attachment} Attachment */
/** @typedef {{node: HTMLElement, update: (file: Attachment) => void}} View */

const AUDIO = /\.(mp3|ogg|oga|opus|wav|flac|m4a)$/i;
const IMAGE = /\.(png|jpe?g|gif|webp|avif|svg)$/i;

/** @param {Attachment} file */
export function isAudio(file) {
  return AUDIO.test(file.filename) || (file.content_type ?? "").startsWith("audio/");
}

/** @param {Attachment} file */
function isImage(file) {
  return IMAGE.test(file.filename) || (file.content_type ?? "").startsWith("image/");
}

/** @param {Attachment} file @returns {View} */
function image(file) {
  const link = el("a", { class: "file-image", href: file.url, target: "_blank", rel: "noopener" },
    el("img", {
      src: file.url, alt: file.description ?? file.filename, width: file.width, height: file.height, loading: "lazy",
    }));
  return { node: link, update: (fresh) => (link.href = fresh.url) };
}

/** @param {Attachment} file */
export function card(file) {
  return el("div", { class: "file-card" }, icon("file"),
    el("div", { class: "file-words" },
      el("a", { href: file.url, download: file.filename, target: "_blank", rel: "noopener" }, file.filename),
      el("small", {}, fileSize(file.size))),
    el("a", {
      class: "player-small", href: file.url, download: file.filename, target: "_blank", rel: "noopener",
      "aria-label": `Download ${file.filename}`, title: "Download",
    }, icon("download")));
}

/** @param {Attachment} file @returns {View} */
function cardView(file) {
  const node = el("div", {}, card(file));
  return { node, update: (fresh) => fill(node, card(fresh)) };
}

/** @param {Attachment} file @returns {View} */
function view(file) {
  if (isAudio(file)) return player(file);
  return isImage(file) ? image(file) : cardView(file);
}

/** The files of one message. Those that stay keep their node, so that music plays on. */
export class FileList {
  constructor() {
    this.node = el("div", { class: "files" });
    /** @type {Map<string, View>} */
    this.views = new Map();
  }

  /** @param {Attachment[]} files */
  update(files) {
    const ids = new Set(files.map((file) => file.id));
    for (const [id, gone] of this.views) {
      if (ids.has(id)) continue;
      gone.node.remove();
      this.views.delete(id);
    }
    files.forEach((file, index) => {
      const known = this.views.get(file.id);
      if (known) known.update(file);
      else this.views.set(file.id, view(file));
      const node = /** @type {View} */ (this.views.get(file.id)).node;
      // Moving a node would stop its audio, so only those out of place are touched.
      if (this.node.children[index] !== node) this.node.insertBefore(node, this.node.children[index] ?? null);
    });
    this.node.hidden = !files.length;
  }
}

/** Files chosen to be sent with a message. */
export class Tray {
  /** @param {HTMLElement} node @param {() => void} onChange */
  constructor(node, onChange) {
    this.node = node;
    this.onChange = onChange;
    /** @type {File[]} */
    this.files = [];
  }

  /** @param {Iterable<File>} files */
  add(files) {
    this.files.push(...files);
    this.show();
  }

  /** Give the files and forget them. */
  take() {
    const files = this.files;
    this.files = [];
    this.show();
    return files;
  }

  show() {
    this.node.hidden = !this.files.length;
    fill(this.node, this.files.map((file, index) =>
      el("div", { class: "tray-file" }, icon("file"),
        el("span", { class: "tray-name", title: file.name }, file.name),
        el("small", {}, fileSize(file.size)),
        el("button", {
          type: "button", class: "icon-button", "aria-label": `Remove ${file.name}`,
          on: { click: () => { this.files.splice(index, 1); this.show(); } },
        }, icon("close")))));
    this.onChange();
  }
}
