/** Things that can go wrong at the far ends, in plain words, as faults the sandbox knows. */

/** @typedef {{where: string, what: string, times?: number | null, status?: number, seconds?: number}} Fault */
/** @typedef {{says: string, fault: Fault}} Trouble */

/** @type {Trouble[]} */
export const TROUBLES = [
  { says: "The next order reaches fal, its answer is lost", fault: { where: "fal.submit", what: "drop_after" } },
  { says: "fal is too busy for the next 2 orders", fault: { where: "fal.submit", what: "status", status: 503, times: 2 } },
  { says: "fal breaks (500) on the next order", fault: { where: "fal.submit", what: "status", status: 500 } },
  { says: "Progress goes silent for 45 s", fault: { where: "fal.stream", what: "silence", seconds: 45 } },
  { says: "The finished file stops half-way, once", fault: { where: "fal.file", what: "cut" } },
  { says: "Discord fails twice at card edits", fault: { where: "discord.message_edit", what: "status", status: 500, times: 2 } },
  { says: "Discord is slow: 2 s, five times", fault: { where: "discord.*", what: "latency", seconds: 2, times: 5 } },
];

/** Those of a provider that is not fal. @param {{name: string, title: string}} house @returns {Trouble[]} */
export function troublesOf({ name, title }) {
  return [
    { says: `The next order reaches ${title}, its answer is lost`, fault: { where: `${name}.submit`, what: "drop_after" } },
    { says: `${title} is too busy for the next 2 orders`, fault: { where: `${name}.submit`, what: "status", status: 503, times: 2 } },
    { says: `${title} breaks (500) on the next order`, fault: { where: `${name}.submit`, what: "status", status: 500 } },
  ];
}

export const PLACES = [
  "fal.*", "fal.submit", "fal.status", "fal.stream", "fal.result", "fal.cancel", "fal.file", "fal.upload",
  "fal.requests", "fal.webhook", "fal.models", "fal.pricing", "discord.*", "discord.message_create", "discord.message_edit",
  "discord.message_delete", "discord.callback", "discord.followup", "discord.webhook_edit",
  "discord.webhook_delete", "discord.commands", "discord.cdn", "discord.any",
  "novakit.submit", "novakit.job", "novakit.jobs", "nur.submit", "nur.track",
];

/** @type {Record<string, string>} */
export const KINDS = {
  status: "answer with an error",
  latency: "be slow",
  delay: "do it, and answer late",
  drop_before: "hang up before doing it",
  drop_after: "do it, then hang up",
  fail_after: "do it, then answer with an error",
  silence: "say nothing for a while",
  cut: "stop in the middle",
  corrupt: "damage the bytes",
  html: "answer a web page",
  huge: "send far too much",
  lie: "answer something false",
};

/** @param {Fault & {times: number | null}} fault */
export function described(fault) {
  const often = fault.times === null ? "until cleared" : fault.times === 1 ? "once" : `${fault.times} times`;
  const more = fault.what === "status" ? ` ${fault.status}` : fault.seconds ? ` ${fault.seconds} s` : "";
  return `${fault.where}: ${KINDS[fault.what] ?? fault.what}${more}, ${often}`;
}
