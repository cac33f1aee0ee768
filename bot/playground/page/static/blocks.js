// Block Kit as DOM: every block that this page can draw, and a visible note for those it cannot.
//
// `context` is `{names, people, places, values, errors, act, where}`: what ids are called, whom selects offer, what is
// filled in by `${block_id} ${action_id}`, what was wrong by block_id, and `act({block_id, action_id, said})` for whatever
// is pressed or chosen: `said` is null for a button, text or the value of an option, or a list of them.

import { make } from "./dom.js";
import { drawElement, picture } from "./elements.js";
import { markdown, table } from "./markdown.js";
import { richText } from "./richtext.js";
import { fresh, link, mrkdwn, objects, plainOf, shownPlain, textOf, unknown } from "./text.js";
import { isGroup } from "./values.js";

export { keepFocus } from "./focus.js";
export { valuesOf } from "./values.js";

/** Draw blocks one under the other. */
export function drawBlocks(blocks, context) {
  const drawn = new DocumentFragment();
  const whole = { names: {}, errors: {}, values: new Map(), act: () => {}, ...context };
  let subject = ""; // what a row of buttons acts on: the text before it
  for (const block of objects(blocks)) {
    const node = drawBlock(block, whole, subject);
    if (block.type === "section" || block.type === "header") subject = node.textContent;
    if (block.type === "actions" || block.type === "divider") subject = "";
    drawn.append(node);
  }
  return drawn;
}

function drawBlock(block, context, subject = "") {
  const draw = BLOCKS[plainOf(block.type)];
  return draw ? draw(block, context, subject) : unknown(block.type, "block");
}

const partOf = (block, context, subject) => ({ block_id: plainOf(block.block_id), context, subject });

const elementsOf = (list, part) => objects(list).map((element) => drawElement(element, part));

const words = (object, names, kind) => make("div", { class: object?.type === "mrkdwn" ? kind : `${kind} plain` }, textOf(object, names));

// --- blocks ---

function section(block, context) {
  const text = block.text && words(block.text, context.names, "text");
  const fields = objects(block.fields).map((field) => words(field, context.names, "field"));
  const grid = fields.length > 0 && make("div", { class: "fields" }, ...fields);
  const said = make("div", { class: "said" }, text, grid);
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

function rowOf(block, context, subject) {
  return make("div", { class: "row" }, ...elementsOf(block.elements, partOf(block, context, subject)));
}

function tableOf(block, { names }) {
  const drawCell = (cell) => (cell.type === "rich_text" ? richText(cell, names) : plainOf(cell) || plainOf(cell.value));
  const rows = Array.isArray(block.rows) ? block.rows.map((row) => objects(row).map(drawCell)) : [];
  const sides = Array.isArray(block.column_settings) ? block.column_settings.map((column) => SIDES[plainOf(column?.align)]) : [];
  return table(rows, sides);
}

const SIDES = { __proto__: null, left: "left", center: "center", right: "right" };

function input(block, context) {
  const element = block.element || {};
  const part = partOf(block, context, "");
  const error = Object.hasOwn(context.errors, part.block_id) ? plainOf(context.errors[part.block_id]) : "";
  const name = fresh("input");
  const hint = shownPlain(block.hint);
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(" ");
  const label = [shownPlain(block.label), block.optional === true && make("small", {}, " (optional)")].filter(Boolean);
  const filled = {
    ...part,
    describedby: described || null,
    invalid: Boolean(error),
    required: block.optional !== true,
    silent: block.dispatch_action !== true,
    ...(isGroup(element) ? { legend: make("legend", {}, ...label) } : { id: name }),
  };
  return make(
    "div",
    { class: error ? "input wrong" : "input" },
    !isGroup(element) && make("label", { for: name }, ...label),
    drawElement(element, filled),
    hint && make("p", { class: "hint", id: `${name}-hint` }, hint),
    error && make("p", { class: "error", id: `${name}-error`, role: "alert" }, error),
  );
}

const STATUSES = { __proto__: null, pending: "to do", in_progress: "at work", complete: "done", error: "failed" };

function task(block, { names }) {
  const status = STATUSES[plainOf(block.status)] ? block.status : "pending";
  const rich = ["details", "output"].filter((name) => block[name]).map((name) => make("div", { class: "more" }, richText(block[name], names)));
  const sources = objects(block.sources).map((source) => link(plainOf(source.url), plainOf(source.text) || plainOf(source.url)) || plainOf(source));
  return make(
    "div",
    { class: `task ${status}` },
    make("p", {}, make("b", {}, shownPlain(block.title)), " ", make("small", {}, STATUSES[status])),
    ...rich,
    sources.length > 0 && make("p", { class: "context" }, ...sources),
  );
}

function plan(block, context) {
  return make("div", { class: "plan" }, make("p", {}, make("b", {}, shownPlain(block.title))), ...objects(block.tasks).map((one) => task(one, context)));
}

const LEVELS = { __proto__: null, default: "Note", info: "Note", warning: "Warning", error: "Error", success: "Done" };

function alert(block, { names }) {
  const level = LEVELS[plainOf(block.level)] ? block.level : "default";
  return make("div", { class: `alert ${level}`, role: "note" }, make("b", {}, LEVELS[level]), make("div", {}, textOf(block.text, names)));
}

function card(block, context) {
  const said = ["title", "subtitle", "body"].filter((name) => block[name]).map((name) => make("div", { class: name }, textOf(block[name], context.names)));
  const part = partOf(block, context, shownPlain(block.title));
  const actions = objects(block.actions).length > 0 && make("div", { class: "row" }, ...elementsOf(block.actions, part));
  return make("div", { class: "card" }, ...["hero_image", "icon"].filter((name) => block[name]).map((name) => picture(block[name])), ...said, actions);
}

const BLOCKS = {
  __proto__: null,
  section,
  header: (block) => make("h2", { class: "heading heading-1" }, shownPlain(block.text)),
  divider: () => make("hr"),
  context,
  image: picture,
  actions: rowOf,
  context_actions: rowOf,
  markdown: (block, { names }) => make("div", { class: "markdown" }, markdown(plainOf(block), names)),
  rich_text: (block, { names }) => make("div", { class: "rich" }, richText(block, names)),
  table: tableOf,
  input,
  task_card: task,
  plan,
  alert,
  card,
};

// --- attachments ---

const COLOURS = { __proto__: null, good: "success", warning: "warning", danger: "error" };

/** Draw a legacy attachment: what stands in it is set apart by a line. */
export function drawAttachment(attachment, context) {
  const { names } = context;
  const line = (text, kind, address) => text && make("p", { class: kind }, (address && link(plainOf(address), plainOf(text))) || mrkdwn(plainOf(text), names));
  const fields = objects(attachment.fields).map((field) => make("div", { class: "field" }, line(field.title, "title"), line(field.value, "")));
  const shown = [
    line(attachment.author_name, "subtitle", attachment.author_link),
    line(attachment.title, "title", attachment.title_link),
    line(attachment.text, ""),
    fields.length > 0 && make("div", { class: "fields" }, ...fields),
    ...[attachment.image_url, attachment.thumb_url].filter(Boolean).map((image_url) => picture({ image_url })),
    ...objects(attachment.actions).map((action) => unknown(action.type, "element of an attachment")),
    drawBlocks(attachment.blocks, context),
    line(attachment.footer, "context"),
  ].filter(Boolean);
  const inside = make("div", { class: `attachment ${COLOURS[plainOf(attachment.color)] || ""}` }, ...shown);
  if (!inside.textContent) inside.append(line(attachment.fallback, "") || "");
  return make("div", {}, line(attachment.pretext, ""), inside);
}
