// Text as people read it: Slack's mrkdwn, standard markdown and rich text become DOM. HTML in it stays text.

import { make } from "./dom.js";

const EMOJIS = new Map(Object.entries({
  "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎", heart: "❤️", eyes: "👀", tada: "🎉", wave: "👋", smile: "😄",
  pray: "🙏", white_check_mark: "✅", x: "❌", warning: "⚠️", bulb: "💡", brain: "🧠", lock: "🔒", memo: "📝", rocket: "🚀",
}));
const CHARACTERS = { amp: "&", lt: "<", gt: ">" };
const DATES = {
  __proto__: null,
  date_num: { dateStyle: "short" },
  date: { dateStyle: "long" },
  date_short: { dateStyle: "medium" },
  date_long: { dateStyle: "full" },
  time: { timeStyle: "short" },
  time_secs: { timeStyle: "medium" },
};

export const either = (...parts) => new RegExp(parts.map((part) => part.source).join("|"), "g");
export const TOKEN = /<(?<token>[^<>\n]+)>/;
export const EMOJI = /:(?<emoji>[a-z0-9_+'-]{1,60}):/;
export const ENTITY = /&(?<entity>amp|lt|gt);/;
const EVERY_EMOJI = either(EMOJI);
const EVERY_ENTITY = either(ENTITY);
export const URLS = /(?<url>https?:\/\/[^\s<>|]*[^\s<>|.,;:!?"')\]*_~`])/;
export const CODE = /`(?<code>[^`\n]+)`/;
export const UNDERSCORED = /(?<!\w)_(?=\S)(?<em>[^_\n]*[^_\s])_(?!\w)/;
const MRKDWN = either(
  CODE,
  TOKEN,
  /(?<![\w*])\*(?=\S)(?<strong>[^*\n]*[^*\s])\*(?![\w*])/,
  UNDERSCORED,
  /(?<![\w~])~(?=\S)(?<strike>[^~\n]*[^~\s])~(?![\w~])/,
  EMOJI, ENTITY, URLS,
);

/** What an emoji's short name shows: the character, or `:name:`. */
export const emoji = (name) => EMOJIS.get(name.replace(/::skin-tone-\d$/, "")) || `:${name}:`;

/** What an id is called, or else what was said of it. */
export const called = (names, id, said) => (Object.hasOwn(names, id) ? names[id] : said || id);

/** What stands where this page has no way to draw something. */
export function unknown(type, what) {
  const name = String(type);
  return make("p", { class: "unknown", role: "note" }, `This page cannot draw ${/^[aeio]/.test(name) ? "an" : "a"} “${name}” ${what}.`);
}

/** A link, or null when the address is none to follow. */
export function link(address, ...words) {
  const followed = safe(address);
  return followed && make("a", { href: followed, rel: "noreferrer noopener", target: "_blank" }, ...words);
}

/** The address, if it is one to follow: of the web or of mail. */
export function safe(address) {
  const known = URL.canParse(address) && new URL(address);
  return known && ["http:", "https:", "mailto:"].includes(known.protocol) ? known.href : null;
}

/** A text object `{type, text}` as DOM. */
export function textOf(object, names) {
  if (object?.type === "mrkdwn") return mrkdwn(plainOf(object), names, object.verbatim === true);
  const drawn = new DocumentFragment();
  addLines(drawn, shownPlain(object));
  return drawn;
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

export const fenced = (text) => make("pre", {}, make("code", {}, text));

const unescaped = (text) => text.replace(EVERY_ENTITY, (_, name) => CHARACTERS[name]);

// --- within a line ---

const SPANS = {
  code: (text) => make("code", {}, unescaped(text)),
  strong: (text, how) => make("strong", {}, inline(text, how)),
  em: (text, how) => make("em", {}, inline(text, how)),
  both: (text, how) => make("strong", {}, make("em", {}, inline(text, how))),
  strike: (text, how) => make("s", {}, inline(text, how)),
  token: (text, how) => token(text, how.names),
  label: (text, how, { target }) => link(unescaped(target), inline(text, how)) || `[${text}](${target})`,
  emoji,
  entity: (name) => CHARACTERS[name],
  escaped: (character) => character,
  url: (text, how) => (!how.verbatim && link(unescaped(text), unescaped(text))) || unescaped(text),
};

export function inline(text, how) {
  const drawn = new DocumentFragment();
  let from = 0;
  for (const match of text.matchAll(how.pattern)) {
    addLines(drawn, text.slice(from, match.index));
    const [kind, value] = Object.entries(match.groups).find(([, found]) => found !== undefined);
    drawn.append(SPANS[kind](value, how, match.groups));
    from = match.index + match[0].length;
  }
  addLines(drawn, text.slice(from));
  return drawn;
}

export function addLines(parent, text) {
  text.split("\n").forEach((line, place) => {
    if (place) parent.append(make("br"));
    if (line) parent.append(line);
  });
}

/** What stands between `<` and `>`: a mention, a date, a link; anything else stays as it was typed. */
function token(text, names) {
  const [target, ...rest] = unescaped(text).split("|");
  const said = rest.join("|");
  const id = target.slice(1);
  if (/^[@#]\w+$/.test(target)) return mention(target[0] + called(names, id, said));
  if (target.startsWith("!date^")) return date(target.split("^"), said);
  if (/^!subteam\^\w+$/.test(target)) return mention(`@${(said || target.slice(9)).replace(/^@/, "")}`);
  if (/^!\w+$/.test(target)) return mention(`@${id}`);
  return link(target, said || target.replace(/^mailto:/, "")) || unescaped(`<${text}>`);
}

export const mention = (text) => make("span", { class: "mention" }, text);

/** `["!date", seconds, "{date_num} at {time}", address]` */
export function date([, seconds, format = "", address], fallback) {
  const moment = new Date(parseInt(seconds, 10) * 1000);
  if (Number.isNaN(moment.valueOf())) return fallback;
  const text = format.replace(/\{(\w+)\}/g, (whole, name) => {
    const options = DATES[name.replace(/_pretty$/, "")];
    return options ? new Intl.DateTimeFormat(undefined, options).format(moment) : whole;
  });
  return make("time", { datetime: moment.toISOString() }, (address && link(address, text)) || text || fallback);
}
