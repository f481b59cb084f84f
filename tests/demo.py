#!/usr/bin/env python3
"""Runs the order demo in each language and shows, side by side, what came of the recorded orders.

Each program executes the service requests of every order and prints one JSON object as its last line (its fields are
those of `Result`). Exit 1 if any order was answered otherwise than recorded, or a program failed.

    demo.py Rust=target/release/orders-demo "Python=.venv/bin/python examples/orders/python/main.py" …
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Result:
    """What one language's demo says of itself."""

    language: str
    orders: int = 0
    asRecorded: int = 0
    eventsIn: int = 0
    eventsOut: dict[str, int] = field(default_factory=dict[str, int])
    seconds: float = 0.0
    differences: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether the program ran to its end and every order was answered as recorded."""
        return not self.problem and self.orders > 0 and self.asRecorded == self.orders


def run(language: str, command: str) -> Result:
    """Runs one demo; what it prints of its progress goes to the terminal."""
    print(f"── {language}: {command}", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(shlex.split(command), stdout=subprocess.PIPE, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Result(language, problem=str(error))
    try:
        result = Result(**json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, TypeError, ValueError):
        return Result(language, problem=f"ended with status {done.returncode} and printed no result")
    if done.returncode != 0 and result.good:
        result.problem = f"ended with status {done.returncode}"
    return result


def show(results: list[Result]) -> None:
    """One column for each language."""
    types = sorted({name for result in results for name in result.eventsOut})
    lines = [
        ["", *(result.language for result in results)],
        ["events in", *(f"{result.eventsIn:,}" for result in results)],
        ["events out", *(f"{sum(result.eventsOut.values()):,}" for result in results)],
        *([f"  {name}", *(f"{result.eventsOut.get(name, 0):,}" for result in results)] for name in types),
        ["seconds", *(f"{result.seconds:.2f}" for result in results)],
        ["orders as recorded", *(f"{result.asRecorded:,} of {result.orders:,}" for result in results)],
    ]
    widths = [max(map(len, column)) for column in zip(*lines)]
    for at, line in enumerate(lines):
        print("  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip())
        if at == 0:
            print("  ".join("─" * width for width in widths))


def main() -> int:
    """Reads `Language=command` from the command line."""
    results = [run(*word.split("=", 1)) for word in sys.argv[1:]]
    print(f"\nOrders from {os.environ.get('ARVO_ORDERS') or 'examples/orders'}\n")
    show(results)
    for result in results:
        for difference in result.differences:
            print(f"\n{result.language}, order {difference.get('order')}:")
            print(f"  wanted {json.dumps(difference.get('wanted'))}\n  found  {json.dumps(difference.get('found'))}")
        if result.problem:
            print(f"\n{result.language}: {result.problem}")
    good = all(result.good for result in results)
    print("\nEvery answer is as recorded." if good else "\nNot every answer is as recorded.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
