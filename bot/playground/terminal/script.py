"""Conversations as tests: who said what, and what the bot should answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.playground.standin.standin import StandInSlack
from bot.playground.terminal.terminal import Mistyped, Settled, Terminal

Expected = str | Sequence[str] | None
Exchange = tuple[str, str, Expected]


class Script:
    """Lines typed as in the terminal, each with what must be seen after it.

        script = Script(slack, settled)
        await script.run([
            ("alice", "remember: I like tea", "Saved as m1"),
            ("alice@#general", "/memory list", ["m1", "tea"]),
            ("bob@#general", ":click 1", None),
        ])

    First comes who, and after `@` where: `#general`, `dm`, `thread` (of the last message). Without a place one stays
    where one is: in a direct message at first. `None` expects that nothing new is seen.
    """

    def __init__(self, slack: StandInSlack, settled: Settled | None = None) -> None:
        self._lines: list[str] = []
        self._terminal = Terminal(slack, settled or slack.quiet, self._lines.append)

    @property
    def transcript(self) -> str:
        """All that was said so far, as a terminal shows it."""
        return "\n".join(self._lines)

    async def run(self, exchanges: Iterable[Exchange]) -> None:
        """Play the exchanges. Raises `AssertionError` with the whole transcript at the first that goes otherwise."""
        for who, said, expected in exchanges:
            shown = await self.say(who, said)
            wrong = _wrong(shown, expected)
            if wrong:
                raise AssertionError(f"After “{said}” by {who}: {wrong}\n\n{self.transcript}\n")

    async def say(self, who: str, said: str) -> str:
        """Type one line; returns what was shown for it."""
        name, _, place = who.partition("@")
        self._terminal.stand(name, place or None)
        self._lines.append(self._terminal.prompt + said)
        before = len(self._lines)
        try:
            await self._terminal.enter(said)
        except Mistyped as mistyped:
            self._lines.append(f"  ! {mistyped}")
        return "\n".join(self._lines[before:])


def _wrong(shown: str, expected: Expected) -> str | None:
    """What is wrong with what was shown, as a sentence; None if nothing is."""
    if expected is None:
        return "nothing should have been seen." if shown else None
    wanted = [expected] if isinstance(expected, str) else expected
    missing = [f"“{part}”" for part in wanted if part not in shown]
    return f"{' and '.join(missing)} should have been seen." if missing else None
