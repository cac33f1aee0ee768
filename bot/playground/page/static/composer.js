// Where a person types: messages and slash commands, with completion, and earlier lines on the arrow keys.

import { find, make } from "./dom.js";

const words = find("#words");
const list = find("#completions");
const typed = []; // earlier lines, oldest first
let back = 0; // how far back among them

const quick = matchMedia("(prefers-reduced-motion: reduce)");

/** Begin to listen. `complete()` gives what can be completed, `submit(text)` takes a line. */
export function listen(complete, submit) {
  find("#composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = words.value.trim();
    if (!text) return;
    typed.push(text);
    back = 0;
    put("");
    submit(text);
  });
  words.addEventListener("input", () => offer(complete()));
  words.addEventListener("keydown", (event) => key(event, complete));
  words.addEventListener("blur", () => setTimeout(hide, 150));
}

/** Put text into the input. */
export function put(text) {
  words.value = text;
  fit();
  hide();
}

/** Type a text as a person would, and send it. */
export async function type(text) {
  words.focus();
  for (let end = 1; end <= text.length && !quick.matches; end += 1) {
    put(text.slice(0, end));
    await new Promise((resume) => setTimeout(resume, 18));
  }
  put(text);
  find("#composer").requestSubmit();
}

function key(event, complete) {
  const chosen = list.querySelector("[aria-selected=true]") || (event.key === "Tab" ? list.firstElementChild : null);
  if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (!list.hidden && chosen && (event.key === "Tab" || event.key === "Enter")) {
    put(`${chosen.dataset.text} `);
  } else if (!list.hidden && event.key === "Escape") {
    hide();
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    find("#composer").requestSubmit();
  } else if (event.key === "ArrowUp" && (words.value === "" || back) && back < typed.length) {
    back += 1;
    put(typed[typed.length - back]);
  } else if (event.key === "ArrowDown" && back) {
    back -= 1;
    put(back ? typed[typed.length - back] : "");
  } else {
    if (event.key.length === 1) back = 0;
    return;
  }
  event.preventDefault();
  if (event.key === "Backspace") offer(complete());
}

function offer(completions) {
  fit();
  const begun = words.value;
  const fitting = /^\/\S*( \S*)?$/.test(begun) ? completions.filter((one) => one.text.startsWith(begun)) : [];
  list.replaceChildren(
    ...fitting.map((one, place) => {
      const pick = (event) => {
        event.preventDefault();
        put(`${one.text} `);
        words.focus();
      };
      return make("li", { role: "option", id: `completion-${place}`, "aria-selected": "false", "data-text": one.text, onmousedown: pick },
        make("b", {}, one.text), ` ${one.about}`);
    }),
  );
  list.hidden = fitting.length === 0;
  point();
}

function move(by) {
  const options = [...list.children];
  const now = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = (Math.max(now, by > 0 ? -1 : 0) + by + options.length) % options.length;
  options.forEach((one, place) => one.setAttribute("aria-selected", String(place === next)));
  options[next].scrollIntoView({ block: "nearest" });
  point();
}

function point() {
  const chosen = list.hidden ? null : list.querySelector("[aria-selected=true]");
  if (chosen) words.setAttribute("aria-activedescendant", chosen.id);
  else words.removeAttribute("aria-activedescendant");
}

function hide() {
  list.hidden = true;
  point();
}

/** As high as its lines, up to six. */
function fit() {
  words.rows = Math.min(words.value.split("\n").length, 6);
}
