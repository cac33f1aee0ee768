// The elements of blocks that a person presses, chooses from or fills in.
//
// `part` says where an element stands: `{block_id, context, subject, id, legend, describedby, invalid, required, silent}`.
// `subject` is the text that it belongs to; `id` and `legend` come from an input block; `silent` means that a change is
// kept but not told to the app.

import { agreed } from "./confirm.js";
import { make } from "./dom.js";
import { fresh, link, objects, plainOf, safe, shownPlain, textOf, unknown } from "./text.js";
import { heldBy, keyOf } from "./values.js";

const LONGEST_NAME = 60;

// --- what is done ---

const holding = (element, part) => heldBy(element, part.block_id, part.context.values);

function keep(element, part, said) {
  part.context.values.set(keyOf(part.block_id, element), said);
}

function tell(element, part, said) {
  part.context.act({ block_id: part.block_id, action_id: plainOf(element.action_id), said });
}

/** Keep a choice and tell the app, if whoever chose agrees; else `undo`. */
async function choose(element, part, said, undo, option) {
  if (!(await agreed(option?.confirm || element.confirm, part.context.names))) return undo();
  keep(element, part, said);
  if (!part.silent) tell(element, part, said);
}

// --- names ---

/** ` for “…”`, so that controls that repeat are told apart. */
const about = (part) => (part.subject ? ` for “${short(part.subject)}”` : "");

function short(words) {
  const line = words.trim().replace(/\s+/g, " ");
  return line.length > LONGEST_NAME ? `${line.slice(0, LONGEST_NAME - 1).trimEnd()}…` : line;
}

/** What finds an element again after it was drawn anew. */
const marks = (element, part, choice = null) => ({ "data-block": plainOf(part.block_id), "data-action": plainOf(element.action_id), "data-choice": choice });

/** The attributes of a control: of an input block it has a label, elsewhere it is named by its placeholder. */
function named(element, part, fallback) {
  return {
    ...marks(element, part),
    id: part.id,
    "aria-label": part.id ? null : (plainOf(element.placeholder) || fallback) + about(part),
    "aria-describedby": part.describedby,
    "aria-invalid": part.invalid && "true",
    required: part.required,
    autofocus: element.focus_on_load === true,
  };
}

// --- buttons and menus ---

/** What a button is called: its visible text first, and what it acts on as a description. */
function pressing(element, part, words) {
  const more = plainOf(element.accessibility_label);
  const isLonger = more.toLowerCase().includes(words.toLowerCase()) && more !== words;
  const described = [isLonger ? "" : more, part.subject && short(part.subject)].filter((one) => one && one !== words);
  return { "aria-label": isLonger ? more : null, "aria-description": described.join(", ") || null };
}

function button(element, part) {
  const words = shownPlain(element.text) || "Button";
  const style = ["primary", "danger"].includes(element.style) ? element.style : element.type === "icon_button" ? "small" : "";
  const attributes = { class: `button ${style}`, ...pressing(element, part, words), ...marks(element, part) };
  const address = safe(plainOf(element.url));
  const press = async (event) => {
    if (address && element.confirm) event.preventDefault();
    if (!(await agreed(element.confirm, part.context.names))) return;
    if (address && element.confirm) window.open(address, "_blank", "noopener,noreferrer");
    tell(element, part, null);
  };
  const drawn = (address && link(address, words)) || make("button", { type: "button" }, words);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) drawn.setAttribute(name, value);
  drawn.addEventListener("click", press);
  return drawn;
}

function feedbackButtons(element, part) {
  const key = keyOf(part.block_id, element);
  const drawn = [element.positive_button, element.negative_button].map((one) => {
    const words = shownPlain(one?.text) || "Feedback";
    const said = plainOf(one?.value);
    const press = async () => {
      if (!(await agreed(one?.confirm || element.confirm, part.context.names))) return;
      keep(element, part, said);
      for (const other of drawn) other.setAttribute("aria-pressed", String(other === pressed));
      tell(element, part, said);
    };
    const state = { "aria-pressed": String(part.context.values.get(key) === said) };
    const pressed = make("button", { type: "button", class: "small", ...state, ...pressing(one || {}, part, words), ...marks(element, part, said), onclick: press }, words);
    return pressed;
  });
  return make("span", { class: "row" }, ...drawn);
}

