/** Builds DOM nodes. Text goes in as text nodes only, so no message can become markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {Element} node
 * @param {Record<string, any>} props
 */
function apply(node, props) {
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.setAttribute("class", value);
    else if (key === "testid") node.setAttribute("data-testid", value);
    else if (key === "on") {
      for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    } else if (key === "vars") {
      for (const [name, text] of Object.entries(value)) node.style.setProperty(name, text);
    } else if (key === "value") node.value = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
}

/** @typedef {Node | string | number | null | undefined | false | Child[]} Child */

/**
 * @param {Node} node
 * @param {Child[]} children
 */
function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * Make an HTML element. `props`: attributes, plus `class`, `testid`, `on` (listeners), `vars`
 * (custom properties) and `value`; null, undefined and false leave an attribute out.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...Child} children
 * @returns {any}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  add(node, children);
  apply(node, props);
  return node;
}

/**
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...Child} children
 * @returns {any}
 */
export function svg(tag, props = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  add(node, children);
  apply(node, props);
  return node;
}

/**
 * Put these children in the place of all present ones.
 * @param {Element} node
 * @param {...Child} children
 */
export function fill(node, ...children) {
  node.replaceChildren();
  add(node, children);
}

/** @param {string} id */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`The page has no element ${id}.`);
  return /** @type {any} */ (node);
}

/**
 * Give a link's address when it leads to the web, else null: never `javascript:` and its kin.
 * @param {unknown} address
 * @returns {string | null}
 */
export function webAddress(address) {
  if (typeof address !== "string") return null;
  try {
    const url = new URL(address);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

let count = 0;

/** @param {string} prefix */
export function freshId(prefix) {
  count += 1;
  return `${prefix}-${count}`;
}

/** @param {string} text @param {string} said */
export async function copy(text, said) {
  const { toast } = await import("./toast.js");
  try {
    await navigator.clipboard.writeText(text);
    toast(said);
  } catch {
    toast(`The browser did not allow copying. Here it is: ${text}`, "warn");
  }
}
