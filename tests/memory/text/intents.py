"""The labelled sentences in `intents.tsv`, and how a reader of them is scored.

Each line of the file: part, language, expected, sentence. `held` is a fifth that rules are not written against; what is
to be kept stands between ‹ and › (the sentence is read without them). Expected is one of

    save       to be kept at once; offering it is a lesser answer
    offer      may be meant so: to be offered; keeping it at once is wrong
    either     offering it does no harm, keeping it at once is wrong
    none       nothing for the memory
    …          the kind of another intent ("forget_last")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SENTENCES = Path(__file__).with_name("intents.tsv")
WANTED = ("save", "offer")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One labelled sentence; `kept` is the text to keep or look for, None where the label does not say."""

    part: str
    language: str
    expected: str
    text: str
    kept: str | None


@dataclass(frozen=True, slots=True)
class Score:
    """What a reader made of some sentences: counts."""

    saved: int
    saved_rightly: int
    wanted: int
    found: int
    nothing: int
    offered_for_nothing: int
    commands: int
    commands_read: int

    @property
    def precision(self) -> float:
        """Of what was saved at once, the part that should be."""
        return self.saved_rightly / self.saved if self.saved else 1.0

    @property
    def recall(self) -> float:
        """Of what should be kept, the part that was saved or offered."""
        return self.found / self.wanted if self.wanted else 1.0


def sentences() -> list[Sentence]:
    """All of them, in the order of the file."""
    rows = SENTENCES.read_text(encoding="utf-8").splitlines()[1:]
    return [_sentence(*row.split("\t")) for row in rows]


def _sentence(part: str, language: str, expected: str, marked: str) -> Sentence:
    kept = marked.partition("‹")[2].partition("›")[0] if "‹" in marked else None
    return Sentence(part, language, expected, marked.replace("‹", "").replace("›", ""), kept)


def score(some: Iterable[Sentence], read: Callable[[str], str]) -> Score:
    """Score a reader that answers as `expected` does: "save", "offer", "none" or a kind."""
    return _score([(each.expected, read(each.text)) for each in some])


def _score(answers: Sequence[tuple[str, str]]) -> Score:
    given = [(expected, answer) for expected, answer in answers if expected not in (*WANTED, "either", "none")]
    return Score(
        saved=sum(answer == "save" for _, answer in answers),
        saved_rightly=answers.count(("save", "save")),
        wanted=sum(expected in WANTED for expected, _ in answers),
        found=sum(expected in WANTED and answer in WANTED for expected, answer in answers),
        nothing=sum(expected == "none" for expected, _ in answers),
        offered_for_nothing=answers.count(("none", "offer")),
        commands=len(given),
        commands_read=sum(expected == answer for expected, answer in given),
    )