function overflow(element, part) {
  const id = fresh("menu");
  const pick = async (option) => {
    menu.hidePopover();
    if (!(await agreed(option.confirm || element.confirm, part.context.names))) return;
    const address = safe(plainOf(option.url));
    if (address) window.open(address, "_blank", "noopener,noreferrer");
    tell(element, part, plainOf(option.value));
  };
  const items = objects(element.options).map((option, place) =>
    make("button", { type: "button", role: "menuitem", tabindex: "-1", autofocus: place === 0, onclick: () => pick(option) }, ...optionWords(option, part)),
  );
  const menu = make("div", { id, popover: "auto", role: "menu", class: "choices", "aria-label": `Actions${about(part)}` }, ...items);
  menu.addEventListener("keydown", (event) => walk(event, items, menu));
  const open = make("button", { type: "button", class: "small more", popovertarget: id, "aria-haspopup": "menu", "aria-label": `More actions${about(part)}`, ...marks(element, part) }, "⋯");
  return make("span", { class: "overflow" }, open, menu);
}

function walk(event, items, menu) {
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (to === undefined || !items.length) return;
  event.preventDefault();
  items[to % items.length].focus();
}

function optionWords(option, part) {
  const more = option.description && make("small", {}, textOf(option.description, part.context.names));
  return [make("span", { class: "words" }, textOf(option.text, part.context.names)), more];
}

// --- choices ---

/** A native select of `groups`: `[{label, options: [{value, words, option}]}]`. */
function select(element, part, groups) {
  const held = holding(element, part);
  const all = groups.flatMap((group) => group.options);
  const drawOption = ({ value, words }) => make("option", { value, selected: value === held }, words);
  const drawn = groups.map(({ label, options }) => (label ? [make("optgroup", { label }, ...options.map(drawOption))] : options.map(drawOption)));
  const nothing = make("option", { value: "" }, plainOf(element.placeholder) || "Choose …");
  const control = make("select", { ...named(element, part, "Choose"), class: "control" }, nothing, ...drawn.flat());
  control.addEventListener("change", () => {
    const undo = () => { control.value = holding(element, part) || ""; };
    choose(element, part, control.value, undo, all.find((one) => one.value === control.value)?.option);
  });
  return control;
}

/** Radio buttons or checkboxes. A fold has them `around` it, and `say`s what is chosen. */
function boxes(element, part, kind, options, fold) {
  const name = fresh("choice");
  const isRadio = kind === "radio";
  const held = () => [holding(element, part)].flat();
  const inputs = options.map(({ value }) =>
    make("input", { type: kind, name, value, checked: held().includes(value), "aria-invalid": !isRadio && part.invalid && "true", ...marks(element, part, value) }),
  );
  const labels = options.map(({ option, words }, place) =>
    make("label", { class: "option" }, inputs[place], make("span", {}, ...(option ? optionWords(option, part) : [words]))),
  );
  const limit = () => {
    const isFull = inputs.filter((input) => input.checked).length >= (element.max_selected_items || Infinity);
    for (const input of inputs) input.disabled = isFull && !input.checked;
  };
  const undo = () => {
    for (const input of inputs) input.checked = held().includes(input.value);
    limit();
  };
  const group = make(
    "fieldset",
    {
      role: isRadio && "radiogroup",
      "aria-label": !part.legend && `Choose${about(part)}`,
      "aria-describedby": part.describedby,
      "aria-invalid": isRadio && part.invalid && "true",
      "aria-required": isRadio && part.required && "true",
    },
    part.legend,
    ...(fold ? [fold.around(labels)] : labels),
  );
  group.addEventListener("change", async ({ target }) => {
    limit();
    const said = isRadio ? target.value : inputs.filter((input) => input.checked).map((input) => input.value);
    await choose(element, part, said, undo, options[inputs.indexOf(target)].option);
    fold?.say();
  });
  limit();
  return group;
}

/** Several of many: the choices unfold under a line that says what is chosen. */
function multiSelect(element, part, groups) {
  const options = groups.flatMap((group) => group.options);
  const line = make("span");
  const say = () => {
    const chosen = options.filter((option) => holding(element, part).includes(option.value));
    line.textContent = chosen.map((option) => option.words).join(", ") || plainOf(element.placeholder) || "Choose …";
  };
  const around = (labels) => make("details", { class: "multi" }, make("summary", marks(element, part), line), ...labels);
  say();
  return boxes(element, part, "checkbox", options, { around, say });
}

const givenGroups = (element) => {
  const read = (options) => objects(options).map((option) => ({ option, value: plainOf(option.value), words: optionLine(option) }));
  const grouped = objects(element.option_groups).map((group) => ({ label: plainOf(group.label) || "Other", options: read(group.options) }));
  return [{ options: read(element.options) }, ...grouped];
};

