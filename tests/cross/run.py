#!/usr/bin/env python3
"""Orders whose workflows go from one language to another after each event.

The two machines of `examples/orders/*.machine.json` run in a small program of each language. It is given lines of JSON
and answers each with one:

    {"record": text or null, "event": {…}, "clock": milliseconds, "ids": number}
    {"record": text or null, "events": [{…}, …]}      or      {"record": …, "violation": text}

Whoever wrote the record, the next language goes on with it: every pair of languages takes turns, each order ends as it
was recorded (`expected.jsonl`), and at each step **all** languages are asked and must write the same bytes. Where a
language lets its programs set clock and ids they are those of the line, and the bytes are compared as they are. Python
and Node offer no such thing to their users: fresh ids and times are made alike before their bytes are compared.

    run.py "Rust=target/release/arvo-vectors --step" Python=… Node=… C=…
"""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import subprocess
import sys
import time
import zlib
from collections import deque
from itertools import cycle, product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
ORDERS = Path(os.environ.get("ARVO_ORDERS") or ROOT / "examples" / "orders")
sys.path.insert(0, str(ROOT / "examples" / "orders" / "python"))

from arvo import Event  # noqa: E402
from services import contracts, services  # noqa: E402

FIXED = {"Rust", "C"}
"""The languages that let their users set clock and ids."""
WORKFLOWS = {"arvo.orc.order.fulfilment", "arvo.orc.shipment"}
CLOCK = 1_700_000_000_000
FRESH = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+\+00:00"
)
SUBJECT = re.compile(r"eJ[\w+/]{40,}=*")


class Language:
    """The program of one language, which lives as long as the run."""

    def __init__(self, name: str, command: str) -> None:
        self.name = name
        environment = {**os.environ, "ARVO_ORDERS": str(ORDERS)}
        pipe = subprocess.PIPE
        self._program = subprocess.Popen(shlex.split(command), stdin=pipe, stdout=pipe, text=True, env=environment)

    def step(self, line: str) -> str:
        """What the program answers."""
        assert self._program.stdin
        assert self._program.stdout
        try:
            self._program.stdin.write(line + "\n")
            self._program.stdin.flush()
            answer = self._program.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise SystemExit(f"{self.name} ended with status {self._program.wait()} instead of an answer")
        return answer

    def end(self) -> None:
        """Lets the program end."""
        self._program.communicate()


class Conversation:
    """One order, from its first event to what comes back to the shop."""

    def __init__(self, languages: list[Language]) -> None:
        self._languages = languages
        self._services = services(contracts(ORDERS))
        self._records: dict[str, str] = {}
        self._made = 0

    def run(self, order: dict[str, Any], turns: list[Language]) -> tuple[dict[str, Any], list[str]]:
        """What came back, and what was not alike on the way; the workflows go from hand to hand."""
        queue, problems, takes = deque([order]), list[str](), cycle(turns)
        while queue:
            event = queue.popleft()
            if event["to"] in WORKFLOWS:
                queue.extend(self._step(event, next(takes), problems))
            elif handler := self._services.get(event["to"]):
                answers = handler.execute(Event.from_json(json.dumps(event)))
                queue.extend(shortened(json.loads(answer.to_json())) for answer in answers)
            else:
                return event, problems
        return {"type": None}, [*problems, "nothing came back"]

    def _step(self, event: dict[str, Any], turn: Language, problems: list[str]) -> list[dict[str, Any]]:
        """Asks all languages, and goes on with what one of them answered."""
        subject = event["subject"]
        time.sleep(0.002)  # what is made now has a later time than all that is given: that is how it is known
        self._made += 10
        given = {"record": self._records.get(subject), "event": event, "clock": CLOCK + self._made, "ids": self._made}
        line = json.dumps(given, separators=(",", ":"), ensure_ascii=False)
        answers = {language.name: json.loads(language.step(line)) for language in self._languages}
        taken = answers[turn.name]
        for name, answer in answers.items():
            exact = {name, turn.name} <= FIXED
            if (found := text(answer, line, exact)) != (wanted := text(taken, line, exact)):
                at = next((i for i, (a, b) in enumerate(zip(found, wanted)) if a != b), min(len(found), len(wanted)))
                near = slice(max(0, at - 40), at + 60)
                problems.append(
                    f"{event['type']}, {name} differs from {turn.name}:\n  {found[near]!r}\n  {wanted[near]!r}"
                )
        if "violation" in taken:
            problems.append(f"{event['type']} in {turn.name}: {taken['violation']}")
            return []
        self._records[subject] = taken["record"]
        return taken["events"]


def text(answer: dict[str, Any], given: str, exact: bool) -> str:
    """The bytes of the record and the events behind it, fresh ids and times made alike unless they were set."""
    events = json.dumps(answer.get("events"), separators=(",", ":"), ensure_ascii=False)
    whole = "\n".join((str(answer["record"]), events, str(answer.get("violation"))))
    if exact:
        return whole
    opened = SUBJECT.sub(lambda found: zlib.decompress(base64.b64decode(found[0])).decode(), given)
    whole = SUBJECT.sub(lambda found: zlib.decompress(base64.b64decode(found[0])).decode(), whole)
    alike: dict[str, str] = {}

    def replacement(found: re.Match[str]) -> str:
        if found[0] in opened:
            return found[0]
        return "now" if found[0].endswith("+00:00") else alike.setdefault(found[0], f"fresh{len(alike)}")

    return FRESH.sub(replacement, whole)


def shortened(value: Any) -> Any:
    """JSON as JavaScript writes it, 8 for 8.0: a service's answer must not tell in which language it was made."""
    if isinstance(value, dict):
        return {key: shortened(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shortened(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def chosen() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The first order of each kind: those whose conversations have the same events, to the same end."""
    kinds: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    orders, expected = (
        ORDERS.joinpath(name).read_text("utf-8").splitlines() for name in ("orders.jsonl", "expected.jsonl")
    )
    for order, wanted in zip(map(json.loads, orders), map(json.loads, expected)):
        kinds.setdefault(json.dumps([wanted["events"], wanted["data"]["status"]], sort_keys=True), (order, wanted))
    return list(kinds.values())


def main() -> int:
    """Reads `Language=command` from the command line; one row of the report for each pair of languages."""
    languages = [Language(*word.split("=", 1)) for word in sys.argv[1:]]
    orders, rows = chosen(), list[dict[str, Any]]()
    for pair in product(languages, repeat=2):
        names, failed = " and ".join(language.name for language in pair), 0
        for order, wanted in orders:
            end, problems = Conversation(languages).run(order, list(pair))
            if (end["type"], end.get("data")) != (wanted["type"], wanted["data"]):
                problems.append(f"ended with {end}, not with {wanted['data']}")
            failed += bool(problems)
            for problem in problems[:3]:
                print(f"{names}, order {wanted['orderId']}: {problem}")
        passed = len(orders) - failed
        print(f"{names}: {passed} of {len(orders)} orders")
        row = {"passed": passed, "failed": failed, "differences": 0}
        rows.append({"language": "All", "suite": "cross", "file": names, **row})
    for language in languages:
        language.end()
    if folder := os.environ.get("ARVO_REPORTS"):
        Path(folder, "all-cross.json").write_text(json.dumps(rows) + "\n", "utf-8")
    return int(not rows or any(row["failed"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
