// The page as a whole: who one is, where one is, what one does there, and the line to the playground's server.

import { drawBlocks, valuesOf } from "./blocks.js";
import { find, keepFocus, make, sync, under } from "./dom.js";
import { contextOf, drawHome, drawInside, drawLog, listen, put, stepsDone, strip, threads, type, valuesIn, welcome } from "./talk.js";

const HOME = "home";
const token = takeToken();
const state = new Map();
const read = new Map(); // the last message seen, by person and place
const now = { who: sessionStorage.getItem("who") || "alice", place: "", thread: "", tab: "prompt", guided: true };
let following = new AbortController();

const me = () => state.get("me");
const places = () => under(state, "place/").sort((a, b) => a.order - b.order);
const here = () => state.get(`place/${now.place}`);

// --- doing ---

async function step(done) {
  const answer = await send({ as: me().id, ...done });
  tell(answer.refused || (answer.ok === false ? `The app did not answer well: ${answer.reason || "no answer"}.` : ""));
}

function tell(sentence) {
  const notice = find("#notice");
  notice.textContent = sentence;
  notice.hidden = !sentence;
  clearTimeout(notice.timer);
  if (sentence) notice.timer = setTimeout(() => tell(""), 8000);
}

function say(text) {
  if (now.editing) {
    step({ step: "edit", channel: now.place, ts: now.editing, text });
    return stopReplying();
  }
  const thread = text.startsWith("/") ? "" : now.thread;
  return step({ step: "say", channel: now.place, text, ...(thread && { thread }) });
}

const stepOn = (name, { channel, ts }, more) => step({ step: name, channel, ts, ...more });

const hands = {
  press: (message, pressed) => stepOn("press", message, pressed),
  react: (message, emoji) => stepOn("react", message, { emoji }),
  remove: (message) => stepOn("delete", message),
  stop: (message) => stepOn("stop", message),
  shortcut: ({ callback_id }, message) => stepOn("shortcut", message, { callback_id }),
  reply: (message) => replyTo(message.thread_ts || message.ts, "", `In the thread of “${message.text.slice(0, 40)}”`),
  edit: (message) => replyTo("", message.ts, "Changing your message", message.text),
};

function pressInView(view, pressed) {
  const values = valuesOf(view.blocks, valuesIn(view.id));
  return step({ step: "press", view: view.id, values, ...pressed });
}

function replyTo(thread, editing, says, text = "") {
  Object.assign(now, { thread, editing });
  const stop = make("button", { class: "quiet", "aria-label": "Leave", onclick: stopReplying }, "×");
  find("#replying").replaceChildren(says, " ", stop);
  find("#replying").hidden = false;
  put(text);
  find("#words").focus();
}

function stopReplying() {
  Object.assign(now, { thread: "", editing: "" });
  find("#replying").hidden = true;
}

// --- moving about ---

function become(who) {
  following.abort();
  following = new AbortController();
  now.who = who;
  sessionStorage.setItem("who", who);
  stopReplying();
  state.clear();
  for (const part of ["#places", "#log", "#guide", "#modal"]) find(part).replaceChildren(); // nothing to press for nobody
  find("#modal").close();
  return new Promise((arrived) => {
    follow(who, state, () => { draw(); arrived(); }, lost, following.signal);
  });
}

function go(place) {
  now.place = place;
  stopReplying();
  if (place === HOME) step({ step: "home" });
  draw();
  const log = find("#log");
  log.scrollTop = place === HOME ? 0 : log.scrollHeight;
  find("#words").focus();
}

/** A step of the guide: become somebody else if it says so, and type it. */
async function play(guided) {
  if (guided.someoneElse) await become(me().people.find((one) => one.role === "member" && one.id !== me().id).id);
  go(places().find((place) => place.kind === "im").id);
  await type(guided.types);
}

// --- drawing ---

function lost(sentence) {
  find("#title").textContent = "Not connected";
  tell(sentence);
}

