// Rich text, as people's clients write messages, becomes DOM.

import { make } from "./dom.js";
import { addLines, called, date, emoji, fenced, link, mention, objects, plainOf, unknown } from "./text.js";

/** A `rich_text` block as DOM. */
export function richText(block, names) {
  const drawn = new DocumentFragment();
  const open = []; // lists within each other, the innermost last
  for (const element of objects(block?.elements)) {
    if (element.type !== "rich_text_list") open.length = 0;
    if (element.type === "rich_text_list") placeList(element, open, drawn, names);
    else drawn.append(richPart(element, names));
  }
  return drawn;
}

function richPart(element, names) {
  if (element.type === "rich_text_section") return make("p", {}, ...richSpans(element, names));
  if (element.type === "rich_text_quote") return make("blockquote", {}, ...richSpans(element, names));
  if (element.type === "rich_text_preformatted") return fenced(objects(element.elements).map((one) => plainOf(one) || plainOf(one.url)).join(""));
  return unknown(element.type, "part of a rich text");
}

/** Put a list into the last item of the list that it is indented under. */
function placeList(element, open, drawn, names) {
  const ordered = element.style === "ordered";
  const items = objects(element.elements).map((item) => make("li", {}, ...richSpans(item, names)));
  const list = make(ordered ? "ol" : "ul", { start: ordered && Number.isInteger(element.offset) && element.offset + 1 }, ...items);
  const indent = Number(element.indent) || 0;
  while (open.length && open.at(-1).indent >= indent) open.pop();
  (open.at(-1)?.list.lastElementChild || drawn).append(list);
  open.push({ indent, list });
}

const STYLES = { code: "code", bold: "strong", italic: "em", strike: "s", underline: "u", highlight: "mark" };

function richSpans(element, names) {
  return objects(element.elements).map((one) => {
    let span = richSpan(one, names);
    for (const [style, tag] of Object.entries(STYLES)) if (one.style?.[style]) span = make(tag, {}, span);
    return span;
  });
}

function richSpan(one, names) {
  const read = RICH[one.type];
  return read ? read(one, names) : unknown(one.type, "part of a rich text");
}

const RICH = {
  __proto__: null,
  text: (one) => {
    const drawn = new DocumentFragment();
    addLines(drawn, plainOf(one));
    return drawn;
  },
  link: (one) => link(plainOf(one.url), plainOf(one) || plainOf(one.url)) || plainOf(one) || plainOf(one.url),
  user: (one, names) => mention(`@${called(names, plainOf(one.user_id))}`),
  usergroup: (one, names) => mention(`@${called(names, plainOf(one.usergroup_id))}`),
  team: (one, names) => mention(`@${called(names, plainOf(one.team_id))}`),
  channel: (one, names) => mention(`#${called(names, plainOf(one.channel_id))}`),
  broadcast: (one) => mention(`@${plainOf(one.range)}`),
  emoji: (one) => emoji(plainOf(one.name)),
  color: (one) => make("code", {}, plainOf(one.value)),
  date: (one) => date(["", one.timestamp, plainOf(one.format), plainOf(one.url)], plainOf(one.fallback)),
};
