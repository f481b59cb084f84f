#!/usr/bin/env python3
"""One trace over four languages: orders on one store, by four workers, each of which exports its spans.

Every event that was handled must have one execution's span, a child of the one that emitted the event, in the trace of
its order; an order's trace must have spans of every worker. Exit 1 if anything is otherwise.

    trace.py [--picture FILE] ARVO Rust=command Python=command Node=command C=command

The commands are those of `demo.py`. Each worker exports by its language's own SDK, as the standard variables say.
`--picture` writes the trace of the first order as SVG.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from demo import DUTIES, LEASE, LIMIT
from receiver import Receiver, Span
from team import CLERKS_DOMAIN, ORDERS, SHOP, Arguments, Problem, Store, Team, Worker, commands_of, patience
from waterfall import drawn, written

COUNT = 40
"""Orders; among the first so many are all kinds of ends."""
VARIABLES = {
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_LOGS_EXPORTER": "none",
}


def main() -> int:
    """Runs it, and says what is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--picture", type=Path)
    parser.add_argument("program")
    parser.add_argument("commands", nargs="+")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trace-") as folder, Receiver() as receiver:
        try:
            run = Run(Path(folder), receiver, given.program, commands_of(given.commands))
            run.work()
        except Problem as problem:
            print(f"failed: an order's trace: {problem}")
            log = Path(folder) / "workers.log"
            print(log.read_text()[-2000:] if log.exists() else "")
            report(passed=0, failed=1)
            return 1
    checks = run.checks()
    for name, problems in checks.items():
        print(f"{'failed' if problems else 'passed'}: {name}")
        for problem in problems[:5]:
            print(f"    {problem}")
    example = run.example()
    print(f"\n{written(example)}")
    if given.picture:
        given.picture.write_text(drawn(example))
    failed = sum(map(bool, checks.values()))
    report(len(checks) - failed, failed)
    return 1 if failed else 0


def report(passed: int, failed: int) -> None:
    """A row for tests/report.py, where it asks for one."""
    if folder := os.environ.get("ARVO_REPORTS"):
        row = {"language": "All", "suite": "trace", "file": None, "passed": passed, "failed": failed, "differences": 0}
        Path(folder, "all-trace.json").write_text(json.dumps([row]))


class Run:
    """Orders through workers that export, and what was received."""

    def __init__(self, folder: Path, receiver: Receiver, program: str, commands: dict[str, str]) -> None:
        """Nothing runs yet."""
        self.receiver = receiver
        self.store = Store(program, folder / "orders.db")
        self.orders = folder / "orders.jsonl"
        lines = (ORDERS / "orders.jsonl").read_text().splitlines(keepends=True)[:COUNT]
        self.orders.write_text("".join(lines))
        self.count = len(lines)
        self.languages = {language.lower() for language in commands}
        arguments = Arguments(folder, self.store.url, LEASE)

        def command(language: str) -> str:
            variables = VARIABLES | {
                "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
                "OTEL_SERVICE_NAME": language.lower(),
            }
            words = " ".join(f"{name}={value}" for name, value in variables.items())
            return f"env {words} {commands[language]}"

        self.team = Team(Worker(language, command(language), arguments, DUTIES[language]) for language in commands)
        self.handled: Counter[str] = Counter()

    def work(self) -> None:
        """Runs the orders, and lets the workers end, with which their last spans come."""
        self.store.call("domain", "add", CLERKS_DOMAIN)
        with self.team:
            self.store.call("publish", str(self.orders))
            waiting = f"SELECT count(*) FROM delivery WHERE state < 2 AND consumer <> '{SHOP}'"
            for _ in patience(LIMIT, f"not all orders are complete after {LIMIT:.0f} s", pause=0.1):
                self.team.check()
                if self.store.completed() >= self.count and self.store.count(waiting) == 0:
                    break
            self.team.drain()
        rows = self.store.query(f"SELECT event_id FROM delivery WHERE consumer <> '{SHOP}'")
        self.handled = Counter(identity for (identity,) in rows)

    @property
    def executions(self) -> list[Span]:
        """The spans of executions, by when they began."""
        return sorted((span for span in self.receiver.spans if span.is_execution), key=lambda span: span.start)

    def example(self) -> list[Span]:
        """The trace of the first order that came to all of the workers."""
        for root in self.executions:
            trace = [span for span in self.receiver.spans if span.trace == root.trace]
            if {span.service for span in trace} == self.languages:
                return sorted(trace, key=lambda span: span.start)
        return []

    def checks(self) -> dict[str, list[str]]:
        """What must hold, and where it does not."""
        executions, spans = self.executions, self.receiver.spans
        emitters = {event: span for span in executions for event in span.emitted}
        by_id = {span.id: span for span in spans}
        seen = Counter(span.consumed for span in executions)
        traces = {span.trace for span in executions}
        roots = [span for span in executions if span.consumed not in emitters]
        first = roots[0].trace if roots else ""
        return {
            "Every request is OTLP that can be read": self.receiver.refused,
            "Every event that was handled has one execution's span": [
                f"event {event}: handled {self.handled[event]} times, {seen[event]} spans"
                for event in {*self.handled, *seen}
                if self.handled[event] != seen[event]
            ],
            "An execution is a child of the one that emitted its event": [
                f"{span.service}: {span.name} of event {span.consumed}: parent {span.parent}, trace {span.trace}"
                for span in executions
                if (emitter := emitters.get(span.consumed)) and (span.parent, span.trace) != (emitter.id, emitter.trace)
            ],
            "An order's first execution has no parent": [
                f"{span.name} of event {span.consumed} has the parent {span.parent}" for span in roots if span.parent
            ],
            "Each order is one trace, each trace one order": [
                f"{self.count} orders, {len(roots)} first executions, {len(traces)} traces"
            ]
            if not self.count == len(roots) == len(traces)
            else [],
            "Steps inside executions are their children, inside their time": [
                f"{span.service}: {span.name} has no parent among the executions, or is not inside its time"
                for span in spans
                if not span.is_execution and not is_inside(span, by_id.get(span.parent))
            ],
            "Spans of all languages meet in one trace": []
            if {span.service for span in spans if span.trace == first} <= self.languages and self.example()
            else [f"found {sorted({span.service for span in spans})}"],
        }


def is_inside(span: Span, parent: Span | None) -> bool:
    """Whether it is a step of that execution."""
    return (
        parent is not None
        and parent.is_execution
        and parent.trace == span.trace
        and parent.start <= span.start <= span.end <= parent.end
    )


if __name__ == "__main__":
    sys.exit(main())