function draw() {
  if (!me()) return;
  if (now.place !== HOME && !here()) now.place = places().find((place) => place.kind === "im").id;
  drawBar();
  drawPlaces();
  drawTalk();
  drawModal();
  if (!find("#inside").hidden) drawInside(find("#panel"), now.tab, state, me().names);
}

function drawBar() {
  const people = me().people.map((one) => ({
    key: one.id,
    sign: one,
    draw: () => make("option", { value: one.id }, `${one.name} (${one.role})`),
  }));
  sync(find("#people"), people);
  find("#people").value = me().id;
  find("#workspace").textContent = `stand-in workspace ${me().workspace}`;
  find("#model").textContent = `Model: ${me().model}`;
  find("#clock").textContent = `${new Date(me().now).toLocaleString()}${me().ahead ? " (put forward)" : ""}`;
}

function drawPlaces() {
  const rooms = [...places(), { id: HOME, kind: "home", label: "Home" }];
  const items = rooms.map((place) => {
    const unread = place.id !== now.place && newest(place.id) > (read.get(`${me().id} ${place.id}`) || "");
    const current = place.id === now.place;
    return {
      key: place.id,
      sign: [place.label, unread, current],
      draw: () => make("button", { class: unread && "unread", "aria-current": current && "page", onclick: () => go(place.id) },
        place.label, unread && make("span", { class: "dot" }, make("span", { class: "hidden" }, " (new)"))),
    };
  });
  const global = me().shortcuts.filter((one) => one.kind === "global").map((one) => ({
    key: one.callback_id,
    draw: () => make("button", { class: "shortcut", onclick: () => step({ step: "shortcut", callback_id: one.callback_id }) }, `⚡ ${one.name}`),
  }));
  sync(find("#places"), [...items, ...global]);
}

/** The ts of the newest message in a place that is not one's own. */
function newest(place) {
  const others = under(state, `message/${place}/`).filter((one) => !one.mine);
  return others.map((one) => one.ts).sort().at(-1) || "";
}

function drawTalk() {
  const log = find("#log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  const home = now.place === HOME;
  find("#composer").hidden = home;
  find("#title").textContent = home ? "Home" : here().kind === "im" ? `${here().label} (direct message)` : here().label;
  find("#words").placeholder = home ? "" : here().kind === "im" ? "Message the bot, or type /" : "Write @membot to be heard";
  const done = stepsDone(under(state, "wire/"));
  const first = !home && now.guided && done === 0 && threads(state, now.place).length === 0 && here().kind === "im";
  if (first) sync(log, [{ key: "welcome", draw: () => welcome(play) }]);
  else if (home) drawHome(log, state.get("home"), me(), pressInView);
  else drawLog(log, state, now.place, me(), hands);
  const dismiss = () => { now.guided = false; draw(); };
  const showing = now.guided && !home && !first && done > 0;
  const line = { key: "strip", sign: done, draw: () => strip(done, play, { show: () => openInside("prompt"), dismiss }) };
  sync(find("#guide"), showing ? [line] : []);
  if (!home) read.set(`${me().id} ${now.place}`, newest(now.place));
  if (atEnd && !home && !first) log.scrollTop = log.scrollHeight;
}

// --- modals ---

function drawModal() {
  const dialog = find("#modal");
  const view = state.get("modals").at(-1);
  if (!view) return dialog.close();
  const build = () => make("form", { method: "dialog", novalidate: true, onsubmit: (event) => submit(event, view) },
    make("h2", { id: "modal-title" }, view.title),
    make("div", { class: "blocks" }, drawBlocks(view.blocks, contextOf(me(), view.id, (pressed) => pressInView(view, pressed), view.errors))),
    make("footer", {},
      make("button", { onclick: () => step({ step: "close", view: view.id }) }, view.close || (view.submit ? "Cancel" : "Close")),
      view.submit && make("button", { type: "submit", class: "primary" }, view.submit),
    ),
  );
  sync(dialog, [{ key: view.id, sign: [view.hash, view.errors], draw: (before) => keepFocus(before, build) }]);
  if (!dialog.open) dialog.showModal();
}

async function submit(event, view) {
  event.preventDefault();
  await step({ step: "submit", view: view.id, values: valuesOf(view.blocks, valuesIn(view.id)) });
}

// --- under the hood ---

function openInside(tab) {
  if (tab) now.tab = tab;
  const open = Boolean(tab) || find("#inside").hidden;
  find("#inside").hidden = !open;
  find("#inside-toggle").setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("inside-open", open);
  for (const button of document.querySelectorAll("[role=tab]")) {
    const chosen = button.id === `tab-${now.tab}`;
    button.setAttribute("aria-selected", String(chosen));
    button.tabIndex = chosen ? 0 : -1;
  }
  find("#panel").setAttribute("aria-labelledby", `tab-${now.tab}`);
  if (me()) draw();
}

function turnTabs(event) {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by || !tabs.includes(event.target)) return;
  const next = tabs[(tabs.indexOf(event.target) + by + tabs.length) % tabs.length];
  openInside(next.id.slice(4));
  next.focus();
}

