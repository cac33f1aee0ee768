"""What the memory says: in no door's words."""

from __future__ import annotations

import re
from pathlib import Path

import memory

COMMAND = re.compile(r"(?<![\w/])/memory\b")


def test_no_text_of_the_memory_names_a_command_of_slack() -> None:
    files = list(Path(memory.__file__).parent.rglob("*.py"))
    assert len(files) > 40
    assert [file.name for file in files if COMMAND.search(file.read_text())] == []
