// The conversation: messages with their threads, the Home tab, the guide for newcomers, where one types, and under the
// hood what the model was given, what is remembered and what went over the wire.

import { drawAttachment, drawBlocks } from "./blocks.js";
import { find, keepFocus, make, sync, under } from "./dom.js";
import { emoji, mrkdwn } from "./text.js";

const EMOJIS = ["thumbsup", "eyes", "heart"];
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

const filled = new Map(); // what was filled in, by the message or view that it stands in

export function valuesIn(where) {
  if (!filled.has(where)) filled.set(where, new Map());
  return filled.get(where);
}

/** What blocks need to know to be drawn in a message or view. */
export const contextOf = (me, where, act, errors = {}) => ({ names: me.names, people: me.people, values: valuesIn(where), errors, act });

/** The messages of a place, oldest first, as `{root, replies}`. */
export function threads(state, channel) {
  const messages = under(state, `message/${channel}/`);
  messages.sort((a, b) => (a.ts < b.ts ? -1 : 1));
  const roots = new Map(messages.filter((one) => !one.thread_ts || one.thread_ts === one.ts).map((one) => [one.ts, { root: one, replies: [] }]));
  for (const one of messages) {
    if (roots.get(one.ts)?.root === one) continue;
    const root = one.thread_ts || one.ts;
    if (!roots.has(root)) roots.set(root, { root: { ts: root, at: one.at, gone: true }, replies: [] });
    roots.get(root).replies.push(one);
  }
  return [...roots.values()].sort((a, b) => (a.root.ts < b.root.ts ? -1 : 1));
}

/** Draw a place's messages into `log`. `hands` are what a person can do: `{press, reply, react, edit, remove, shortcut, stop}`. */
export function drawLog(log, state, channel, me, hands) {
  const items = [];
  let day = "";
  for (const { root, replies } of threads(state, channel)) {
    const date = DAY.format(new Date(root.at));
    if (date !== day) items.push({ key: `day ${date}`, draw: () => make("p", { class: "day" }, date) });
    day = date;
    const status = state.get(`status/${channel}/${root.ts}`);
    items.push({
      key: root.ts + (root.ephemeral ? "/me" : ""),
      sign: [root, replies, status],
      draw: (before) => drawThread(before, root, replies, status, me, hands),
    });
  }
  sync(log, items);
}

function drawThread(before, root, replies, status, me, hands) {
  const section = before || make("section", { class: "thread" });
  const parts = [root, ...replies].map((message) => ({
    key: message.ts + (message.ephemeral ? "/me" : ""),
    sign: message,
    draw: (old) => keepFocus(old, () => (message.gone ? gone() : drawMessage(message, message !== root, me, hands))),
  }));
  if (status) parts.push({ key: "status", sign: status, draw: () => make("p", { class: "status" }, `${me.names[me.bot]} ${status}`) });
  sync(section, parts);
  return section;
}

const gone = () => make("p", { class: "faint" }, "This message was deleted.");

function drawMessage(message, isReply, me, hands) {
  const marks = [message.ephemeral && "only you see this", message.streaming && "writing …", message.edited && "edited"].filter(Boolean);
  const head = make(
    "p",
    { class: "who" },
    make("b", {}, message.author),
    message.bot && make("span", { class: "badge" }, "bot"),
    make("time", { datetime: message.at }, TIME.format(new Date(message.at))),
    marks.length > 0 && make("span", { class: "marks" }, marks.join(" · ")),
  );
  const kind = `message${isReply ? " reply" : ""}${message.ephemeral ? " ephemeral" : ""}${message.streaming ? " streaming" : ""}`;
  return make("article", { class: kind, "aria-label": `${message.author}, ${TIME.format(new Date(message.at))}` },
    make("span", { class: "face", "aria-hidden": "true" }, message.author.slice(0, 1).toUpperCase()),
    make("div", { class: "body" }, head, content(message, me, hands), reactions(message, hands)),
    toolbar(message, me, hands),
  );
}

function content(message, me, hands) {
  const context = contextOf(me, `${message.channel}/${message.ts}`, (pressed) => hands.press(message, pressed));
  const blocks = make("div", { class: "blocks" });
  blocks.append(message.blocks.length ? drawBlocks(message.blocks, context) : make("p", {}, mrkdwn(message.text, me.names)));
  for (const one of message.attachments) blocks.append(drawAttachment(one, context));
  for (const name of message.files) blocks.append(make("p", { class: "file" }, `File: ${name}`));
  return blocks;
}

function reactions(message, hands) {
  if (!message.reactions.length) return null;
  const drawn = message.reactions.map(({ name, by }) =>
    make("button", { title: by.join(", "), "aria-label": `${name}: ${by.join(", ")}`, onclick: () => hands.react(message, name) }, `${emoji(name)} ${by.length}`),
  );
  return make("p", { class: "reactions" }, ...drawn);
}

