/** Reads a slash command that was typed as plain text. Pure. */

import { OPTION } from "./types.js";

/** @typedef {import("./types.js").Option} Option */
/**
 * Something one can run: a command, or one of its subcommands.
 * @typedef {{command: import("./types.js").Command, path: string[], label: string,
 *   description: string, options: Option[]}} Entry
 */

/**
 * @param {import("./types.js").Command} command
 * @param {string[]} path
 * @param {{name: string, description: string, options?: Option[]}} node
 * @returns {Entry[]}
 */
function entriesOf(command, path, node) {
  const options = node.options ?? [];
  const inner = options.filter((option) => option.type <= OPTION.GROUP);
  if (inner.length) return inner.flatMap((option) => entriesOf(command, [...path, option.name], option));
  const label = [command.name, ...path].join(" ");
  const sorted = [...options].sort((a, b) => Number(Boolean(b.required)) - Number(Boolean(a.required)));
  return [{ command, path, label, description: node.description, options: sorted }];
}

/** All slash commands, subcommands on their own. @param {import("./types.js").Command[]} commands @returns {Entry[]} */
export function entries(commands) {
  return commands
    .filter((command) => (command.type ?? 1) === 1)
    .flatMap((command) => entriesOf(command, [], command))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
}

/** Those that fit what was typed after the slash, best first. @param {Entry[]} all @param {string} typed */
export function matching(all, typed) {
  const query = typed.toLowerCase().trim();
  const rank = (/** @type {Entry} */ entry) => {
    if (entry.label === query) return 0;
    if (entry.label.startsWith(query)) return 1;
    if (entry.label.includes(query)) return 2;
    return entry.description.toLowerCase().includes(query) ? 3 : 4;
  };
  return all.filter((entry) => rank(entry) < 4).sort((a, b) => rank(a) - rank(b));
}

/**
 * Find the command at the start of a text; null unless its name is complete and followed by a space.
 * @param {Entry[]} all
 * @param {string} text
 * @returns {{entry: Entry, rest: string} | null}
 */
export function commandIn(all, text) {
  const fits = all.filter((entry) => text.toLowerCase().startsWith(`/${entry.label}`)
    && /^\s/.test(text.slice(entry.label.length + 1)));
  const entry = fits.sort((a, b) => b.label.length - a.label.length)[0];
  return entry ? { entry, rest: text.slice(entry.label.length + 1).trim() } : null;
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/**
 * Split `prompt: lo-fi rain duration: 30` at the names of options. The second mention of a name is
 * part of the text before it. What stands before the first name belongs to the first option.
 * @param {Option[]} options
 * @param {string} text
 * @returns {Map<string, string>}
 */
export function optionsIn(options, text) {
  /** @type {Map<string, string>} */ const values = new Map();
  if (!options.length) return values;
  const names = options.map((option) => escaped(option.name)).join("|");
  const mark = new RegExp(`(?:^|\\s)(${names}):[ \\t]?`, "g");
  let current = options[0].name;
  let from = 0;
  const seen = new Set();
  for (const match of text.matchAll(mark)) {
    if (seen.has(match[1])) continue;
    const before = text.slice(from, match.index).trim();
    if (before) values.set(current, before);
    seen.add(match[1]);
    current = match[1];
    from = match.index + match[0].length;
  }
  const last = text.slice(from).trim();
  if (last || seen.size) values.set(current, last);
  return values;
}
