"""Writes what was done on the page as a test, in the form that the project's own conversations have."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from bot.playground.page.recorder import Line
from bot.playground.page.world import World
from bot.playground.terminal.script import Script

WIDTH = 110
HEAD = '''"""A conversation that was held in the playground."""

from __future__ import annotations

from bot.playground.terminal.script import Script


async def test_conversation(demo: Script) -> None:
    await demo.run(
        [
'''
FOOT = """        ]
    )
"""
_SHOWN = re.compile(r"^ *(?:↳ )?(?:\w+(?: \([^()]*\))?: |┌─ |\? |! )(?P<words>.+)$")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


async def conversation_test(world: World, lines: Sequence[Line]) -> str:
    """Play the lines in a new world and write them down with what was seen. What no line can say is a remark."""
    script = Script(world.slack, world.inside.settled)
    written = [
        f"            # {line.typed}: there are no words for it\n" if line.lost else await _exchange(script, line)
        for line in lines
    ]
    return f"{HEAD}{''.join(written)}{FOOT}"


async def _exchange(script: Script, line: Line) -> str:
    who = f"{line.who}@{line.place}"
    shown = await script.say(who, line.typed)
    parts = [_quoted(who), _quoted(line.typed), _expected(shown)]
    together = f"            ({', '.join(parts)}),\n"
    if len(together) <= WIDTH:
        return together
    return "            (\n" + "".join(f"                {part},\n" for part in parts) + "            ),\n"


def _expected(shown: str) -> str:
    """The first line of each message, view and question that was seen, without the days, which differ tomorrow."""
    found = [match["words"] for line in shown.split("\n") if (match := _SHOWN.match(line))]
    words = [cut for each in found if (cut := _DAY.split(each)[0].strip())]
    if words:
        return _quoted(words[0]) if len(words) == 1 else f"[{', '.join(map(_quoted, words))}]"
    return _quoted(shown.strip().split("\n")[0]) if shown.strip() else "None"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
