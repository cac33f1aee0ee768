// What the elements of blocks hold: what was filled in, else what they held at first.

import { objects, plainOf } from "./text.js";

const optionValue = (option) => plainOf(option?.value) || null;
const optionValues = (options) => objects(options).map((option) => plainOf(option.value));
const plain = (name) => (element) => plainOf(element[name]) || null;
const several = (name) => (element) => (Array.isArray(element[name]) ? element[name].map(plainOf) : []);
const text = plain("initial_value");

/** What an element holds at first, by its type: text, the value of an option, or a list of them; null for nothing. */
const INITIAL = {
  __proto__: null,
  plain_text_input: text,
  email_text_input: text,
  url_text_input: text,
  number_input: text,
  datepicker: plain("initial_date"),
  timepicker: plain("initial_time"),
  datetimepicker: plain("initial_date_time"),
  static_select: (element) => optionValue(element.initial_option),
  radio_buttons: (element) => optionValue(element.initial_option),
  users_select: plain("initial_user"),
  channels_select: plain("initial_channel"),
  conversations_select: plain("initial_conversation"),
  checkboxes: (element) => optionValues(element.initial_options),
  multi_static_select: (element) => optionValues(element.initial_options),
  multi_users_select: several("initial_users"),
  multi_channels_select: several("initial_channels"),
  multi_conversations_select: several("initial_conversations"),
};

export const holdsValue = (element) => Object.hasOwn(INITIAL, plainOf(element?.type));

/** Whether an element is several controls, which need a legend in the place of a label. */
export const isGroup = (element) => ["radio_buttons", "checkboxes"].includes(element?.type) || plainOf(element?.type).startsWith("multi_");

export const keyOf = (block_id, element) => `${plainOf(block_id)} ${plainOf(element.action_id)}`;

/** What an element holds now: what was filled in, else what it held at first. */
export function heldBy(element, block_id, values) {
  const key = keyOf(block_id, element);
  return values.has(key) ? values.get(key) : INITIAL[element.type](element);
}

/** Everything that these blocks hold, as a view is submitted: `{block_id: {action_id: said}}`. */
export function valuesOf(blocks, values) {
  const said = { __proto__: null };
  for (const block of objects(blocks)) {
    const inside = block.type === "actions" ? objects(block.elements) : [];
    for (const element of [block.element, block.accessory, ...inside].filter(holdsValue)) {
      const block_id = plainOf(block.block_id);
      said[block_id] ??= { __proto__: null };
      said[block_id][plainOf(element.action_id)] = heldBy(element, block.block_id, values);
    }
  }
  return said;
}