const optionLine = (option) => [shownPlain(option.text), shownPlain(option.description)].filter(Boolean).join(" · ");

/** People, places or both, as options. */
const knownGroups = (...kinds) => (_element, { context }) => {
  const known = {
    people: context.people || idsOf(context.names, /^[UW]/),
    places: context.places || idsOf(context.names, /^[CG]/),
  };
  return [{ options: kinds.flatMap((kind) => objects(known[kind])).map((one) => ({ value: one.id, words: one.name || one.label || one.id })) }];
};

const idsOf = (names, pattern) => Object.keys(names).filter((id) => pattern.test(id)).map((id) => ({ id, name: names[id] }));

const one = (groups) => (element, part) => select(element, part, groups(element, part));
const many = (groups) => (element, part) => multiSelect(element, part, groups(element, part));
const listed = (kind) => (element, part) => boxes(element, part, kind, givenGroups(element)[0].options);

// --- text, dates and times ---

const typed = (type, fallback) => (element, part) => {
  const isLong = type === "text" && element.multiline === true;
  const value = holding(element, part) || "";
  const attributes = {
    ...named(element, part, fallback),
    class: "control",
    placeholder: plainOf(element.placeholder) || null,
    minlength: element.min_length,
    maxlength: element.max_length,
    min: element.min_value,
    max: element.max_value,
    step: type === "number" && element.is_decimal_allowed ? "any" : null,
  };
  const control = isLong ? make("textarea", { ...attributes, rows: "4" }, value) : make("input", { ...attributes, type, value });
  const triggers = element.dispatch_action_config?.trigger_actions_on;
  const tells = (when) => !part.silent && (Array.isArray(triggers) ? triggers.includes(when) : when === "on_enter_pressed");
  const say = async () => (await agreed(element.confirm, part.context.names)) && tell(element, part, control.value);
  control.addEventListener("input", (event) => {
    keep(element, part, control.value);
    if (tells("on_character_entered") && !event.isComposing) say();
  });
  control.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !tells("on_enter_pressed") || (isLong && !event.ctrlKey && !event.metaKey)) return;
    event.preventDefault();
    say();
  });
  return control;
};

const picked = (type, fallback, shown = (said) => said, read = (value) => value) => (element, part) => {
  const held = () => shown(holding(element, part) || "");
  const control = make("input", { ...named(element, part, fallback), class: "control", type, value: held() });
  control.addEventListener("change", () => choose(element, part, read(control.value), () => { control.value = held(); }));
  return control;
};

/** Seconds since 1970 as a local date and time, as the input writes it; and back. */
function localTime(seconds) {
  if (!/^\d{10}$/.test(seconds)) return "";
  const moment = new Date(Number(seconds) * 1000);
  return new Date(moment - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const secondsOf = (local) => (local ? String(new Date(local).valueOf() / 1000) : "");

// --- pictures ---

/** A picture is never fetched: its frame says what it would show, and from where. */
export function picture(element) {
  const address = plainOf(element.image_url);
  const host = URL.canParse(address) ? new URL(address).host : "";
  const about = [plainOf(element.title), host].filter(Boolean).join(" · ");
  return make("span", { class: "picture" }, make("span", {}, plainOf(element.alt_text) || "Picture"), about && make("small", {}, about));
}

// --- all ---

const ELEMENTS = {
  __proto__: null,
  button,
  workflow_button: button,
  icon_button: button,
  feedback_buttons: feedbackButtons,
  overflow,
  image: picture,
  static_select: one(givenGroups),
  multi_static_select: many(givenGroups),
  users_select: one(knownGroups("people")),
  multi_users_select: many(knownGroups("people")),
  channels_select: one(knownGroups("places")),
  multi_channels_select: many(knownGroups("places")),
  conversations_select: one(knownGroups("people", "places")),
  multi_conversations_select: many(knownGroups("people", "places")),
  radio_buttons: listed("radio"),
  checkboxes: listed("checkbox"),
  plain_text_input: typed("text", "Text"),
  email_text_input: typed("email", "Email address"),
  url_text_input: typed("url", "Link"),
  number_input: typed("number", "Number"),
  datepicker: picked("date", "Date"),
  timepicker: picked("time", "Time"),
  datetimepicker: picked("datetime-local", "Date and time", localTime, secondsOf),
};

/** Draw an element, or a note that says that this page cannot. */
export function drawElement(element, part) {
  const draw = ELEMENTS[plainOf(element?.type)];
  return draw ? draw(element, part) : unknown(element?.type, "element");
}
