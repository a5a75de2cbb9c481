/** A form the bot asked to be filled in. */

import { avatar } from "./avatar.js";
import { byId, el, fill, freshId } from "./dom.js";
import { fieldFor } from "./fields.js";
import { icon } from "./icons.js";
import { sentence } from "./interactions.js";
import { markdown } from "./markdown.js";
import { PART } from "./types.js";

/** @typedef {import("./types.js").Component} Component */
/** @typedef {{part: Component, field: import("./fields.js").Field, trouble: HTMLElement}} Row */

export class ModalForm {
  /** @param {import("./main.js").App} app */
  constructor(app) {
    this.app = app;
    this.dialog = byId("modal");
    /** @type {Row[]} */ this.rows = [];
    /** @type {string | null} */ this.id = null;
    app.interactions.onForm = (event) => this.open(event);
    this.dialog.addEventListener("close", () => {
      this.id = null;
      fill(this.dialog);
      app.composer.focus();
    });
    // A slip of the mouse beside the form should not lose what was written.
    this.dialog.addEventListener("cancel", (/** @type {Event} */ event) => this.isSending && event.preventDefault());
  }

  /** @param {{interaction_id: string, modal: {title: string, components: Component[]}}} event */
  open(event) {
    if (this.dialog.open) this.dialog.close();
    this.id = event.interaction_id;
    this.rows = [];
    this.isSending = false;
    this.trouble = el("p", { class: "form-problem", role: "alert", hidden: true });
    this.send = el("button", { type: "submit", class: "button primary", testid: "modal-submit" }, "Submit");
    const title = freshId("title");
    this.dialog.setAttribute("aria-labelledby", title);
    const form = el("form", { novalidate: true },
      el("header", { class: "modal-head" }, avatar(this.app.store.botUser),
        el("h2", { id: title }, event.modal.title),
        el("button", {
          type: "button", class: "icon-button", "aria-label": "Close the form", on: { click: () => this.dialog.close() },
        }, icon("close"))),
      el("div", { class: "modal-body" }, event.modal.components.map((part) => this.part(part))),
      this.trouble,
      el("footer", { class: "modal-foot" },
        el("button", { type: "button", class: "button plain", on: { click: () => this.dialog.close() } }, "Cancel"), this.send));
    form.addEventListener("submit", (/** @type {Event} */ submitted) => {
      submitted.preventDefault();
      this.submit();
    });
    fill(this.dialog, form);
    this.dialog.showModal();
    this.rows[0]?.field.focus();
  }

  /** @param {Component} part @returns {any} */
  part(part) {
    if (part.type === PART.TEXT) return el("div", { class: "content" }, markdown(part.content ?? "", this.app.names));
    if (part.type === PART.LABEL && part.component) return this.row(part.component, part.label ?? "", part.description);
    if (part.type === PART.ROW) return (part.components ?? []).map((inner) => this.row(inner, inner.label ?? "", inner.description));
    return this.row(part, part.label ?? "", part.description);
  }

  /** @param {Component} part @param {string} label @param {string | undefined} description */
  row(part, label, description) {
    const field = fieldFor(this.app.store, part, label);
    if (!field) return null;
    const trouble = el("p", { class: "field-problem", role: "alert", hidden: true });
    this.rows.push({ part, field, trouble });
    const isRequired = part.type !== PART.CHECKBOX && (part.required ?? true) && part.min_values !== 0;
    const heading = part.type === PART.CHECKBOX ? null
      : el("label", { class: "field-label", for: field.id || null }, label,
        isRequired && el("span", { class: "star", title: "required", "aria-hidden": "true" }, "*"));
    return el("div", { class: "field" }, heading,
      description && el("p", { class: "field-description" }, description), field.node, trouble);
  }

  /** Show what is wrong with each field; true when nothing is. */
  check() {
    const wrong = this.rows.filter(({ field, trouble }) => {
      const said = field.check();
      trouble.hidden = !said;
      trouble.textContent = said ?? "";
      return said;
    });
    wrong[0]?.field.focus();
    return !wrong.length;
  }

  async submit() {
    const { id } = this;
    if (!id || this.isSending || !this.check()) return;
    this.isSending = true;
    this.send.setAttribute("aria-busy", "true");
    this.trouble.hidden = true;
    const components = this.rows.map(({ part, field }) => ({ custom_id: part.custom_id, type: part.type, ...field.read() }));
    const files = this.rows.flatMap(({ field }) => field.files?.() ?? []);
    try {
      await this.app.interactions.perform(() => this.app.api.submitModal(id, components, files));
      if (this.id === id) this.dialog.close();
    } catch (problem) {
      this.trouble.hidden = false;
      this.trouble.textContent = `${sentence(problem)} What you wrote is still here.`;
    } finally {
      this.isSending = false;
      this.send.removeAttribute("aria-busy");
    }
  }
}