/** What can be done to a message, behind one small button. */
function toolbar(message, me, hands) {
  if (message.ephemeral) return null;
  const id = `menu-${message.channel}-${message.ts}`.replace(/\W/g, "-");
  const pick = (says, work) => make("button", { onclick: () => { document.getElementById(id).hidePopover(); work(); } }, says);
  const menu = make("div", { id, popover: "auto", class: "menu" },
    pick("Reply in thread", () => hands.reply(message)),
    ...EMOJIS.map((name) => pick(`React ${emoji(name)}`, () => hands.react(message, name))),
    ...me.shortcuts.filter((one) => one.kind === "message").map((one) => pick(one.name, () => hands.shortcut(one, message))),
    message.streaming && pick("Stop the answer", () => hands.stop(message)),
    message.mine && pick("Edit", () => hands.edit(message)),
    message.mine && pick("Delete", () => hands.remove(message)),
  );
  const open = make("button", { class: "quiet open-menu", popovertarget: id, "aria-label": `Actions for the message of ${message.author}` }, "⋯");
  return make("div", { class: "toolbar" }, open, menu);
}

/** Draw the Home tab, or say that there is none. */
export function drawHome(log, home, me, press) {
  const draw = () => {
    if (!home) return make("p", { class: "faint" }, "The bot has no Home tab.");
    return make("div", { class: "blocks" }, drawBlocks(home.blocks, contextOf(me, home.id, (pressed) => press(home, pressed))));
  };
  sync(log, [{ key: "home", sign: home?.hash, draw: (before) => keepFocus(before, draw) }]);
}

// --- the guide: which step comes next follows from the wire ---

const QUESTION = "How do rockets work?";

/** What a newcomer does, one after the other. `done` says whether one entry of the wire was it. */
const STEPS = [
  { says: "Tell it something", types: "remember: I like short answers", done: (it) => /^remember\b/i.test(it.words) },
  { says: "Ask a question", types: QUESTION, done: asked },
  { says: "See what it remembers", types: "/memory list", done: (it) => it.name === "/memory" },
  { says: "Press Disable in that list, or type it", types: "/memory disable m1", done: (it) => /^disable /.test(it.words) },
  { says: "Ask again: the answer is long now", types: QUESTION, done: asked },
  { says: "Become somebody else and ask the same", types: QUESTION, someoneElse: true, done: (it, first) => asked(it) && it.user !== first },
];

function asked(it) {
  return it.name === "message" && it.words && !/^(remember|forget|memory)\b/i.test(it.words);
}

/** What people did, as the wire tells it: `{name, words, user}`, oldest first. */
function deeds(wire) {
  return wire
    .filter((entry) => entry.kind === "in" && !entry.sent.event?.bot_id)
    .map(({ name, words, sent }) => ({
      name,
      words: sent.actions?.[0]?.value || words,
      user: sent.event?.user || sent.user_id || sent.user?.id,
    }));
}

/** How many steps are done. */
export function stepsDone(wire) {
  const did = deeds(wire);
  let step = 0;
  for (const it of did) if (step < STEPS.length && STEPS[step].done(it, did[0].user)) step += 1;
  return step;
}

/** The first screen: what this is, and three things to press. `play(step)` types a step. */
export function welcome(play) {
  const steps = STEPS.slice(0, 3).map((step) => make("li", {}, said(step), typing(step, play)));
  return make(
    "section",
    { class: "welcome" },
    make("h2", {}, "A bot that remembers"),
    make("p", {}, "This is the real bot, in a stand-in workspace on your machine. No account is needed. Three things to try:"),
    make("ol", {}, ...steps),
  );
}

/** The next step as one line over the composer, and at the end what was shown. */
export function strip(done, play, { show, dismiss }) {
  const close = make("button", { class: "quiet", "aria-label": "Close the guide", onclick: dismiss }, "×");
  if (done >= STEPS.length) {
    const says = "Nothing crossed: that answer was given none of the first person's memories. ";
    return make("p", { class: "strip" }, make("span", {}, says, make("button", { onclick: show }, "See the prompt")), close);
  }
  const step = STEPS[done];
  return make("p", { class: "strip" }, make("span", {}, make("b", {}, `${done + 1} of ${STEPS.length} `), said(step), typing(step, play)), close);
}

const said = (step) => make("span", { class: "says" }, `${step.says}: `);

const typing = (step, play) => make("button", { class: "types", onclick: () => play(step) }, step.types);

// --- where one types: completion, and earlier lines on the arrow keys ---

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

// --- under the hood ---

const REASONS = {
  "private here": "private, and others see this answer",
  "over budget": "no room in the token budget",
  "another's": "somebody else's",
};
const WHO = { system: "System prompt", user: "Person", assistant: "Bot" };

let opening = true; // what is drawn first has not changed, so it does not flash

/** Draw a tab into `panel`. `names` are what ids are called. */
export function drawInside(panel, tab, state, names) {
  const draw = { prompt: promptParts, memories: memoryParts, wire: wireParts }[tab];
  opening = panel.dataset.tab !== tab;
  if (opening) {
    panel.replaceChildren();
    panel.dataset.tab = tab;
  }
  const atEnd = panel.scrollHeight - panel.scrollTop - panel.clientHeight < 40;
  sync(panel, draw(state, names));
  if (tab === "wire" && atEnd) panel.scrollTop = panel.scrollHeight;
}

