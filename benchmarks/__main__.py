"""Measures and prints a table: `python -m benchmarks [--quick] [turn recall create …]`."""

from __future__ import annotations

import argparse
import sys
from time import perf_counter

from benchmarks import create, crowd, events, homes, intent, kill, page, recall, start, turn
from benchmarks.databases import postgres_version
from benchmarks.measure import LEGEND, load, versions
from benchmarks.run import Part, run
from memory.logs import set_up_logging

PARTS: dict[str, Part] = {
    "turn": turn.measure,
    "recall": recall.measure,
    "create": create.measure,
    "crowd": crowd.measure,
    "kill": kill.measure,
    "events": events.measure,
    "homes": homes.measure,
    "start": start.measure,
    "page": page.measure,
    "intent": intent.measure,
}


def main() -> int:
    """Run the parts that were named, or all of them; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=[[], *PARTS], metavar="name", help=f"{', '.join(PARTS)}; all without a name"
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller tables: to see that it works")
    chosen = parser.parse_args()
    set_up_logging("ERROR")
    postgres = postgres_version()
    tell(versions(postgres))
    if postgres is None:
        tell("PostgreSQL: skipped, none answers at TEST_POSTGRES_URL, or else at 127.0.0.1:5432.")
    tell(f"Load at the start: {load()}")
    begun = perf_counter()
    code = run({name: PARTS[name] for name in chosen.names or PARTS}, chosen.quick, tell)
    tell(f"{LEGEND}\nLoad at the end: {load()}; {perf_counter() - begun:.0f} s in all")
    return code


def tell(text: str) -> None:
    """Print at once, though it may go into a file."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
