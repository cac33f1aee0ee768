"""Measures and prints a table: `python -m benchmarks [--quick] [turn recall create …]`."""

from __future__ import annotations

import argparse
import asyncio
from time import perf_counter

from benchmarks import create, crowd, events, kill, page, recall, start, turn
from benchmarks.databases import postgres_version
from benchmarks.measure import LEGEND, Figure, load, table, versions
from memory.logs import set_up_logging

FIGURES = {
    "turn": turn.measure,
    "recall": recall.measure,
    "create": create.measure,
    "crowd": crowd.measure,
    "kill": kill.measure,
    "events": events.measure,
    "start": start.measure,
    "page": page.measure,
}


def main() -> None:
    """Run the figures that were named, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=[[], *FIGURES], metavar="name", help=f"{', '.join(FIGURES)}; all without a name"
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller tables: to see that it works")
    chosen = parser.parse_args()
    set_up_logging("ERROR")
    postgres = postgres_version()
    print(versions(postgres))
    if postgres is None:
        print("No PostgreSQL answers at TEST_POSTGRES_URL, or else at 127.0.0.1:5432: its figures are left out.")
    print(f"Load at the start: {load()}")
    figures: list[Figure] = []
    begun = perf_counter()
    for name in chosen.names or FIGURES:
        started = perf_counter()
        print(f"{name} …", end=" ", flush=True)
        figures += asyncio.run(FIGURES[name](chosen.quick))
        print(f"{perf_counter() - started:.0f} s", flush=True)
    print(f"\n{table(figures)}\n\n{LEGEND}")
    print(f"Load at the end: {load()}; {perf_counter() - begun:.0f} s in all")


if __name__ == "__main__":
    main()