// --- the menu ---

async function saveTest() {
  const link = make("a", { download: "test_conversation.py", href: URL.createObjectURL(new Blob([await saved()], { type: "text/x-python" })) });
  link.click();
  URL.revokeObjectURL(link.href);
  tell("Saved as test_conversation.py: put it into tests/bot/.");
}

async function startOver() {
  await reset();
  read.clear();
  now.guided = true;
  await become(me()?.people[0].id || now.who);
}

// --- the line to the server: a feed of what changes, and a place to send what a person does ---

/** The token of the opened address, which then disappears from the address bar. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem("token", given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem("token") || "";
}

function ask(path, options = {}) {
  const headers = { ...options.headers, Authorization: `Bearer ${token}` };
  return fetch(path, { ...options, headers });
}

/**
 * Keep `state` (a Map of names to values) equal to what this person's page shows, and call `changed` after each change.
 * Goes on until `signal` is aborted; `lost` is called with a sentence when the server cannot be reached.
 */
async function follow(who, state, changed, lost, signal) {
  if (!token) return lost("Open the address that was printed when the playground started: it holds a token.");
  while (!signal.aborted) {
    try {
      const response = await ask(`/feed?as=${encodeURIComponent(who)}`, { signal });
      if (!response.ok) return lost((await response.json()).refused);
      for await (const line of lines(response.body)) {
        take(JSON.parse(line), state);
        changed();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TypeError)) throw error;
    }
    if (!signal.aborted) lost("The playground does not answer. Is it still running?");
    await new Promise((resume) => setTimeout(resume, 1000));
  }
}

function take(line, state) {
  if (line.all) state.clear();
  for (const [name, value] of Object.entries(line.all || line.changed)) state.set(name, value);
  for (const name of line.gone) state.delete(name);
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    yield* parts;
  }
}

/** Send one step. Gives `{refused}` with a sentence when it is not possible. */
async function send(step) {
  try {
    const response = await ask("/step", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(step) });
    return await response.json();
  } catch {
    return { refused: "The playground does not answer. Is it still running?" };
  }
}

const reset = () => ask("/reset", { method: "POST" });

/** The conversation so far, as the text of a test file. */
async function saved() {
  return (await ask("/saved")).text();
}

// --- at first ---

function begin() {
  listen(() => me()?.completions || [], say);
  const click = (selector, work) => document.querySelectorAll(selector).forEach((one) => one.addEventListener("click", () => work(one)));
  find("#people").addEventListener("change", (event) => become(event.target.value));
  click("#inside-toggle, #inside-close", () => openInside());
  click("[role=tab]", (tab) => openInside(tab.id.slice(4)));
  find(".tabs").addEventListener("keydown", turnTabs);
  click("[data-forward]", (button) => step({ step: "forward", seconds: Number(button.dataset.forward) }));
  click("#save", saveTest);
  click("#reset", startOver);
  find("#modal").addEventListener("cancel", (event) => {
    event.preventDefault();
    step({ step: "close", view: state.get("modals").at(-1).id });
  });
  become(now.who);
}

begin();
