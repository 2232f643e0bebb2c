/** Elements made by script: text is always text, never markup. */

/**
 * @param {string} name
 * @param {Record<string, any>} [attributes] `class` and the like; a function is a listener, of
 *   `onclick` say; true stands for an attribute without a value, false and null for none
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same, of an SVG. */
export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

/** A button of the page's own kinds: main, quiet, danger, plain. */
export function button(text, onclick, kind = "quiet", more = {}) {
  return element("button", { type: "button", class: `button ${kind}`, onclick, ...more }, text);
}

/** What is found under this id, and must be there. */
export function byId(id) {
  return document.getElementById(id);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (isThere(value)) made.setAttribute(name, value);
  }
  made.append(...children.filter(isThere));
  return made;
}

function isThere(value) {
  return value !== null && value !== undefined && value !== false;
}
