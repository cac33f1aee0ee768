// Block Kit as DOM: every block that this page can draw, and a visible note for those it cannot.
//
// `context` is `{names, people, places, values, errors, act}`: what ids are called, whom selects offer, what is filled in
// by `${block_id} ${action_id}`, what was wrong by block_id, and `act({block_id, action_id, said})` for what is pressed.
// `part` says where an element stands: `subject` is the text that it belongs to; `id` and `legend` come from an input
// block; `silent` means that a change is kept but not told to the app.

import { make } from "./dom.js";
import { fresh, leadsTo, markdown, mrkdwn, objects, plainOf, richText, safe, shownPlain, table, textOf, unknown } from "./text.js";

const LONGEST_NAME = 60;

/** Draw blocks one under the other. */
export function drawBlocks(blocks, context) {
  const drawn = new DocumentFragment();
  let subject = ""; // what a row of buttons acts on: the text before it
  for (const block of objects(blocks)) {
    const draw = BLOCKS[plainOf(block.type)];
    const node = draw ? draw(block, context, subject) : unknown(block.type, "block");
    if (block.type === "section" || block.type === "header") subject = node.textContent;
    if (block.type === "actions" || block.type === "divider") subject = "";
    drawn.append(node);
  }
  return drawn;
}

const partOf = (block, context, subject) => ({ block_id: plainOf(block.block_id), context, subject });

const words = (object, names, kind) => make("div", { class: object?.type === "mrkdwn" ? kind : `${kind} plain` }, textOf(object, names));

/** Notes for what is said beyond what is `known`, so that nothing is left out unseen. */
const beyond = (object, known, what) => Object.keys(object).filter((name) => !known.includes(name)).map((name) => unknown(name, what));

// --- blocks ---

function section(block, context) {
  const text = block.text && words(block.text, context.names, "text");
  const fields = objects(block.fields).map((field) => words(field, context.names, "field"));
  const said = make("div", { class: "said" }, text, fields.length > 0 && make("div", { class: "fields" }, ...fields));
  if (!block.accessory) return said;
  return make("div", { class: "section" }, said, drawElement(block.accessory, partOf(block, context, said.textContent)));
}

function context(block, { names }) {
  const drawn = objects(block.elements).map((element) => {
    if (element.type === "image") return picture(element);
    if (element.type === "mrkdwn" || element.type === "plain_text") return make("span", {}, textOf(element, names));
    return unknown(element.type, "element");
  });
  return make("div", { class: "context" }, ...drawn);
}

function row(block, context, subject) {
  const part = partOf(block, context, subject);
  return make("div", { class: "row" }, ...objects(block.elements).map((element) => drawElement(element, part)));
}

function tableOf(block, { names }) {
  const drawCell = (cell) => (cell.type === "rich_text" ? richText(cell, names) : plainOf(cell) || plainOf(cell.value));
  return table(Array.isArray(block.rows) ? block.rows.map((cells) => objects(cells).map(drawCell)) : []);
}

