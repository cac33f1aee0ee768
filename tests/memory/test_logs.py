"""The log: our own lines whole, everybody else's without their text, and no exception's message."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from memory.logs import OURS, DiscreetFormatter, set_up_logging

CANARY = "canary-text-of-a-person"
LIBRARIES = (
    "slack_sdk.web.async_base_client",
    "slack_bolt.AsyncApp",
    "app.py:AsyncApp",
    "aiohttp.server",
    "aiohttp.access",
    "sqlalchemy.engine.Engine",
    "sqlalchemy.pool",
    "psycopg",
    "LiteLLM",
    "LiteLLM Router",
    "openai._base_client",
    "httpx",
    "asyncio",
    "py.warnings",
    "botocore",
    "memory_profiler",
    "root",
)
LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to the log, with logging as it was put back afterwards."""
    for name in LIBRARIES:  # an earlier test that imported LiteLLM has silenced some of them
        monkeypatch.setattr(logging.getLogger(name), "filters", [])
    root, stream = logging.getLogger(), io.StringIO()
    before, raising = (root.handlers[:], root.level), logging.raiseExceptions
    levels = {name: logging.getLogger(name).level for name in OURS}
    set_up_logging("DEBUG", stream)
    yield stream
    root.handlers[:], logging.raiseExceptions = before[0], raising
    root.setLevel(before[1])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", LIBRARIES)
def test_of_a_librarys_line_only_its_place_is_shown(output: io.StringIO, name: str, level: int) -> None:
    logger = logging.getLogger(None if name == "root" else name)
    before = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        logger.log(level, f"{CANARY} %s %(no)s" if level == logging.DEBUG else f"{CANARY} %s", CANARY)
        logger.log(level, "body: %(body)s", {"body": CANARY}, extra={"text": CANARY}, stack_info=True)
        try:
            fail(ValueError(CANARY))
        except ValueError as error:
            logger.log(level, error, exc_info=True)
    finally:
        logger.setLevel(before)
    written = output.getvalue()
    assert "canary" not in written
    assert written.count("(text withheld) from ") == 3
    assert ", ValueError" in written
    assert 'test_logs.py", line' not in written
    assert logging.getLevelName(level) in written


@pytest.mark.parametrize("name", ["bot", "bot.inbox", "memory.store"])
@pytest.mark.parametrize("level", LEVELS)
def test_our_own_lines_are_shown_whole(output: io.StringIO, name: str, level: int) -> None:
    logging.getLogger(name).log(level, "Event %s failed at attempt %d", "Ev1", 2)
    assert f"{logging.getLevelName(level)} {name}: Event Ev1 failed at attempt 2" in output.getvalue()


def test_an_exception_of_ours_shows_types_and_places_and_no_message(output: io.StringIO) -> None:
    try:
        try:
            fail(KeyError(CANARY))
        except KeyError as error:
            error.add_note(CANARY)
            raise RuntimeError(CANARY) from error
    except RuntimeError:
        logging.getLogger("bot.inbox").exception("Event %s failed", "Ev1")
    written = output.getvalue()
    assert "canary" not in written
    parts = ("Event Ev1 failed", "builtins.RuntimeError", "caused by", "builtins.KeyError", "test_logs.py", "in fail")
    assert [part for part in parts if part not in written] == []


def test_the_context_of_an_exception_is_shown_like_its_cause(output: io.StringIO) -> None:
    try:
        try:
            fail(KeyError(CANARY))
        except KeyError:
            fail(RuntimeError(CANARY))
    except RuntimeError:
        logging.getLogger("bot").exception("Failed")
    assert "canary" not in output.getvalue()
    assert "builtins.KeyError" in output.getvalue()


def test_a_group_of_exceptions_shows_no_message(output: io.StringIO) -> None:
    try:
        raise ExceptionGroup(CANARY, [ValueError(CANARY)])
    except ExceptionGroup:
        logging.getLogger("bot").exception("Failed")
    assert "canary" not in output.getvalue()


def test_a_traceback_that_another_formatter_left_is_not_shown() -> None:
    try:
        fail(ValueError(CANARY))
    except ValueError as error:
        seen = (type(error), error, error.__traceback__)
        record = logging.LogRecord("bot", logging.ERROR, __file__, 1, "Failed", (), seen)
    logging.Formatter().format(record)
    assert "canary" in str(record.exc_text)
    assert "canary" not in DiscreetFormatter().format(record)


def test_a_line_that_cannot_be_written_is_not_told_in_another_way(
    output: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    output.close()
    logging.getLogger("slack_sdk").error("body: %s", CANARY)
    assert "canary" not in capsys.readouterr().err


def test_libraries_are_heard_from_errors_on_and_we_from_the_level_that_was_asked_for(output: io.StringIO) -> None:
    set_up_logging("WARNING", output)
    for name in ("bot.app", "slack_sdk"):
        for level in LEVELS:
            logging.getLogger(name).log(level, "said")
    written = output.getvalue().splitlines()
    assert [line.split()[2:4] for line in written] == [
        ["WARNING", "bot.app:"],
        ["ERROR", "bot.app:"],
        ["CRITICAL", "bot.app:"],
        ["ERROR", "slack_sdk:"],
        ["CRITICAL", "slack_sdk:"],
    ]
