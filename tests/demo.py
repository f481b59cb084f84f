#!/usr/bin/env python3
"""Runs the order demo in each language and shows, side by side, what came of the recorded orders.

Each program takes every order through services and workflows and prints one JSON object as its last line (its fields
are those of `Result`). Its workflows are functions, or with `--machines` the machines of `examples/orders`. A word
without `=` heads the table of those that follow it. Exit 1 if any order went otherwise than recorded, or a program
failed.

    demo.py "Workflows as functions" Rust=target/release/orders-demo "Python=.venv/bin/python …" …
            "Workflows as machines" "Rust=target/release/orders-demo --machines" …
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Result:
    """What one language's demo says of itself; one of handlers alone counts events, one of workflows outcomes too."""

    language: str
    orders: int = 0
    identical: int = 0
    asRecorded: int = 0
    outcomes: dict[str, int] = field(default_factory=dict[str, int])
    events: int = 0
    eventsIn: int = 0
    eventsOut: dict[str, int] = field(default_factory=dict[str, int])
    seconds: float = 0.0
    differences: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    problem: str = ""

    @property
    def right(self) -> int:
        """How many orders ended as recorded."""
        return self.identical or self.asRecorded

    @property
    def good(self) -> bool:
        """Whether the program ran to its end and every order ended as recorded."""
        return not self.problem and self.orders > 0 and self.right == self.orders


def run(language: str, command: str) -> Result:
    """Runs one demo; what it prints of its progress goes to the terminal."""
    print(f"── {language}: {command}", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(shlex.split(command), stdout=subprocess.PIPE, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Result(language, problem=str(error))
    try:
        result = Result(**{**json.loads(done.stdout.splitlines()[-1]), "language": language})
    except (IndexError, TypeError, ValueError):
        return Result(language, problem=f"ended with status {done.returncode} and printed no result")
    if done.returncode != 0 and result.good:
        result.problem = f"ended with status {done.returncode}"
    return result


def show(results: list[Result]) -> None:
    """One column for each language; what no language counts has no line."""

    def line(title: str, values: Iterable[int]) -> list[list[str]]:
        numbers = list(values)
        return [[title, *(f"{number:,}" if number else "" for number in numbers)]] if any(numbers) else []

    def lines(titles: Callable[[Result], dict[str, int]]) -> list[list[str]]:
        keys = sorted({key for result in results for key in titles(result)})
        return [cells for key in keys for cells in line(f"  {key}", (titles(result).get(key, 0) for result in results))]

    table = [
        ["", *(result.language for result in results)],
        *line("orders", (result.orders for result in results)),
        *lines(lambda result: result.outcomes),
        *line("events", (result.events for result in results)),
        *line("events in", (result.eventsIn for result in results)),
        *line("events out", (sum(result.eventsOut.values()) for result in results)),
        *lines(lambda result: result.eventsOut),
        ["seconds", *(f"{result.seconds:.2f}" for result in results)],
        ["as recorded", *(f"{result.right:,} of {result.orders:,}" for result in results)],
    ]
    widths = [max(map(len, column)) for column in zip(*table)]
    for at, cells in enumerate(table):
        print("  ".join([cells[0].ljust(widths[0]), *map(str.rjust, cells[1:], widths[1:])]).rstrip())
        if at == 0:
            print("  ".join("─" * width for width in widths))


def main() -> int:
    """Reads headings and `Language=command` from the command line."""
    tables: list[tuple[str, list[Result]]] = []
    for word in sys.argv[1:]:
        language, equals, command = word.partition("=")
        if equals:
            tables[-1][1].append(run(language, command))
        else:
            tables.append((word, []))
    print(f"\nOrders from {os.path.relpath(os.environ.get('ARVO_ORDERS') or 'examples/orders')}")
    for heading, results in tables:
        print(f"\n{heading}\n")
        show(results)
    results = [result for _, table in tables for result in table]
    for result in results:
        for difference in result.differences:
            print(f"\n{result.language}, order {difference.get('order')}:")
            print(f"  wanted {json.dumps(difference.get('wanted'))}\n  found  {json.dumps(difference.get('found'))}")
        if result.problem:
            print(f"\n{result.language}: {result.problem}")
    good = all(result.good for result in results)
    print("\nEvery order went as recorded." if good else "\nNot every order went as recorded.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
