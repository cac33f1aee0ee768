// The conversation: messages with their threads beneath them, and the Home tab.

import { drawAttachment, drawBlocks, keepFocus } from "./blocks.js";
import { make, sync } from "./dom.js";
import { emoji, mrkdwn } from "./text.js";

const EMOJIS = ["thumbsup", "eyes", "heart"];
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

const filled = new Map(); // what was filled in, by the message or view that it stands in

export function valuesIn(where) {
  if (!filled.has(where)) filled.set(where, new Map());
  return filled.get(where);
}

/** The messages of a place, oldest first, as `{root, replies}`. */
export function threads(state, channel) {
  const messages = [...state.entries()].filter(([name]) => name.startsWith(`message/${channel}/`)).map(([, message]) => message);
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
    if (date !== day) items.push({ key: `day ${date}`, sign: "", draw: () => make("p", { class: "day" }, date) });
    day = date;
    const status = state.get(`status/${channel}/${root.ts}`);
    items.push({
      key: root.ts + (root.ephemeral ? "/me" : ""),
      sign: JSON.stringify([root, replies, status]),
      draw: (before) => drawThread(before, root, replies, status, me, hands),
    });
  }
  sync(log, items);
}

function drawThread(before, root, replies, status, me, hands) {
  const section = before || make("section", { class: "thread" });
  const parts = [root, ...replies].map((message) => ({
    key: message.ts + (message.ephemeral ? "/me" : ""),
    sign: JSON.stringify(message),
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
  const where = `${message.channel}/${message.ts}`;
  const context = {
    names: me.names,
    people: me.people,
    values: valuesIn(where),
    errors: {},
    act: (pressed) => hands.press(message, pressed),
    where,
  };
  const blocks = make("div", { class: "blocks" });
  blocks.append(message.blocks.length ? drawBlocks(message.blocks, context) : make("p", {}, mrkdwn(message.text, me.names)));
  for (const one of message.attachments) blocks.append(drawAttachment(one, context));
  for (const name of message.files) blocks.append(make("p", { class: "file" }, `File: ${name}`));
  return blocks;
}

function reactions(message, hands) {
  if (!message.reactions.length) return null;
  const drawn = message.reactions.map(({ name, by }) =>
    make("button", { type: "button", title: by.join(", "), "aria-label": `${name}: ${by.join(", ")}`, onclick: () => hands.react(message, name) }, `${emoji(name)} ${by.length}`),
  );
  return make("p", { class: "reactions" }, ...drawn);
}

/** What can be done to a message, behind one small button. */
function toolbar(message, me, hands) {
  if (message.ephemeral) return null;
  const id = `menu-${message.channel}-${message.ts}`.replace(/\W/g, "-");
  const pick = (says, work) => make("button", { type: "button", onclick: () => { document.getElementById(id).hidePopover(); work(); } }, says);
  const menu = make("div", { id, popover: "auto", class: "menu" },
    pick("Reply in thread", () => hands.reply(message)),
    ...EMOJIS.map((name) => pick(`React ${emoji(name)}`, () => hands.react(message, name))),
    ...me.shortcuts.filter((one) => one.kind === "message").map((one) => pick(one.name, () => hands.shortcut(one, message))),
    message.streaming && pick("Stop the answer", () => hands.stop(message)),
    message.mine && pick("Edit", () => hands.edit(message)),
    message.mine && pick("Delete", () => hands.remove(message)),
  );
  const open = make("button", { type: "button", class: "quiet open-menu", popovertarget: id, "aria-label": `Actions for the message of ${message.author}` }, "⋯");
  menu.addEventListener("toggle", () => placeMenu(menu, open));
  return make("div", { class: "toolbar" }, open, menu);
}

/** Put a menu beside the button that opened it, inside of the window. */
export function placeMenu(menu, button) {
  if (!menu.matches(":popover-open")) return;
  const at = button.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8));
  const below = at.bottom + 4;
  const top = below + menu.offsetHeight > innerHeight ? Math.max(8, at.top - menu.offsetHeight - 4) : below;
  menu.style.setProperty("left", `${left}px`);
  menu.style.setProperty("top", `${top}px`);
}

/** Draw the Home tab, or say that there is none. */
export function drawHome(log, home, me, press) {
  const draw = () => {
    if (!home) return make("p", { class: "faint" }, "The bot has no Home tab.");
    const context = { names: me.names, people: me.people, values: valuesIn(home.id), errors: {}, act: (pressed) => press(home, pressed), where: home.id };
    return make("div", { class: "blocks home" }, drawBlocks(home.blocks, context));
  };
  sync(log, [{ key: "home", sign: home ? home.hash : "", draw: (before) => keepFocus(before, draw) }]);
}
