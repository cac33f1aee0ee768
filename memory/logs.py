"""What may reach a log: our own lines, and of others only that something happened and where.

Libraries log what they send and what failed, and both can hold people's words or tokens: Slack's client writes whole
requests at DEBUG, Bolt whole bodies at INFO, a database driver the offending row in its error, a model's provider the
key it refused. So a line of theirs is shown without its text, and an exception, whoever logs it, without its message.
"""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType
from typing import TextIO

OURS = ("bot", "memory")

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class DiscreetFormatter(logging.Formatter):
    """Formats our own lines whole, other libraries' without their text, exceptions without their message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        bare = logging.makeLogRecord(record.__dict__)
        bare.exc_text = None  # another formatter may have left the whole traceback there
        if record.name.partition(".")[0] not in OURS:
            error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "no exception"
            bare.msg, bare.args = "(text withheld) from %s:%d, %s", (record.funcName, record.lineno, error)
            bare.exc_info = None  # whose frames help nobody without the text, and fill a log while Slack is away
        return super().format(bare)

    def formatException(self, ei: ExceptionInfo) -> str:
        kind, error, _ = ei
        if kind is None or error is None:
            return ""
        return "\n".join(_told(error))

    def formatStack(self, stack_info: str) -> str:  # noqa: ARG002 - logging's own name; a stack shows source only
        return ""


def _told(error: BaseException) -> list[str]:
    lines = [f"{type(error).__module__}.{type(error).__qualname__} (message withheld)"]
    lines += [
        f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return lines + (["caused by", *_told(cause)] if cause else [])


def set_up_logging(level: str, stream: TextIO | None = None) -> None:
    """Send our lines from `level` on, and everybody else's errors, to the stream (default: standard error)."""
    logging.raiseExceptions = False  # a line that cannot be written would be printed with all its values
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(DiscreetFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.ERROR)  # a warning without its text helps nobody
    for name in OURS:
        logging.getLogger(name).setLevel(level)
