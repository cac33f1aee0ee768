// Keeps the focus where it was when something is drawn anew.

const FOCUSABLE = "a[href], button, input, select, summary, textarea, [tabindex]";

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
  const fold = element.closest("details");
  if (fold) fold.open = true;
  if (!element.matches(FOCUSABLE)) element.tabIndex = -1;
  element.focus({ preventScroll: true });
  if (start !== null) element.setSelectionRange?.(start, end);
}
