// Small hands for building DOM: nothing here, or anywhere on this page, reads HTML from text.

/** An element: `make("button", {class: "primary", onclick}, "Save")`. A property that is null or false is left out. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const find = (selector) => document.querySelector(selector);

/**
 * Make the children of `parent` stand for `items`, each `{key, sign, draw}`: a child is drawn again only when its `sign`
 * differs, so that what a person has opened, focused or selected stays. `draw(before)` gets the element it replaces.
 */
export function sync(parent, items) {
  const held = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = null;
  for (const { key, sign, draw } of items) {
    let child = held.get(key);
    if (!child || child.sign !== sign) {
      const before = child;
      child = draw(before);
      child.dataset.key = key;
      child.sign = sign;
      if (before) before.replaceWith(child);
    }
    held.delete(key);
    const next = place ? place.nextSibling : parent.firstChild;
    if (next !== child) parent.insertBefore(child, next);
    place = child;
  }
  for (const child of held.values()) child.remove();
}
