/** Speaks with the sandbox: its client API, its control API, and the stream of events. */

/** An answer that is not a success; the message is a sentence for a person. */
export class Refused extends Error {
  /** @param {string} sentence @param {number} status */
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

/**
 * @param {any} payload
 * @param {[string, File][]} files with the name of their part; several may share one
 */
function bodyOf(payload, files) {
  if (!files.length) {
    return { body: JSON.stringify(payload), headers: { "Content-Type": "application/json" } };
  }
  const form = new FormData();
  form.append("payload_json", JSON.stringify(payload));
  for (const [name, file] of files) form.append(name, file, file.name);
  return { body: form };
}

/** @param {Response} response */
async function sentenceOf(response) {
  try {
    const body = await response.json();
    if (typeof body?.error === "string") return body.error;
    if (typeof body?.message === "string") return body.message;
  } catch {
    // Not JSON: the sentence below says all that can be said.
  }
  return `The sandbox could not do that (it answered ${response.status}). Try again.`;
}

export class Api {
  /** @param {string | null} actingAs id of the person to act as; null for the first member */
  constructor(actingAs) {
    this.actingAs = actingAs;
  }

  /** @param {string} path @param {Record<string, string|undefined>} [query] */
  address(path, query = {}) {
    const url = new URL(path, location.origin);
    if (this.actingAs) url.searchParams.set("as", this.actingAs);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(key, value);
    }
    return url;
  }

  /** @param {string} method @param {URL} url @param {RequestInit} [init] */
  async call(method, url, init = {}) {
    let response;
    try {
      response = await fetch(url, { ...init, method });
    } catch (problem) {
      if (init.signal?.aborted) throw problem;
      throw new Refused("The sandbox cannot be reached. Is it still running?", 0);
    }
    if (!response.ok) throw new Refused(await sentenceOf(response), response.status);
    if (response.status === 204) return null;
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  }

  /** @param {string} path @param {Record<string, string|undefined>} [query] */
  get(path, query) {
    return this.call("GET", this.address(path, query));
  }

  /** @param {string} path @param {any} payload @param {[string, File][]} [files] @param {AbortSignal} [signal] */
  post(path, payload, files = [], signal) {
    return this.call("POST", this.address(path), { ...bodyOf(payload, files), signal });
  }

  state() {
    return this.get("/client/state");
  }

  /** @param {string} channel @param {string} [before] */
  async messages(channel, before) {
    const answer = await this.get(`/client/channels/${channel}/messages`, { limit: "50", before });
    return /** @type {import("./types.js").Message[]} */ (answer.messages);
  }

  /** @param {string} channel */
  async commands(channel) {
    const answer = await this.get("/client/commands", { channel });
    return /** @type {import("./types.js").Command[]} */ (answer.commands);
  }

  /** @param {string} command @param {any} payload @param {[string, File][]} [files] */
  run(command, payload, files) {
    return this.post(`/client/commands/${command}`, payload, files);
  }

  /** @param {string} command @param {any} payload @param {AbortSignal} signal */
  async autocomplete(command, payload, signal) {
    const path = `/client/commands/${command}/autocomplete`;
    return (await this.post(path, payload, [], signal)).choices;
  }

  /** @param {any} payload */
  press(payload) {
    return this.post("/client/components", payload);
  }

  /** @param {string} interaction @param {any[]} components @param {[string, File][]} files */
  submitModal(interaction, components, files) {
    return this.post(`/client/modals/${interaction}`, { components }, files);
  }

  /** @param {string} channel @param {any} payload @param {File[]} files */
  send(channel, payload, files) {
    const parts = /** @type {[string, File][]} */ (files.map((file, index) => [`files[${index}]`, file]));
    return this.post(`/client/channels/${channel}/messages`, payload, parts);
  }

  /** @param {string} channel @param {string} message */
  remove(channel, message) {
    return this.call("DELETE", this.address(`/client/channels/${channel}/messages/${message}`));
  }

  /** @param {string} path */
  clear(path) {
    return this.call("DELETE", this.address(path));
  }
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

/** The stream of events. Opens itself again, more patiently each time, until closed. */
export class Events {
  /**
   * @param {Api} api
   * @param {(event: any) => void} onEvent
   * @param {(up: boolean) => void} onLink told when the stream opens or is lost
   */
  constructor(api, onEvent, onLink) {
    this.api = api;
    this.onEvent = onEvent;
    this.onLink = onLink;
    this.wait = FIRST_WAIT_MS;
    window.addEventListener("online", () => this.retryNow());
    this.open();
  }

  open() {
    const url = this.api.address("/client/events");
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.wait = FIRST_WAIT_MS;
      this.onLink(true);
    });
    socket.addEventListener("message", (frame) => this.onEvent(JSON.parse(frame.data)));
    socket.addEventListener("close", () => {
      this.onLink(false);
      this.timer = setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
    });
  }

  retryNow() {
    if (this.socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.timer);
    this.open();
  }
}
