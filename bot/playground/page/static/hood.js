// Under the hood: what the model was given, what is remembered, and what went over the wire.

import { make, sync } from "./dom.js";

const REASONS = {
  "private here": "private, and others see this answer",
  disabled: "disabled",
  "over budget": "no room in the token budget",
  expired: "expired",
  "another's": "somebody else's",
};
const WHO = { system: "System prompt", user: "Person", assistant: "Bot" };

let opening = true; // what is drawn first has not changed, so it does not flash

/** Draw one of the three tabs into `panel`. `names` are what ids are called. */
export function drawHood(panel, tab, state, names) {
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

const once = (key, draw) => ({ key, sign: "", draw });
const part = (key, value, draw) => ({ key, sign: JSON.stringify(value), draw: (before) => draw(value, before) });

// --- prompt ---

function promptParts(state, names) {
  const prompt = state.get("prompt");
  if (!prompt) return [once("none", () => make("p", { class: "faint" }, "The model has not been asked anything yet. Ask the bot a question."))];
  const whose = (memory) => (memory.kind === "person" ? names[memory.subject] || memory.subject : memory.kind);
  return [
    part("about", [prompt.event, prompt.user, prompt.channel], () => about(prompt, names)),
    part("tokens", [prompt.tokens, prompt.budget], () => tokens(prompt)),
    ...prompt.messages.map((message, place) => part(`message ${place}`, message, drawMessage)),
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

function drawMessage({ role, parts }) {
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

// --- memories ---

function memoryParts(state, names) {
  const memories = state.get("memories") || [];
  if (!memories.length) return [once("none", () => make("p", { class: "faint" }, "Nothing is remembered for this person yet."))];
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

// --- wire ---

const ARROWS = { in: "→ bot", call: "bot →", hook: "bot →" };

export function wireEntries(state) {
  return [...state.entries()].filter(([name]) => name.startsWith("wire/")).map(([, entry]) => entry);
}

function wireParts(state) {
  const entries = wireEntries(state);
  if (!entries.length) return [once("none", () => make("p", { class: "faint" }, "Nothing went over the wire yet."))];
  return entries.map((entry) => ({ key: `wire/${entry.number}`, sign: "", draw: () => drawEntry(entry) }));
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
