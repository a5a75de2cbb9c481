/** Line drawings made for this page, on a grid of 24. */

import { svg } from "./dom.js";

const PATHS = {
  hash: "M9 4 7 20 M17 4l-2 16 M4 9h16 M3.5 15h16",
  play: "M8 5.5v13l11-6.5z",
  pause: "M8 5.5v13 M16 5.5v13",
  volume: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z M15.5 9a4.2 4.2 0 0 1 0 6 M18 6.5a8 8 0 0 1 0 11",
  muted: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z M16 9.5l5 5 M21 9.5l-5 5",
  download: "M12 4v11 M7.5 10.5 12 15l4.5-4.5 M5 19.5h14",
  file: "M7 3.5h7l4 4v13H7z M14 3.5v4h4",
  reply: "M9.5 6 4 11.5 9.5 17 M4 11.5h9a7 7 0 0 1 7 7",
  more: "M5.5 12h.01 M12 12h.01 M18.5 12h.01",
  close: "M6 6l12 12 M18 6 6 18",
  plus: "M12 5v14 M5 12h14",
  send: "M4.5 12 20 4.5 15.5 20l-3.7-6.3z M11.8 13.7 20 4.5",
  menu: "M4 6.5h16 M4 12h16 M4 17.5h16",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z M2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6 M16 4.5a3.5 3.5 0 0 1 0 6.5 M18 14.5c2.3.8 3.5 2.6 3.5 5.5",
  curtain: "M4 4h16 M5 4v16c3-1 5-6 5-16 M19 4v16c-3-1-5-6-5-16",
  chevron: "M7 10l5 5 5-5",
  check: "M5 12.5 10 17.5 19.5 7",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  trash: "M5 7h14 M9.5 7V4.5h5V7 M7 7l1 13h8l1-13",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1 M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  copy: "M9 9h11v11H9z M5 15H4V4h11v1",
  spark: "M12 3.5 13.8 10.2 20.5 12 13.8 13.8 12 20.5 10.2 13.8 3.5 12 10.2 10.2z",
  slash: "M15.5 4 8.5 20",
  arrow: "M5 12h13 M13 6.5 18.5 12 13 17.5",
  lock: "M6 11h12v9H6z M8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  warn: "M12 4 21 19.5H3z M12 10v4.5 M12 17h.01",
  lute: "M14.5 9.5a5.5 5.5 0 1 0-6 9.5c3 1.2 6.5-.5 7.2-3.7.5-2.2-.2-4-1.2-5.8z M14 10l5.5-6 M18 3l3 2.5 M10.5 14.5h.01",
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const solid = name === "play";
  return svg(
    "svg",
    { viewBox: "0 0 24 24", class: solid ? "icon icon-solid" : "icon", "aria-hidden": "true" },
    svg("path", { d: PATHS[name] }),
  );
}
