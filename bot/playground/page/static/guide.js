// The way through the playground for somebody who has never seen it: which step comes next follows from the wire.

import { make } from "./dom.js";

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
export function strip(done, play, { look, dismiss }) {
  const close = make("button", { type: "button", class: "quiet", "aria-label": "Close the guide", onclick: dismiss }, "×");
  if (done >= STEPS.length) {
    const says = "Nothing crossed: that answer was given none of the first person's memories. ";
    return make("p", { class: "strip" }, make("span", {}, says, make("button", { type: "button", onclick: look }, "See the prompt")), close);
  }
  const step = STEPS[done];
  return make("p", { class: "strip" }, make("span", {}, make("b", {}, `${done + 1} of ${STEPS.length} `), said(step), typing(step, play)), close);
}

const said = (step) => make("span", { class: "says" }, `${step.says}: `);

const typing = (step, play) => make("button", { type: "button", class: "types", onclick: () => play(step) }, step.types);