function input(block, context) {
  const element = block.element || {};
  const part = partOf(block, context, "");
  const isGroup = ["radio_buttons", "checkboxes"].includes(element.type); // several controls have a legend, not a label
  const id = fresh("input");
  const hint = shownPlain(block.hint);
  const error = Object.hasOwn(context.errors, part.block_id) && plainOf(context.errors[part.block_id]);
  const label = [shownPlain(block.label), block.optional === true && make("small", {}, " (optional)")];
  const filled = {
    ...part,
    describedby: [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || null,
    invalid: Boolean(error),
    required: block.optional !== true,
    silent: block.dispatch_action !== true,
    ...(isGroup ? { legend: make("legend", {}, ...label) } : { id }),
  };
  return make(
    "div",
    { class: error ? "input wrong" : "input" },
    !isGroup && make("label", { for: id }, ...label),
    drawElement(element, filled),
    hint && make("p", { class: "hint", id: `${id}-hint` }, hint),
    error && make("p", { class: "error", id: `${id}-error`, role: "alert" }, error),
  );
}

const STATUSES = { __proto__: null, pending: "to do", in_progress: "at work", complete: "done", error: "failed" };

function task(block) {
  const status = STATUSES[plainOf(block.status)] ? block.status : "pending";
  return make(
    "div",
    { class: `task ${status}` },
    make("b", {}, shownPlain(block.title)),
    " ",
    make("small", {}, STATUSES[status]),
    ...beyond(block, ["type", "block_id", "task_id", "title", "status"], "part of a task"),
  );
}

const BLOCKS = {
  __proto__: null,
  section,
  header: (block) => make("h2", { class: "heading heading-1" }, shownPlain(block.text)),
  divider: () => make("hr"),
  context,
  image: picture,
  actions: row,
  context_actions: row,
  markdown: (block, { names }) => make("div", { class: "markdown" }, markdown(plainOf(block), names)),
  rich_text: (block, { names }) => make("div", { class: "markdown" }, richText(block, names)),
  table: tableOf,
  input,
  task_card: task,
};

// --- attachments ---

/** Draw a legacy attachment. */
export function drawAttachment(attachment, context) {
  const inside = make(
    "div",
    { class: "attachment" },
    attachment.text && make("p", {}, mrkdwn(plainOf(attachment.text), context.names)),
    drawBlocks(attachment.blocks, context),
    ...beyond(attachment, ["id", "text", "fallback", "blocks", "color", "mrkdwn_in"], "part of an attachment"),
  );
  if (!inside.textContent) inside.append(plainOf(attachment.fallback));
  return inside;
}

// --- values ---

/** Where an element says what it holds at first, by its type. */
const INITIAL = {
  __proto__: null,
  plain_text_input: "initial_value",
  datepicker: "initial_date",
  static_select: "initial_option",
  radio_buttons: "initial_option",
  checkboxes: "initial_options",
  users_select: "initial_user",
  channels_select: "initial_channel",
  conversations_select: "initial_conversation",
};

const valueOf = (said) => plainOf(said?.value ?? said) || null;

const keyOf = (block_id, element) => `${plainOf(block_id)} ${plainOf(element.action_id)}`;

/** What an element holds now: what was filled in, else what it held at first; null for nothing. */
function elementValue(element, block_id, values) {
  const key = keyOf(block_id, element);
  const initial = element[INITIAL[element.type]];
  if (values.has(key)) return values.get(key);
  return element.type === "checkboxes" ? objects(initial).map(valueOf) : valueOf(initial);
}

/** Everything that these blocks hold, as a view is submitted: `{block_id: {action_id: said}}`. */
export function valuesOf(blocks, values) {
  const said = { __proto__: null };
  for (const block of objects(blocks)) {
    const inside = block.type === "actions" ? objects(block.elements) : [];
    for (const element of [block.element, block.accessory, ...inside].filter((one) => INITIAL[plainOf(one?.type)])) {
      const inputs = (said[plainOf(block.block_id)] ??= { __proto__: null });
      inputs[plainOf(element.action_id)] = elementValue(element, block.block_id, values);
    }
  }
  return said;
}

// --- what is asked before, and told after ---

/** Ask, if there is something to ask: a promise of whether the person agrees. Escape is no. */
function agreed(confirm, names) {
  if (typeof confirm !== "object" || confirm === null) return Promise.resolve(true);
  return new Promise((resolve) => {
    const title = fresh("confirm");
    const answer = (value, words, kind) => make("button", { class: kind, onclick: () => dialog.close(value) }, words);
    const dialog = make(
      "dialog",
      { class: "confirm", role: "alertdialog", "aria-labelledby": title, "aria-describedby": `${title}-text` },
      make("h2", { id: title }, shownPlain(confirm.title) || "Are you sure?"),
      make("div", { id: `${title}-text` }, textOf(confirm.text, names)),
      make("footer", {},
        answer("", shownPlain(confirm.deny) || "Cancel", "deny"),
        answer("yes", shownPlain(confirm.confirm) || "Yes", confirm.style === "danger" ? "danger" : "primary"),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

const asked = (element, part, option) => agreed(option?.confirm || element.confirm, part.context.names);

const current = (element, part) => elementValue(element, part.block_id, part.context.values);

function keep(element, part, said) {
  part.context.values.set(keyOf(part.block_id, element), said);
}

function tell(element, part, said) {
  part.context.act({ block_id: part.block_id, action_id: plainOf(element.action_id), said });
}

/** Keep a choice and tell the app, if whoever chose agrees; else `undo`. */
async function choose(element, part, said, undo, option) {
  if (!(await asked(element, part, option))) return undo();
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
    class: "control",
    "aria-label": part.id ? null : (plainOf(element.placeholder) || fallback) + about(part),
    "aria-describedby": part.describedby,
    "aria-invalid": part.invalid && "true",
    required: part.required,
    autofocus: element.focus_on_load === true,
  };
}

// --- buttons and menus ---

/** A button, or a link if there is an `address`. What it acts on is its description. */
function pressable(element, part, { kind, choice, address, press, pressed }) {
  const words = shownPlain(element.text) || "Button";
  const label = plainOf(element.accessibility_label);
  const isWhole = label.toLowerCase().includes(words.toLowerCase()); // what is read aloud must hold what is seen
  const described = [!isWhole && label, part.subject && short(part.subject)].filter((one) => one && one !== words);
  const attributes = {
    ...(address && leadsTo(address)),
    ...marks(element, part, choice),
    class: `button ${kind}`,
    "aria-label": isWhole && label,
    "aria-description": described.join(", ") || null,
    "aria-pressed": pressed,
    onclick: press,
  };
  return make(address ? "a" : "button", attributes, words);
}

function button(element, part) {
  const kind = ["primary", "danger"].includes(element.style) ? element.style : element.type === "icon_button" ? "small" : "";
  const address = safe(plainOf(element.url));
  const press = async () => {
    if (!(await asked(element, part))) return;
    if (element.confirm) visit(address);
    tell(element, part, null);
  };
  return pressable(element, part, { kind, press, address: !element.confirm && address });
}

const visit = (address) => address && window.open(address, "_blank", "noopener,noreferrer");

function feedbackButtons(element, part) {
  const chosen = part.context.values.get(keyOf(part.block_id, element));
  const drawn = [element.positive_button, element.negative_button].map((one) => {
    const said = plainOf(one?.value);
    const press = async () => {
      if (!(await asked(element, part, one))) return;
      keep(element, part, said);
      for (const other of drawn) other.setAttribute("aria-pressed", String(other === pressed));
      tell(element, part, said);
    };
    const pressed = pressable({ ...one, action_id: element.action_id }, part, { kind: "small", choice: said, press, pressed: String(chosen === said) });
    return pressed;
  });
  return make("span", { class: "row" }, ...drawn);
}

function overflow(element, part) {
  const id = fresh("menu");
  const pick = async (option) => {
    menu.hidePopover();
    if (!(await asked(element, part, option))) return;
    visit(safe(plainOf(option.url)));
    tell(element, part, plainOf(option.value));
  };
  const items = objects(element.options).map((option, place) =>
    make("button", { role: "menuitem", tabindex: "-1", autofocus: place === 0, onclick: () => pick(option) }, ...optionWords(option, part)),
  );
  const menu = make("div", { id, popover: "auto", role: "menu", class: "menu choices", "aria-label": `Actions${about(part)}` }, ...items);
  menu.addEventListener("keydown", (event) => walk(event, items, menu));
  const open = make("button", { class: "button small more", popovertarget: id, "aria-haspopup": "menu", "aria-label": `More actions${about(part)}`, ...marks(element, part) }, "⋯");
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

/** A native select of `groups`: `[{label, options}]`. */
function select(element, part, groups) {
  const value = () => current(element, part) || "";
  const all = groups.flatMap((group) => group.options);
  const drawOption = (option) => make("option", { value: plainOf(option.value), selected: plainOf(option.value) === value() }, optionLine(option));
  const drawn = groups.flatMap(({ label, options }) => (label ? make("optgroup", { label: plainOf(label) }, ...options.map(drawOption)) : options.map(drawOption)));
  const nothing = make("option", { value: "" }, plainOf(element.placeholder) || "Choose …");
  const control = make("select", named(element, part, "Choose"), nothing, ...drawn);
  control.addEventListener("change", () => {
    const option = all.find((one) => plainOf(one.value) === control.value);
    choose(element, part, control.value, () => { control.value = value(); }, option);
  });
  return control;
}

const optionLine = (option) => [shownPlain(option.text), shownPlain(option.description)].filter(Boolean).join(" · ");

function givenSelect(element, part) {
  const grouped = objects(element.option_groups).map(({ label, options }) => ({ label, options: objects(options) }));
  return select(element, part, [{ options: objects(element.options) }, ...grouped]);
}

/** A select of people, places or both. */
const knownSelect = (...kinds) => (element, part) => {
  const { names, people = idsOf(names, /^[UW]/), places = idsOf(names, /^[CG]/) } = part.context;
  const known = { people, places };
  return select(element, part, [{ options: kinds.flatMap((kind) => known[kind]).map(({ id, name }) => ({ value: id, text: name || id })) }]);
};

const idsOf = (names, pattern) => Object.keys(names).filter((id) => pattern.test(id)).map((id) => ({ id, name: names[id] }));

const boxes = (type) => (element, part) => {
  const isRadio = type === "radio";
  const options = objects(element.options);
  const name = fresh("choice");
  const isChosen = (value) => [current(element, part)].flat().includes(value);
  const inputs = options.map((option) => {
    const value = plainOf(option.value);
    return make("input", { type, name, value, checked: isChosen(value), "aria-invalid": !isRadio && part.invalid && "true", ...marks(element, part, value) });
  });
  const undo = () => {
    for (const input of inputs) input.checked = isChosen(input.value);
  };
  const change = ({ target }) => {
    const said = isRadio ? target.value : inputs.filter((input) => input.checked).map((input) => input.value);
    choose(element, part, said, undo, options[inputs.indexOf(target)]);
  };
  return make(
    "fieldset",
    {
      role: isRadio && "radiogroup",
      "aria-label": !part.legend && `Choose${about(part)}`,
      "aria-describedby": part.describedby,
      "aria-invalid": isRadio && part.invalid && "true",
      "aria-required": isRadio && part.required && "true",
      onchange: change,
    },
    part.legend,
    ...options.map((option, place) => make("label", { class: "option" }, inputs[place], make("span", {}, ...optionWords(option, part)))),
  );
};

// --- text and dates ---

function textInput(element, part) {
  const isLong = element.multiline === true;
  const value = current(element, part) || "";
  const attributes = {
    ...named(element, part, "Text"),
    placeholder: plainOf(element.placeholder) || null,
    minlength: element.min_length,
    maxlength: element.max_length,
  };
  const control = isLong ? make("textarea", { ...attributes, rows: "4" }, value) : make("input", { ...attributes, value });
  const triggers = element.dispatch_action_config?.trigger_actions_on;
  const tells = (when) => !part.silent && (Array.isArray(triggers) ? triggers.includes(when) : when === "on_enter_pressed");
  const say = async () => (await asked(element, part)) && tell(element, part, control.value);
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
}

function datePicker(element, part) {
  const value = () => current(element, part) || "";
  const change = () => choose(element, part, control.value, () => { control.value = value(); });
  const control = make("input", { ...named(element, part, "Date"), type: "date", value: value(), onchange: change });
  return control;
}

// --- pictures ---

/** A picture is never fetched: its frame says what it would show, and from where. */
function picture(element) {
  const address = plainOf(element.image_url);
  const host = URL.canParse(address) ? new URL(address).host : "";
  const about = [plainOf(element.title), host].filter(Boolean).join(" · ");
  return make("span", { class: "picture" }, make("span", {}, plainOf(element.alt_text) || "Picture"), about && make("small", {}, about));
}

// --- all elements ---

const ELEMENTS = {
  __proto__: null,
  button,
  icon_button: button,
  feedback_buttons: feedbackButtons,
  overflow,
  image: picture,
  static_select: givenSelect,
  users_select: knownSelect("people"),
  channels_select: knownSelect("places"),
  conversations_select: knownSelect("people", "places"),
  radio_buttons: boxes("radio"),
  checkboxes: boxes("checkbox"),
  plain_text_input: textInput,
  datepicker: datePicker,
};

function drawElement(element, part) {
  const draw = ELEMENTS[plainOf(element?.type)];
  return draw ? draw(element, part) : unknown(element?.type, "element");
}
