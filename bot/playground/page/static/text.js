// Text as people read it: Slack's mrkdwn, standard markdown and rich text become DOM. HTML in it stays text.

import { make } from "./dom.js";

const EMOJIS = new Map(Object.entries({
  "+1": "👍", "-1": "👎", thumbsup: "👍", heart: "❤️", eyes: "👀", tada: "🎉", wave: "👋", smile: "😄", warning: "⚠️",
  white_check_mark: "✅", x: "❌", pray: "🙏",
}));
const CHARACTERS = { amp: "&", lt: "<", gt: ">" };
const either = (...parts) => new RegExp(parts.map((part) => part.source).join("|"), "g");
const TOKEN = /<(?<token>[^<>\n]+)>/;
const EMOJI = /:(?<emoji>[a-z0-9_+'-]{1,60}):/;
const ENTITY = /&(?<entity>amp|lt|gt);/;
const EVERY_EMOJI = either(EMOJI);
const EVERY_ENTITY = either(ENTITY);
const URLS = /(?<url>https?:\/\/[^\s<>|]*[^\s<>|.,;:!?"')\]*_~`])/;
const CODE = /`(?<code>[^`\n]+)`/;
const UNDERSCORED = /(?<!\w)_(?=\S)(?<em>[^_\n]*[^_\s])_(?!\w)/;
const MRKDWN = either(
  CODE,
  TOKEN,
  /(?<![\w*])\*(?=\S)(?<strong>[^*\n]*[^*\s])\*(?![\w*])/,
  UNDERSCORED,
  /(?<![\w~])~(?=\S)(?<strike>[^~\n]*[^~\s])~(?![\w~])/,
  EMOJI, ENTITY, URLS,
);

/** What an emoji's short name shows: the character, or `:name:`. */
export const emoji = (name) => EMOJIS.get(name) || `:${name}:`;

/** What an id is called, or else what was said of it. */
const called = (names, id, said) => (Object.hasOwn(names, id) ? names[id] : said || id);

/** What stands where this page has no way to draw something. */
export function unknown(type, what) {
  const name = String(type);
  return make("p", { class: "unknown", role: "note" }, `This page cannot draw ${/^[aeio]/.test(name) ? "an" : "a"} “${name}” ${what}.`);
}

/** A link, or null when the address is none to follow. */
function link(address, ...words) {
  const followed = safe(address);
  return followed && make("a", leadsTo(followed), ...words);
}

/** What makes an element a link that opens elsewhere, and tells nobody where from. */
export const leadsTo = (href) => ({ href, rel: "noreferrer noopener", target: "_blank" });

/** The address, if it is one to follow: of the web or of mail. */
export function safe(address) {
  const known = URL.canParse(address) && new URL(address);
  return known && ["http:", "https:", "mailto:"].includes(known.protocol) ? known.href : null;
}

/** A text object `{type, text}` as DOM. */
export function textOf(object, names) {
  if (object?.type === "mrkdwn") return mrkdwn(plainOf(object), names, object.verbatim === true);
  return linesOf(shownPlain(object));
}

/** The characters of a text object, or of a string, for labels. */
export function plainOf(object) {
  const text = typeof object === "object" && object !== null ? object.text : object;
  return typeof text === "string" || typeof text === "number" ? String(text) : "";
}

/** The same with its emoji drawn, as plain text shows them. */
export function shownPlain(object) {
  return object?.emoji === false ? plainOf(object) : plainOf(object).replace(EVERY_EMOJI, (_, name) => emoji(name));
}

/** The objects in what should be a list of them. */
export const objects = (list) => (Array.isArray(list) ? list.filter((one) => typeof one === "object" && one !== null) : []);

let made = 0;
/** An id that nothing else on the page has. */
export const fresh = (name) => `${name}-${(made += 1)}`;

// --- mrkdwn ---

/** Slack's mrkdwn as DOM. `names` are what ids are called; in `verbatim` text addresses are no links by themselves. */
export function mrkdwn(text, names, verbatim = false) {
  const how = { pattern: MRKDWN, names, verbatim };
  const parts = text.split("```");
  if (parts.length % 2 === 0) parts.push(parts.splice(-2).join("```"));
  const drawn = new DocumentFragment();
  parts.forEach((part, place) => {
    const afterCode = place > 0 ? part.replace(/^\n/, "") : part;
    const trimmed = place < parts.length - 1 ? afterCode.replace(/\n$/, "") : afterCode;
    drawn.append(place % 2 ? fenced(unescaped(trimmed)) : quoted(trimmed, how));
  });
  return drawn;
}

function quoted(text, how) {
  const drawn = new DocumentFragment();
  const runs = [];
  for (const line of text.split("\n")) {
    const isQuote = /^(&gt;|>)/.test(line);
    if (runs.at(-1)?.isQuote !== isQuote) runs.push({ isQuote, lines: [] });
    runs.at(-1).lines.push(isQuote ? line.replace(/^(&gt;|>) ?/, "") : line);
  }
  for (const { isQuote, lines } of runs) {
    const said = inline(lines.join("\n"), how);
    drawn.append(isQuote ? make("blockquote", {}, said) : said);
  }
  return drawn;
}

const fenced = (text) => make("pre", {}, make("code", {}, text));

const unescaped = (text) => text.replace(EVERY_ENTITY, (_, name) => CHARACTERS[name]);

// --- within a line ---

const span = (tag) => (text, how) => make(tag, {}, inline(text, how));
const SPANS = {
  code: (text) => make("code", {}, unescaped(text)),
  strong: span("strong"),
  em: span("em"),
  both: (...all) => make("strong", {}, span("em")(...all)),
  strike: span("s"),
  token: (text, how) => token(text, how.names),
  label: (text, how, { target }) => link(unescaped(target), inline(text, how)) || `[${text}](${target})`,
  emoji,
  entity: (name) => CHARACTERS[name],
  escaped: (character) => character,
  url: (text, how) => (!how.verbatim && link(unescaped(text), unescaped(text))) || unescaped(text),
};

function inline(text, how) {
  const drawn = new DocumentFragment();
  let from = 0;
  for (const match of text.matchAll(how.pattern)) {
    drawn.append(linesOf(text.slice(from, match.index)));
    const [kind, value] = Object.entries(match.groups).find(([, found]) => found !== undefined);
    drawn.append(SPANS[kind](value, how, match.groups));
    from = match.index + match[0].length;
  }
  drawn.append(linesOf(text.slice(from)));
  return drawn;
}

/** Text whose lines stay lines. */
function linesOf(text) {
  const drawn = new DocumentFragment();
  drawn.append(...text.split("\n").flatMap((line, place) => (place ? [make("br"), line] : [line])).filter(Boolean));
  return drawn;
}

/** What stands between `<` and `>`: a mention or a link; anything else stays as it was typed. */
function token(text, names) {
  const [target, ...rest] = unescaped(text).split("|");
  const said = rest.join("|");
  const id = target.slice(1);
  if (/^[@#]\w+$/.test(target)) return mention(target[0] + called(names, id, said));
  if (/^!\w+$/.test(target)) return mention(`@${id}`);
  if (target[0] === "!" && said) return said; // a date, a group: their words for clients that cannot draw them
  return link(target, said || target.replace(/^mailto:/, "")) || unescaped(`<${text}>`);
}

const mention = (text) => make("span", { class: "mention" }, text);

// --- standard markdown, as the `markdown` block and streamed answers are written in it ---

const DEEPEST = 12; // of quotes and lists within each other; what is deeper stays text
const MARKDOWN = either(
  /\\(?<escaped>[!-/:-@[-`{-~])/,
  /``(?<code>[^\n]+?)``/, CODE,
  TOKEN,
  /!?\[(?<label>[^[\]\n]+)\]\((?<target>(?:[^()\s]|\([^()\s]*\))+)\)/,
  /\*\*\*(?=\S)(?<both>[^*\n]*[^*\s])\*\*\*/,
  /\*\*(?=\S)(?<strong>(?:[^*\n]|\*(?!\*))+)\*\*/, /(?<!\w)__(?=\S)(?<strong>(?:[^_\n]|_(?!_))+)__(?!\w)/,
  /\*(?=\S)(?<em>[^*\n]*[^*\s])\*/, UNDERSCORED,
  /~~(?=\S)(?<strike>[^~\n]*[^~\s])~~/,
  EMOJI, ENTITY, URLS,
);

/** Standard markdown as Slack's `markdown` block draws it. */
export function markdown(text, names) {
  const levels = [...new Set(text.match(/^#{1,6}(?= )/gm))].sort(); // a heading is as big as its rank among those used
  return parts(text.split("\n"), { pattern: MARKDOWN, names, levels }, 0);
}

const FENCE = /^ {0,3}(```|~~~)/;
const HEADING = /^ {0,3}(#{1,6}) +(.*)$/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(?:\s+|$)/;
const TABLE_LINE = /^\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?)?$/;

/** Draws lines: each reader takes those it knows from `at` on, and gives `[what it drew, the line after]`. */
function parts(lines, how, depth) {
  const drawn = new DocumentFragment();
  let at = 0;
  while (at < lines.length) {
    const read = lines[at].trim() ? [readFence, readHeading, readRule, readTable, readQuote, readList, readParagraph] : [];
    const found = read.reduce((done, reader) => done || reader(lines, at, how, depth), null);
    if (found) drawn.append(found[0]);
    at = found ? found[1] : at + 1;
  }
  return drawn;
}

function readFence(lines, at) {
  const mark = lines[at].match(FENCE)?.[1];
  if (!mark) return null;
  const found = lines.findIndex((line, place) => place > at && line.trim().startsWith(mark));
  const end = found < 0 ? lines.length : found;
  return [fenced(lines.slice(at + 1, end).join("\n")), end + 1];
}

function readHeading(lines, at, how) {
  const [, marks, text] = lines[at].match(HEADING) || [];
  if (!marks) return null;
  const rank = Math.max(how.levels.indexOf(marks), 0) + 1;
  return [make(`h${Math.min(rank + 1, 6)}`, { class: `heading heading-${rank}` }, inline(text, how)), at + 1];
}

function readRule(lines, at) {
  return RULE.test(lines[at]) ? [make("hr"), at + 1] : null;
}

function readTable(lines, at, how) {
  if (!lines[at].includes("|") || !TABLE_LINE.test((lines[at + 1] || "").trim())) return null;
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const rows = [lines[at], ...lines.slice(at + 2, end)];
  return [table(rows.map((row) => cells(row).map((cell) => inline(cell, how)))), end];
}

const cells = (line) => line.trim().replace(/^\||(?<!\\)\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());

/** A table of drawn cells; its first row is its head. */
export function table([head = [], ...rows]) {
  const row = (cell, drawn) => make("tr", {}, ...drawn.map((one) => make(cell, { scope: cell === "th" && "col" }, one)));
  return make("table", {}, make("thead", {}, row("th", head)), make("tbody", {}, ...rows.map((one) => row("td", one))));
}

function readQuote(lines, at, how, depth) {
  if (depth > DEEPEST || !QUOTE.test(lines[at])) return null;
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return [make("blockquote", {}, parts(inner, how, depth + 1)), end];
}

function readList(lines, at, how, depth) {
  const first = depth <= DEEPEST && lines[at].match(ITEM);
  if (!first) return null;
  const isOrdered = /\d/.test(first[2]);
  const items = [];
  let end = at;
  for (; end < lines.length; end += 1) {
    const line = lines[end];
    const item = line.match(ITEM);
    const indent = line.length - line.trimStart().length;
    const isOurs = item && indent <= first[1].length + 1;
    if (isOurs && (/\d/.test(item[2]) !== isOrdered || RULE.test(line))) break;
    if (isOurs) items.push({ offset: item[0].length, lines: [checkbox(line.slice(item[0].length))] });
    else if (!line.trim() || indent > first[1].length) items.at(-1).lines.push(dedented(line, items.at(-1).offset));
    else break;
  }
  const drawn = items.map((item) => make("li", {}, parts(item.lines, how, depth + 1)));
  return [isOrdered ? make("ol", { start: parseInt(first[2], 10) }, ...drawn) : make("ul", {}, ...drawn), end];
}

const checkbox = (text) => text.replace(/^\[( |x)\] /i, (_, mark) => (mark === " " ? "☐ " : "☑ "));

const dedented = (line, by) => line.slice(Math.min(by, line.length - line.trimStart().length));

function readParagraph(lines, at, how, depth) {
  const begins = [FENCE, HEADING, RULE, ...(depth > DEEPEST ? [] : [QUOTE, ITEM])];
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !begins.some((pattern) => pattern.test(lines[end]))) end += 1;
  return [make("p", {}, inline(lines.slice(at, end).map((line) => line.trim()).join("\n"), how)), end];
}

// --- rich text, as people's clients write messages ---

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

const STYLES = { code: "code", bold: "strong", italic: "em", strike: "s", underline: "u" };

function richSpans(element, names) {
  return objects(element.elements).map((one) => {
    const read = RICH[one.type];
    let drawn = read ? read(one, names) : unknown(one.type, "part of a rich text");
    for (const [style, tag] of Object.entries(STYLES)) if (one.style?.[style]) drawn = make(tag, {}, drawn);
    return drawn;
  });
}

const RICH = {
  __proto__: null,
  text: (one) => linesOf(plainOf(one)),
  link: (one) => link(plainOf(one.url), plainOf(one) || plainOf(one.url)) || plainOf(one) || plainOf(one.url),
  user: (one, names) => mention(`@${called(names, plainOf(one.user_id))}`),
  channel: (one, names) => mention(`#${called(names, plainOf(one.channel_id))}`),
  broadcast: (one) => mention(`@${plainOf(one.range)}`),
  emoji: (one) => emoji(plainOf(one.name)),
  date: (one) => plainOf(one.fallback),
};
