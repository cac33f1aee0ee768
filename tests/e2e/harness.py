"""A page with nothing but blocks on it, served with the playground's own files and headers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from bot.playground.page.server import HEADERS

STATIC = Path(__file__).parents[2] / "bot" / "playground" / "page" / "static"
STYLES = "".join(f'<link rel="stylesheet" href="{one.name}">' for one in sorted(STATIC.glob("*.css"), reverse=True))
HTML = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Blocks</title><link rel="icon" href="icon.svg">{STYLES}<script type="module" src="harness.js"></script></head>
<body><main><h1>Blocks</h1><div id="log"><div id="stage" class="blocks"></div></div></main></body></html>"""
SCRIPT = """
import { drawAttachment, drawBlocks, valuesOf } from "./blocks.js";
import { keepFocus } from "./dom.js";
import { markdown, mrkdwn } from "./text.js";

const stage = document.querySelector("#stage");
const names = { U1: "alice", U2: "bob", C1: "general" };
const people = [{ id: "U1", name: "alice" }, { id: "U2", name: "bob" }];
const values = new Map();
const acts = [];
let shown = [];
let errors = {};
const context = () => ({ names, people, values, errors, act: (pressed) => acts.push(pressed), where: "here" });
const fill = () => stage.replaceChildren(drawBlocks(shown, context()));
window.harness = {
  acts,
  draw: (blocks, wrong = {}) => { shown = blocks; errors = wrong; values.clear(); acts.length = 0; fill(); },
  redraw: (blocks = shown) => { shown = blocks; keepFocus(stage, fill); },
  replace: () => {
    const old = stage.firstElementChild;
    const filled = document.createElement("div");
    const build = () => { filled.append(drawBlocks(shown, context())); return filled; };
    old.replaceWith(keepFocus(old, build));
  },
  attach: (attachment) => stage.replaceChildren(drawAttachment(attachment, context())),
  mrkdwn: (text) => stage.replaceChildren(mrkdwn(text, names)),
  markdown: (text) => stage.replaceChildren(markdown(text, names)),
  valuesOf: () => valuesOf(shown, values),
};
"""


class Handler(SimpleHTTPRequestHandler):
    """Serves the harness, and beside it the files of the page."""

    def do_GET(self) -> None:
        made = {"/": (HTML, "text/html"), "/harness.js": (SCRIPT, "text/javascript")}.get(self.path)
        if made is None:
            super().do_GET()
            return
        body = made[0].encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{made[1]}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        pass


@contextmanager
def serve() -> Iterator[str]:
    """The address of the harness while the block runs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(STATIC))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@dataclass(frozen=True, slots=True)
class Stage:
    """The open harness, and what happened on it."""

    page: Page

    def draw(self, *blocks: Any, errors: dict[str, str] | None = None) -> None:
        """Draw these blocks alone, with nothing filled in."""
        self.page.evaluate("([blocks, errors]) => harness.draw(blocks, errors)", [list(blocks), errors or {}])

    def redraw(self, *blocks: Any) -> None:
        """Draw again with what was filled in: the same blocks, or others."""
        self.page.evaluate("(blocks) => harness.redraw(...(blocks.length ? [blocks] : []))", list(blocks))

    def call(self, name: str, argument: Any = None) -> None:
        """Let the page draw text or an attachment: `mrkdwn`, `markdown`, `attach`, `replace`."""
        self.page.evaluate("([name, argument]) => harness[name](argument)", [name, argument])

    def html(self) -> str:
        return self.page.locator("#stage").inner_html()

    def text(self) -> str:
        return self.page.locator("#stage").inner_text()

    def said(self) -> list[Any]:
        """What the app was told so far: `said` of every act."""
        return [act["said"] for act in self.acts()]

    def wait_for_acts(self, count: int) -> None:
        """Wait until the app was told so often: a question is answered a moment after its dialog closes."""
        self.page.wait_for_function("(count) => harness.acts.length >= count", arg=count)

    def acts(self) -> Sequence[dict[str, Any]]:
        acts: list[dict[str, Any]] = self.page.evaluate("() => harness.acts")
        return acts

    def values(self) -> dict[str, dict[str, Any]]:
        """What would be submitted. The page sends JSON, so it is read as JSON."""
        filled: dict[str, dict[str, Any]] = json.loads(self.page.evaluate("() => JSON.stringify(harness.valuesOf())"))
        return filled