const none = (words) => [{ key: "none", draw: () => make("p", { class: "faint" }, words) }];
const part = (key, sign, draw) => ({ key, sign, draw: () => draw(sign) });

function promptParts(state, names) {
  const prompt = state.get("prompt");
  if (!prompt) return none("The model has not been asked anything yet. Ask the bot a question.");
  const whose = (memory) => (memory.kind === "person" ? names[memory.subject] || memory.subject : memory.kind);
  return [
    part("about", [prompt.event, prompt.user, prompt.channel], () => about(prompt, names)),
    part("tokens", [prompt.tokens, prompt.budget], () => tokens(prompt)),
    ...prompt.messages.map((message, place) => part(`message ${place}`, message, drawGiven)),
    part("left out", prompt.left_out, (left) => leftOut(left, whose)),
  ];
}

function about(prompt, names) {
  const place = names[prompt.channel] ? `#${names[prompt.channel]}` : "a direct message";
  return make("p", {}, "What the model was given for the last answer, to ", make("b", {}, names[prompt.user] || prompt.user), ` in ${place}. `, make("mark", {}, "Marked"), " are the memories.");
}

function tokens({ tokens: spent, budget, given }) {
  const says = `${given.length} ${given.length === 1 ? "memory" : "memories"}: ${spent} of ${budget} tokens`;
  return make("p", { class: "tokens" }, make("meter", { min: 0, max: budget, value: spent, "aria-label": says }), ` ${says}`);
}

function drawGiven({ role, parts }) {
  const drawn = parts.flatMap((one) => {
    if (!one.id) return [one.text];
    return [make("mark", { title: one.kind }, make("b", {}, `m${one.number}`), one.text.trimEnd()), "\n"];
  });
  return make("section", { class: "given" }, make("h2", {}, WHO[role] || role), make("pre", {}, ...drawn));
}

function leftOut(left, whose) {
  const rows = left.map((memory) =>
    make("li", {}, make("b", {}, `${whose(memory)}'s m${memory.number} `), memory.text, make("span", { class: "why" }, REASONS[memory.why] || memory.why)),
  );
  return make("section", { class: "given" }, make("h2", {}, "What did not go in"), rows.length ? make("ul", { class: "left-out" }, ...rows) : make("p", { class: "faint" }, "Nothing: there was no other memory."));
}

function memoryParts(state, names) {
  const memories = state.get("memories") || [];
  if (!memories.length) return none("Nothing is remembered for this person yet.");
  const keys = [...new Set(memories.map((memory) => memory.key))];
  return keys.flatMap((key) => {
    const here = memories.filter((memory) => memory.key === key).sort((a, b) => a.number - b.number);
    return [
      part(key, here.length, () => make("h2", {}, `${owner(here[0], names)} (${here.length})`)),
      ...here.map((memory) => part(memory.id, memory, drawMemory)),
    ];
  });
}

function owner(memory, names) {
  if (memory.kind === "workspace") return "The workspace";
  const name = names[memory.subject] || memory.subject;
  return memory.kind === "channel" ? `#${name}` : name;
}

/** One memory; it flashes when it is new or has changed since it was last drawn. */
function drawMemory(memory) {
  const marks = [
    memory.kind === "person" && memory.visibility,
    memory.disabled && "disabled",
    memory.expired && "expired",
    memory.pinned && "pinned",
    memory.priority > 0 && `priority ${memory.priority}`,
    memory.expires_at && !memory.expired && `until ${memory.expires_at.slice(0, 10)}`,
    ...memory.tags.map((tag) => `#${tag}`),
    memory.times_applied > 0 && `in ${memory.times_applied} ${memory.times_applied === 1 ? "answer" : "answers"}`,
  ].filter(Boolean);
  const off = memory.disabled || memory.expired;
  return make(
    "p",
    { class: `memory${off ? " off" : ""}${opening ? "" : " flash"}` },
    make("b", {}, `m${memory.number} `),
    memory.text,
    make("span", { class: "marks" }, marks.join(" · ")),
  );
}

const ARROWS = { in: "→ bot", call: "bot →", hook: "bot →" };

function wireParts(state) {
  const entries = under(state, "wire/");
  if (!entries.length) return none("Nothing went over the wire yet.");
  return entries.map((entry) => ({ key: `wire/${entry.number}`, draw: () => drawEntry(entry) }));
}

function drawEntry(entry) {
  const again = entry.attempt ? ` (attempt ${entry.attempt + 1})` : "";
  const summary = make(
    "summary",
    {},
    make("span", { class: "arrow" }, ARROWS[entry.kind]),
    make("span", { class: "what" }, `${entry.name}${again}`),
    !entry.ok && make("b", { class: "error" }, entry.error),
    make("span", { class: "ms" }, `${entry.ms} ms`),
  );
  const details = make("details", { class: entry.ok ? "entry" : "entry refused" }, summary);
  details.addEventListener("toggle", () => details.append(body("Sent", entry.sent), body("Answered", entry.answered)), { once: true });
  return details;
}

function body(title, value) {
  return make("div", {}, make("h3", {}, title), make("pre", {}, JSON.stringify(value, null, 2)));
}
