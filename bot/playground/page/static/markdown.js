// Standard markdown, as Slack's `markdown` block and streamed answers are written in it, becomes DOM.

import { make } from "./dom.js";
import { CODE, EMOJI, ENTITY, TOKEN, UNDERSCORED, URLS, either, fenced, inline } from "./text.js";

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
  const levels = [...new Set([...text.matchAll(/^(#{1,6}) /gm)].map(([, marks]) => marks.length))].sort();
  const how = { pattern: MARKDOWN, names, levels };
  return parts(text.split("\n"), how, 0);
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
  const rank = Math.max(how.levels.indexOf(marks.length), 0) + 1;
  return [make(`h${Math.min(rank + 1, 6)}`, { class: `heading heading-${rank}` }, inline(text, how)), at + 1];
}

function readRule(lines, at) {
  return RULE.test(lines[at]) ? [make("hr"), at + 1] : null;
}

function readTable(lines, at, how) {
  if (!lines[at].includes("|") || !TABLE_LINE.test((lines[at + 1] || "").trim())) return null;
  const sides = cells(lines[at + 1]).map((cell) => (/^-.*:$/.test(cell) ? "right" : /^:.*:$/.test(cell) ? "center" : "left"));
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const rows = [lines[at], ...lines.slice(at + 2, end)];
  return [table(rows.map((row) => cells(row).map((cell) => inline(cell, how))), sides), end];
}

const cells = (line) => line.trim().replace(/^\||(?<!\\)\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());

/** A table of drawn cells; its first row is its head. */
export function table([head = [], ...rows], sides) {
  const row = (cell, drawn) => make("tr", {}, ...drawn.map((one, place) => make(cell, { class: `side-${sides[place] || "left"}`, scope: cell === "th" && "col" }, one)));
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
