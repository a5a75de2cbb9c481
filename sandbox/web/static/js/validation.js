/** Checks an option's value as Discord's own app does before anything is sent. Pure. */

import { OPTION } from "./types.js";

/** @typedef {import("./types.js").Option} Option */
/** @typedef {{value?: any, error?: string, empty?: boolean}} Checked */

const BIGGEST = 2 ** 53;

/** @param {Option} option @param {number} number @returns {string | undefined} */
function outOfRange(option, number) {
  const { min_value: min = -BIGGEST, max_value: max = BIGGEST } = option;
  if (number >= min && number <= max) return undefined;
  if (option.min_value !== undefined && option.max_value !== undefined) return `Give a number from ${min} to ${max}.`;
  return number < min ? `Give a number that is ${min} or more.` : `Give a number that is ${max} or less.`;
}

/** @param {Option} option @param {string} text @returns {Checked} */
function numeric(option, text) {
  const isWhole = option.type === OPTION.INTEGER;
  const shape = isWhole ? /^[+-]?\d+$/ : /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/;
  if (!shape.test(text)) return { error: isWhole ? "Give a whole number." : "Give a number." };
  const value = Number(text.replace(",", "."));
  const error = outOfRange(option, value);
  return error ? { error } : { value };
}

/** @param {Option} option @param {string} text @returns {Checked} */
function worded(option, text) {
  const length = [...text].length;
  const { min_length: min = 0, max_length: max = 6000 } = option;
  if (length < min) return { error: `Write at least ${min} characters; these are ${length}.` };
  if (length > max) return { error: `Write at most ${max} characters; these are ${length}.` };
  return { value: text };
}

/**
 * Check what was typed or chosen.
 * @param {Option} option
 * @param {string} text as typed
 * @param {{label: string, value: any}[] | null} closed the only allowed values, if there are such
 * @param {{label: string, value: any} | null} chosen from the list, if so
 * @returns {Checked}
 */
export function check(option, text, closed, chosen) {
  const typed = text.trim();
  if (!typed) return option.required ? { error: "This option is required. Give it a value." } : { empty: true };
  if (chosen && chosen.label === text) return { value: chosen.value };
  if (closed) {
    const same = closed.find((item) => item.label.toLowerCase() === typed.toLowerCase() || String(item.value) === typed);
    return same ? { value: same.value } : { error: "Choose one from the list." };
  }
  if (option.type === OPTION.INTEGER || option.type === OPTION.NUMBER) return numeric(option, typed);
  return worded(option, typed);
}

/** Say in a few words what an option takes. @param {Option} option */
export function takes(option) {
  const { min_value: min, max_value: max, min_length: shortest, max_length: longest } = option;
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  if (min !== undefined) return `${min} or more`;
  if (max !== undefined) return `${max} or less`;
  if (shortest && longest) return `${shortest} to ${longest} characters`;
  if (longest) return `up to ${longest} characters`;
  return "";
}
