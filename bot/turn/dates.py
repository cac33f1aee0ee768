"""Dates as people say them: `friday`, `31 december`, `2 weeks`, `the end of the month`. Pure.

`friday` is the next one after today, `next friday` that of next week; 12/31/2026 is refused, as it reads two ways.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from bot.slack.mrkdwn import plain

_NUMBERS = {
    **{word: 1 for word in ("a", "an", "one")},
    **{
        word: number
        for number, word in enumerate(
            ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=2
        )
    },
}
_MONTHS = {name[:3].lower(): number for number, name in enumerate(calendar.month_name) if number}
_WEEKDAYS = {name[:3].lower(): number for number, name in enumerate(calendar.day_name)}
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_UNIT = "(?P<unit>day|week|month|year)s?"


def _in_months(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def _exact(match: re.Match[str], today: date) -> date:
    """A date; without a year the next one that exists (29 February can be eight years away)."""
    said, day = match.groupdict(), int(match["day"])
    month = _MONTHS[said["month"]] if said["month"] in _MONTHS else int(said["month"])
    if said["year"]:
        return date(int(said["year"]), month, day)
    years = (year for year in range(today.year, today.year + 9) if day <= calendar.monthrange(year, month)[1])
    return next(coming for year in years if (coming := date(year, month, day)) >= today)


def _weekday(match: re.Match[str], today: date) -> date:
    wanted = _WEEKDAYS[match["weekday"]]
    if match["which"] == "next ":
        return today + timedelta(days=7 - today.weekday() + wanted)
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _period(match: re.Match[str], today: date) -> date:
    step = 1 if match["which"] == "next " else 0
    if match["period"] == "week":
        return today + timedelta(days=6 - today.weekday() + 7 * step)
    if match["period"] == "month":
        first = _in_months(today.replace(day=1), step)
        return first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return date(today.year + step, 12, 31)


def _later(match: re.Match[str], today: date) -> date:
    number = int(match["number"]) if match["number"].isdecimal() else _NUMBERS[match["number"]]
    if match["unit"] in ("month", "year"):
        return _in_months(today, number * (12 if match["unit"] == "year" else 1))
    return today + timedelta(days=number * (7 if match["unit"] == "week" else 1))


_DATES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date]], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", _exact),
        (r"(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\.(?: ?(?P<year>\d{4}))?", _exact),
        (rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: (?P<year>\d{{4}}))?", _exact),
        (rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)? (?:of )?{_MONTH}(?: (?P<year>\d{{4}}))?", _exact),
        ("today|tonight", lambda _, today: today),
        ("tomorrow", lambda _, today: today + timedelta(days=1)),
        ("(?:the )?day after tomorrow", lambda _, today: today + timedelta(days=2)),
        (
            "(?P<which>(?:next |this |on )?)(?P<weekday>mon|tue|wed|thu|fri|sat|sun)"
            "(?:s?day|nesday|rs?(?:day)?|urday)?",
            _weekday,
        ),
        ("(?:the )?end of (?:the )?(?P<which>(?:next |this )?)(?P<period>week|month|year)", _period),
        (rf"(?:in )?(?P<number>\d{{1,4}}|[a-z]+) {_UNIT}", _later),
    )
)


def day(said: str, today: date) -> date | None:
    """The day that was said (lower case, single spaces), or None if it cannot be read."""
    for pattern, read in _DATES:
        if match := pattern.fullmatch(said):
            try:
                return read(match, today)
            except (ValueError, KeyError, OverflowError, StopIteration, IndexError):
                return None
    return None


# A number of days, weeks, months or years, spelled.
SOME = "|".join(sorted(_NUMBERS, key=len, reverse=True))


def expiry(said: str, today: date) -> tuple[datetime | None, str]:
    """When a memory ends that is to be kept until then: the last second of that day; or why it was not kept."""
    ends = day(said, today)
    if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{2,4}", said):
        return None, f"{said} can be read in two ways, so I did not keep it. Write the date like 2026-12-31."
    if ends is None:
        return None, f"I could not read the date “{plain(said)}”, so I did not keep it. Write it like 2026-12-31."
    if ends < today or said.startswith("0 "):
        return None, f"“{said}” has already passed, so I did not keep it."
    return datetime.combine(ends, time(23, 59, 59), UTC), ""
