"""The playground as a process of its own, and the hands of somebody who uses it in a browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Playground:
    """A process of `python -m bot playground`."""

    url: str

    def start_over(self) -> None:
        base, _, token = self.url.partition("#token=")
        request = urllib.request.Request(f"{base}reset", method="POST", headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - its own loopback address
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - the same


@contextmanager
def running_playground() -> Iterator[Playground]:
    env = {"PATH": os.environ["PATH"], "PORT": "0", "PYTHONUNBUFFERED": "1"}
    started = subprocess.Popen(
        [sys.executable, "-m", "bot", "playground"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout
    try:
        url = next(match[0] for line in started.stdout if (match := re.search(r"http://\S+", line)))
        yield Playground(url)
    finally:
        started.terminate()
        assert started.wait(timeout=30) == 0


def say(page: Page, text: str) -> None:
    """Type a line and send it."""
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")
