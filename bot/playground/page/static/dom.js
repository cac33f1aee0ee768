// Small hands for building and renewing DOM: nothing here, or anywhere on this page, reads HTML from text.

/** An element: `make("button", {class: "primary", onclick}, "Save")`. A property that is null or false is left out. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  if (name === "button") element.type = "button"; // unless `properties` say that it submits
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** All values whose names begin so. */
export const under = (state, prefix) => [...state].filter(([name]) => name.startsWith(prefix)).map(([, value]) => value);

export const find = (selector) => document.querySelector(selector);

/**
 * Make the children of `parent` stand for `items`, each `{key, sign, draw}`: a child is drawn again only when its `sign`
 * (a value) differs, so that what a person has opened, focused or selected stays. `draw(before)` gets the element it replaces.
 */
export function sync(parent, items) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = null;
  for (const { key, draw, ...of } of items) {
    const sign = JSON.stringify(of.sign);
    let child = before.get(key);
    if (!child || child.sign !== sign) {
      const old = child;
      child = draw(old);
      child.dataset.key = key;
      child.sign = sign;
      if (old && old !== child) old.replaceWith(child); // put back, it would lose its focus and open menus
    }
    before.delete(key);
    const next = place ? place.nextSibling : parent.firstChild;
    if (next !== child) parent.insertBefore(child, next);
    place = child;
  }
  for (const child of before.values()) child.remove();
}

// --- focus ---

const FOCUSABLE = "a[href], button, input, select, textarea, [tabindex]";

/**
 * Draw again what stands in `root` (or what will replace it, when `redraw` gives a new node), and put the focus and the
 * caret back: on the element of the same block and action, else on what has the same words, else on the whole.
 */
export function keepFocus(root, redraw) {
  const focused = root?.contains(document.activeElement) ? document.activeElement : null;
  const from = focused && "selectionStart" in focused ? [focused.selectionStart, focused.selectionEnd] : [null];
  const drawn = redraw();
  if (focused) {
    const place = drawn || root;
    const restore = () => document.activeElement !== focused && focus(sameIn(place, focused), from);
    if (place.isConnected) restore();
    else queueMicrotask(restore); // by then it has taken the place of `root`
  }
  return drawn;
}

function sameIn(place, focused) {
  const all = [...place.querySelectorAll(FOCUSABLE)];
  const { block, action, choice } = focused.dataset;
  const isSame = ({ dataset }) => dataset.block === block && dataset.action === action && dataset.choice === choice;
  if (action !== undefined) return all.find(isSame) || place;
  return all.find((one) => one.dataset.action === undefined && wordsOf(one) === wordsOf(focused)) || place;
}

const wordsOf = (element) => element.getAttribute("aria-label") || element.textContent;

function focus(element, [start, end]) {
  if (!element.matches(FOCUSABLE)) element.tabIndex = -1;
  element.focus({ preventScroll: true });
  if (start !== null) element.setSelectionRange?.(start, end);
}
