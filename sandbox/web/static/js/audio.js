/** A player over <audio>: play, seek, time, volume, download, all by keyboard too. */

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { duration, fileSize } from "./time.js";

const VOLUME = "minstrel.volume";
const SEEK_SECONDS = 5;
/** @type {Set<HTMLAudioElement>} */
const players = new Set();

function storedVolume() {
  const volume = Number(localStorage.getItem(VOLUME) ?? "0.9");
  return volume >= 0 && volume <= 1 ? volume : 0.9;
}

/** @param {HTMLAudioElement} audio */
function pauseOthers(audio) {
  for (const other of players) {
    if (other !== audio && !other.paused) other.pause();
    if (!other.isConnected && other !== audio) players.delete(other);
  }
}

/** @param {HTMLAudioElement} audio @param {number | undefined} announced seconds, if the file said */
function lengthOf(audio, announced) {
  return Number.isFinite(audio.duration) ? audio.duration : announced ?? NaN;
}

/** @param {HTMLAudioElement} audio */
function playButton(audio) {
  const button = el("button", { type: "button", class: "player-play", "aria-label": "Play" }, icon("play"));
  const show = () => {
    fill(button, icon(audio.paused ? "play" : "pause"));
    button.setAttribute("aria-label", audio.paused ? "Play" : "Pause");
  };
  button.addEventListener("click", () => {
    if (!audio.paused) audio.pause();
    // A refusal shows as the player's error line, through the element's own error event.
    else audio.play().catch(() => show());
  });
  for (const type of ["play", "pause", "ended"]) audio.addEventListener(type, show);
  return button;
}

/** @param {HTMLAudioElement} audio @param {number | undefined} announced */
function seekBar(audio, announced) {
  const bar = el("input", {
    type: "range", class: "player-seek", min: "0", max: "1000", step: "1", value: "0",
    "aria-label": "Position",
  });
  let held = false;
  const show = () => {
    const length = lengthOf(audio, announced);
    const share = length > 0 ? audio.currentTime / length : 0;
    if (!held) bar.value = String(Math.round(share * 1000));
    bar.style.setProperty("--done", `${Math.min(100, Number(bar.value) / 10)}%`);
    bar.setAttribute("aria-valuetext", `${duration(audio.currentTime)} of ${duration(length)}`);
  };
  bar.addEventListener("input", () => {
    const length = lengthOf(audio, announced);
    if (length > 0) audio.currentTime = (Number(bar.value) / 1000) * length;
    show();
  });
  bar.addEventListener("pointerdown", () => (held = true));
  for (const type of ["pointerup", "pointercancel", "blur"]) bar.addEventListener(type, () => (held = false));
  for (const type of ["timeupdate", "seeked", "loadedmetadata", "durationchange"]) audio.addEventListener(type, show);
  return bar;
}

/** @param {HTMLAudioElement} audio @param {number | undefined} announced */
function clock(audio, announced) {
  const node = el("span", { class: "player-time" }, `0:00 / ${duration(announced ?? NaN)}`);
  const show = () => {
    node.textContent = `${duration(audio.currentTime)} / ${duration(lengthOf(audio, announced))}`;
  };
  for (const type of ["timeupdate", "seeked", "loadedmetadata", "durationchange"]) audio.addEventListener(type, show);
  return node;
}

/** @param {HTMLAudioElement} audio */
function volume(audio) {
  audio.volume = storedVolume();
  const mute = el("button", { type: "button", class: "player-small", "aria-label": "Mute" }, icon("volume"));
  const bar = el("input", {
    type: "range", class: "player-volume", min: "0", max: "100", value: String(audio.volume * 100),
    "aria-label": "Volume",
  });
  const show = () => {
    const silent = audio.muted || audio.volume === 0;
    fill(mute, icon(silent ? "muted" : "volume"));
    mute.setAttribute("aria-label", silent ? "Unmute" : "Mute");
    bar.style.setProperty("--done", `${silent ? 0 : audio.volume * 100}%`);
  };
  mute.addEventListener("click", () => (audio.muted = !audio.muted));
  bar.addEventListener("input", () => {
    audio.muted = false;
    audio.volume = Number(bar.value) / 100;
    localStorage.setItem(VOLUME, String(audio.volume));
  });
  audio.addEventListener("volumechange", show);
  show();
  return el("span", { class: "player-loudness" }, mute, bar);
}

/** @param {HTMLAudioElement} audio @param {HTMLElement} node */
function keys(audio, node) {
  node.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.tagName === "INPUT") return;
    if (event.key === "ArrowLeft") audio.currentTime = Math.max(0, audio.currentTime - SEEK_SECONDS);
    else if (event.key === "ArrowRight") audio.currentTime += SEEK_SECONDS;
    else if (event.key === "m") audio.muted = !audio.muted;
    else if (event.key === " " && target === node) audio.paused ? audio.play() : audio.pause();
    else return;
    event.preventDefault();
  });
}

/**
 * @param {import("./types.js").Attachment} file
 * @returns {{node: HTMLElement, update: (file: import("./types.js").Attachment) => void}}
 */
export function player(file) {
  const audio = el("audio", { preload: "metadata", src: file.url, testid: `audio-${file.id}` });
  players.add(audio);
  const save = el("a", {
    class: "player-small", href: file.url, download: file.filename, "aria-label": `Download ${file.filename}`,
    title: "Download", target: "_blank", rel: "noopener",
  }, icon("download"));
  const trouble = el("p", { class: "player-error", role: "alert", hidden: true });
  const node = el(
    "div",
    { class: "player", role: "group", "aria-label": `Audio: ${file.filename}`, tabindex: "0" },
    audio,
    el("div", { class: "player-head" },
      el("span", { class: "player-name", title: file.filename }, file.title ?? file.filename),
      el("span", { class: "player-size" }, fileSize(file.size)), save),
    el("div", { class: "player-row" },
      playButton(audio), clock(audio, file.duration_secs), seekBar(audio, file.duration_secs), volume(audio)),
    trouble,
  );
  audio.addEventListener("play", () => { pauseOthers(audio); node.classList.add("playing"); });
  for (const type of ["pause", "ended"]) audio.addEventListener(type, () => node.classList.remove("playing"));
  audio.addEventListener("error", () => {
    trouble.hidden = false;
    trouble.textContent = "This file cannot be played here. Download it, or reload the page to get a fresh link.";
  });
  audio.addEventListener("loadedmetadata", () => (trouble.hidden = true));
  keys(audio, node);
  const update = (/** @type {import("./types.js").Attachment} */ fresh) => {
    save.href = fresh.url;
    // A new signature on the same file is no reason to stop the music.
    if (audio.error) audio.src = fresh.url;
  };
  return { node, update };
}
