"""One step of an order's workflow in Python: a record and an event in, the record and the events afterwards out.

Reads lines of JSON and answers each with one; run.py says more.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Optional

import arvo

FOLDER = Path(os.environ["ARVO_ORDERS"])


def written(value: Any) -> str:
    """JSON without blanks, as the other languages write it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class One:
    """A memory that holds the record of the line."""

    record: Optional[str] = None

    def read(self, _: str) -> Optional[arvo.Record]:
        return None if self.record is None else json.loads(self.record)

    def write(self, _: str, record: arvo.Record, _previous: Optional[arvo.Record]) -> None:
        self.record = written(record)

    def lock(self, _: str) -> bool:
        return True

    def unlock(self, _: str) -> bool:
        return True


def main() -> None:
    """Answers until the lines end."""
    definitions = json.loads((FOLDER / "contracts.json").read_text("utf-8"))
    contracts = [arvo.Contract.from_json(definition, unknown_keys="strip") for definition in definitions]
    files = [(FOLDER / name).read_text("utf-8") for name in ("fulfilment.machine.json", "shipment.machine.json")]
    memory = One()
    machines = [arvo.Machine.from_json(file, contracts) for file in files]
    workflows = {machine.source: arvo.orchestrator(machine, memory=memory) for machine in machines}
    for line in sys.stdin:
        given = json.loads(line)
        memory.record = given["record"]
        event = arvo.Event.from_json(json.dumps(given["event"]))
        answer: dict[str, Any]
        try:
            emitted = workflows[event.to or ""].execute(event)
            answer = {"events": [json.loads(each.to_json()) for each in emitted]}
        except Exception as error:  # the line's answer, whatever went wrong
            answer = {"violation": str(error)}
        print(written({"record": memory.record, **answer}), flush=True)


if __name__ == "__main__":
    main()
