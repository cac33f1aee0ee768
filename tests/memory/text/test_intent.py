"""What a line asks of the memory, in one's own words."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.text.intent import Intent, intent
from memory.text.intent.spelling import one_edit
from tests.memory.text.intents import Sentence, score, sentences

SENTENCES = sentences()
LANGUAGES = list(dict.fromkeys(each.language for each in SENTENCES))
LONGEST = 10_000  # characters
MOST_SECONDS = 0.05  # of CPU, for so many

remember = partial(Intent, "remember")


def read(line: str) -> str:
    """The answer as the labels write it."""
    found = intent(line)
    if found is None or found.kind != "remember":
        return found.kind if found else "none"
    return "save" if found.certain else "offer"


# --- The labelled set ----------------------------------------------------------------------------------------------


def _missed(some: list[Sentence]) -> str:
    """The sentences that were read in another way, one a line."""
    answers = [(each, read(each.text)) for each in some]
    return "\n".join(
        f"{each.part} {each.language} {each.expected} was read as {answer}: {each.text}"
        for each, answer in answers
        if answer != each.expected and (each.expected, answer) not in (("either", "none"), ("either", "offer"))
    )


def test_the_set_is_large_mixed_and_without_repetition() -> None:
    none = [each for each in SENTENCES if each.expected not in ("save", "offer")]
    assert len({each.text for each in SENTENCES}) == len(SENTENCES) >= 500
    assert len(none) * 2 >= len(SENTENCES)
    assert sum(each.part == "held" for each in SENTENCES) * 5 >= len(SENTENCES) * 0.9
    assert len(LANGUAGES) == 10


@pytest.mark.parametrize("part", ["tune", "held"])
def test_what_is_saved_at_once_was_meant_and_what_was_meant_is_saved_or_offered(part: str) -> None:
    some = [each for each in SENTENCES if each.part == part]
    found = score(some, read)
    assert found.precision >= 0.99, _missed(some)
    assert found.recall >= 0.95, _missed(some)
    assert found.offered_for_nothing <= found.nothing * 0.02, _missed(some)
    assert found.commands_read >= found.commands * 0.95, _missed(some)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_understood(language: str) -> None:
    some = [each for each in SENTENCES if each.language == language]
    found = score(some, read)
    assert found.precision >= 0.97, _missed(some)
    assert found.recall >= 0.93, _missed(some)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_kept_is_the_text_as_typed(language: str) -> None:
    marked = [each for each in SENTENCES if each.language == language and each.kept is not None]
    kept = [(found.text if (found := intent(each.text)) else each.kept, each.kept) for each in marked]
    assert [each for each in kept if _unstopped(each[0]) != _unstopped(each[1])] == []


def _unstopped(text: str | None) -> str:
    return (text or "").rstrip(".。!")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_kept_is_kept_unchanged_when_it_is_said_again(language: str) -> None:
    kept = [each.kept for each in SENTENCES if (each.language, each.expected) == (language, "save") and each.kept]
    again = [found.text if (found := intent(f"remember: {text}")) else None for text in kept]
    assert again == kept


# --- What is read of a line ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("remember that I'm vegetarian", remember(text="I'm vegetarian")),
        ("Remember for the team: two approvals", remember(text="two approvals", scope="team")),
        ("for everyone, remember that the wiki moved", remember(text="the wiki moved", scope="team")),
        ("remember for me: tea", remember(text="tea", scope="me")),
        ("remember in this channel: no bots", remember(text="no bots", scope="channel")),
        ("remember for #dev-ops: no deploys", remember(text="no deploys", room="dev-ops")),
        ("für das Team merken: zwei Freigaben", remember(text="zwei Freigaben", scope="team")),
        ("pour l'équipe, souviens-toi que le wiki a déménagé", remember(text="le wiki a déménagé", scope="team")),
        ("替团队记住：需要两个批准", remember(text="需要两个批准", scope="team")),
        ("remember until next friday that I'm on call", remember(text="I'm on call", until_words="next friday")),
        ("remember for 2 weeks: I'm in Oslo", remember(text="I'm in Oslo", until_words="2 weeks")),
        ("remember for us until May 3: freeze", remember(text="freeze", scope="team", until_words="May 3")),
        ("merk dir bis Freitag: der Zahnarzt", remember(text="der Zahnarzt", until_words="Freitag")),
        ("remember that I eat fish. What can I cook?", remember(text="I eat fish.", rest="What can I cook?")),
        ("Thanks! Also remember that I'm vegan", remember(text="I'm vegan")),
        (
            "We spoke about the offsite in Lisbon in June. Please remember that I'm vegan",
            remember(certain=False, text="I'm vegan", rest="We spoke about the offsite in Lisbon in June."),
        ),
        ("I'm vegan, please remember that", remember(text="I'm vegan")),
        ("Dogs bark. Remember that.", remember(certain=False, text="Dogs bark")),
        ("Ich bin vegan, merk dir das", remember(text="Ich bin vegan")),
        ("remember this", remember(certain=False)),
        ("これを覚えておいて", remember(certain=False)),
        ("from now on answer in German", remember(text="answer in German")),
        ("always answer in bullet points", remember(text="always answer in bullet points")),
        ("I'm vegetarian", remember(certain=False, text="I'm vegetarian")),
        ("forget m1, m2 and m3", Intent("forget_number", numbers=(1, 2, 3))),
        ("forget memory 7", Intent("forget_number", numbers=(7,))),
        ("update m12 to I like cocoa", Intent("update", text="I like cocoa", numbers=(12,))),
        ("forget it", Intent("forget_last", certain=False)),
        ("forget that?", Intent("forget_last", certain=False)),
        ("what do you know about me?", Intent("list")),
        ("show my memories about rockets", Intent("list", text="rockets")),
        ("forget what I said about rockets", Intent("forget_words", text="rockets")),
        ("forget everything", Intent("forget_everything")),
    ],
)
def test_a_line_becomes_a_value(line: str, expected: Intent) -> None:
    assert intent(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "do you remember when we met?",
        "remember the milk?",
        "can you remember what I said about X?",
        "can you remember my name",
        "remember when we were young",
        "Remember how slow it was",
        "remember that time we went to Rome",
        "I remember that we had this bug",
        "remind me to call mom",
        "He told me to remember that the door is locked",
        "always wondered why the sky is blue",
        "never mind",
        "from now on, is it possible to deploy on Fridays?",
        "note that the function returns None; why?",
        "save this file as report.pdf",
        "don't forget to add tests to the function above",
        "write a poem that begins with remember",
        "I'm in a meeting",
        "I like this, thanks",
        "I have a problem with X",
        "I live in Rome, please suggest a restaurant",
        "erinnerst du dich an mich",
        "te souviens-tu de moi",
        "recuerdas mi nombre",
    ],
)
def test_a_question_a_recollection_and_a_passing_state_ask_for_nothing(line: str) -> None:
    assert intent(line) is None


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("remember to call mom", "to call mom"),
        ("could you remember that I'm vegan?", "I'm vegan"),
        ("remember the deadline is Friday", "the deadline is Friday"),
        ("Remember that I'm vegetarian and suggest a dinner", "I'm vegetarian and suggest a dinner"),
        ("note: deploys are on Thursdays", "deploys are on Thursdays"),
        ("you should remember that I'm a manager", "I'm a manager"),
        ("never deploy on Fridays", "never deploy on Fridays"),
        ("I want you to always answer in French", "always answer in French"),
    ],
)
def test_what_may_be_meant_is_offered(line: str, text: str) -> None:
    assert intent(line) == remember(certain=False, text=text)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("*remember:* I like *bold* claims", "I like *bold* claims"),
        ("*remember: I like tea*", "I like tea"),
        ("_Remember_ that I like tea", "I like tea"),
        ("remember: snake_case for __dunder__ names", "snake_case for __dunder__ names"),
        ("remember: our colour is #ff6600", "our colour is #ff6600"),
        ("remember: 🎉 is my favourite", "🎉 is my favourite"),
        ("remember that I’m “done”", "I’m “done”"),
        ("REMEMBER： Ｗｉｄｅ letters stay", "Ｗｉｄｅ letters stay"),
        ("remember: cafe\u0301 Müller", "cafe\u0301 Müller"),
        ("remember that I'm vegan, please!", "I'm vegan"),
        ("remember:   two  blanks stay", "two  blanks stay"),
    ],
)
def test_the_text_stays_as_typed(line: str, text: str) -> None:
    found = intent(line)
    assert found is not None
    assert (found.certain, found.text) == (True, text)


@pytest.mark.parametrize(
    "before", ["", "• ", "1. ", "🧠 ", ":brain: ", "hey, ", "Hi Membot, ", "@membot ", "ok so ", "- "]
)
def test_what_stands_before_is_no_part_of_it(before: str) -> None:
    assert intent(f"{before}remember that I like tea") == remember(text="I like tea")


def test_the_bot_is_called_by_its_name() -> None:
    assert intent("hi ada, remember that I like tea", name="Ada") == remember(text="I like tea")
    assert intent("hi bob, remember that I like tea", name="Ada") is None


@pytest.mark.parametrize("verb", ["rember", "remeber", "rememebr", "remembr", "rememberr", "Remmember", "zapamietj"])
def test_a_misspelt_verb_is_the_verb(verb: str) -> None:
    found = intent(f"{verb}: I like tea")
    assert found is not None
    assert (found.certain, found.text) == (True, "I like tea")


@pytest.mark.parametrize("word", ["remembers", "remembered", "member", "dismember", "forgot", "forgets", "december"])
def test_another_word_is_no_misspelt_verb(word: str) -> None:
    assert intent(f"{word}: I like tea") is None
    assert intent(f"{word} that I like tea") is None


@pytest.mark.parametrize(
    ("word", "other", "expected"),
    [
        ("remember", "remember", False),
        ("remembe", "remember", True),
        ("emember", "remember", True),
        ("rremember", "remember", True),
        ("rememebr", "remember", True),
        ("rembemer", "remember", False),
        ("ab", "ba", True),
        ("ab", "cd", False),
        ("", "a", True),
        ("abc", "a", False),
    ],
)
def test_one_edit_is_one_letter_or_two_swapped(word: str, other: str, expected: bool) -> None:
    assert one_edit(word, other) is expected
    assert one_edit(other, word) is expected


@pytest.mark.parametrize(
    "line",
    [
        "`remember: x`",
        "```remember: x",
        "> remember that I like tea",
        "&gt; remember: x",
        '"remember: x"',
        "“Remember: x”",
    ],
)
def test_code_and_quotes_ask_for_nothing(line: str) -> None:
    assert intent(line) is None


@pytest.mark.parametrize("said", ["He said: ", '"Be nice. ', "Translate this. ", "Is it late? "])
def test_what_somebody_else_says_is_never_saved_at_once(said: str) -> None:
    found = intent(f"{said}Remember that the door is locked")
    assert found is None or not found.certain


def test_a_fact_is_one_short_sentence() -> None:
    assert intent("I live in Rome") == remember(certain=False, text="I live in Rome")
    assert intent("I live in Rome. It is hot here.") is None
    assert intent("I live in Rome" + " and like it" * 12) is None
    assert intent("I live in Rome, what can I do on Sunday?") is None


# --- Any text ------------------------------------------------------------------------------------------------------

_WORDS = [
    "remember that I",
    "remember:",
    "please",
    "hey, membot",
    "from now on answer",
    "always use",
    "never",
    "my dog is called Rex",
    "forget what I said about",
    "forget m1,",
    "update m1 to",
    "until friday",
    "for the team",
    "for #",
    "I live in",
    "merk dir, dass",
    "souviens-toi que",
    "recuerda",
    "ricordati che",
    "lembre-se de que",
    "onthoud dat",
    "zapamiętaj, że",
    "を覚えておいて",
    "请记住",
    "これからは",
    "以后",
    "吗",
    ":brain:",
    "*",
    "_",
    "`",
    '"',
    "> ",
    "\u200b",
    "\u0301",
    "\ud800",
    "? ",
    "! ",
    ". ",
    ": ",
    ", ",
]
any_line = st.text(max_size=200) | st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join)


@given(any_line)
@settings(deadline=None)
def test_any_line_is_read_without_an_error(line: str) -> None:
    found = intent(line)
    assert found is None or found == intent(line)


@given(any_line)
@settings(deadline=None)
def test_what_is_kept_was_typed(line: str) -> None:
    found = intent(line)
    assert found is None or all(words in line for words in (found.text, found.rest, found.until_words))


def _seconds(work: Callable[[], object]) -> float:
    """The lesser of two times, as others use the machine too."""
    times = []
    for _ in range(2):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


@given(
    st.lists(st.sampled_from(_WORDS) | st.text(min_size=1, max_size=5), min_size=1, max_size=8),
    st.sampled_from(["", " "]),
)
@settings(deadline=None, max_examples=30)
def test_a_long_line_takes_no_longer_than_its_length(pieces: list[str], between: str) -> None:
    piece = between.join([*pieces, ""]) or " "
    line = (piece * (LONGEST // len(piece) + 1))[:LONGEST]
    assert _seconds(lambda: intent(line)) < MOST_SECONDS


@pytest.mark.parametrize(
    "start", ["", "remember that ", "forget what I said about ", "from now on answer ", "always use "]
)
@pytest.mark.parametrize(
    "piece", [" ", ",", "!", "?", ". ", "a", "a ", "I ", "for the ", ", please", "answer ", "*", "m1, "]
)
def test_a_long_run_of_one_thing_takes_no_longer_than_its_length(start: str, piece: str) -> None:
    line = (start + piece * LONGEST)[:LONGEST]
    assert _seconds(lambda: intent(line)) < MOST_SECONDS
