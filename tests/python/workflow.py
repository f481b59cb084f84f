"""A recorded workflow, event by event, with the record after each: what resumables and orchestrators have in common."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Optional, Union

import arvo
from language import evaluate
from matching import Labels, differences, input_value
from outcomes import failure

Workflow = Union[arvo.Resumable[Any], arvo.Orchestrator]
Make = Callable[[arvo.Memory], Workflow]


class RecordedMemory:
    """Copies records, fails where a case says so, and tells its calls."""

    def __init__(self) -> None:
        self.records: dict[str, Any] = {}
        self.locks: set[str] = set()
        self.faults: Mapping[str, str] = {}
        self.calls: list[str] = []

    def _call(self, operation: str, told: str) -> None:
        self.calls.append(told)
        if self.faults.get(operation) == "throw":
            raise Exception(f"{operation} fault")

    def read(self, id: str) -> Optional[arvo.Record]:
        self._call("read", "read")
        return copy.deepcopy(self.records.get(id))

    def write(self, id: str, record: arvo.Record, previous: Optional[arvo.Record]) -> None:
        self._call("write", "write(no previous)" if previous is None else "write(with previous)")
        self.records[id] = record

    def lock(self, id: str) -> bool:
        self._call("lock", "lock")
        if self.faults.get("lock") == "deny" or id in self.locks:
            return False
        self.locks.add(id)
        return True

    def unlock(self, id: str) -> bool:
        self._call("unlock", "unlock")
        self.locks.discard(id)
        return True


def domains(definition: Mapping[str, Any]) -> arvo.WorkflowDomains:
    """Recorded domains by their names here."""
    given = definition.get("domains", {})
    lists: dict[str, Any] = {"system_error" if key == "systemError" else key: each for key, each in given.items()}
    return arvo.WorkflowDomains(**lists)


def performed(case: Mapping[str, Any], make: Make) -> Iterator[tuple[dict[str, Any], arvo.Event]]:
    """What comes of each step of a case, and its event."""
    memory = RecordedMemory()
    made = make(memory)
    if made.locking != case["locking"]:
        raise AssertionError(f"locking: found {made.locking}")
    done: list[dict[str, Any]] = []
    for step in case["steps"]:
        given = evaluate(step["event"], {"steps": done})
        event = arvo.Event.from_json(input_value(given))
        memory.faults, memory.calls = step.get("faults", {}), []
        memory.locks = {event.subject} if step.get("held") else set()
        try:
            found: dict[str, Any] = {"events": [each.to_dict() for each in made.execute(event)]}
        except arvo.Error as error:
            found = failure(error)
        done.append({"event": given, "events": found.get("events", [])})
        yield {**found, "record": memory.records.get(event.subject), "memory": memory.calls}, event


def refusal(make: Make) -> Optional[dict[str, Any]]:
    """Why the workflow can't be made."""
    try:
        make(RecordedMemory())
    except arvo.Error as error:
        told = failure(error)
        return {"error": told.get("violation") or told["error"]}
    return None


def steps(case: Mapping[str, Any], make: Make) -> Iterator[str]:
    """Run all steps of a case; labels hold for all of them."""
    labels: Labels = {}
    ours = case.get("oursExpect") or {}
    if isinstance(ours, dict) and "construction" in ours:
        yield from differences(ours["construction"], refusal(make), labels)
        return
    for index, (found, event) in enumerate(performed(case, make)):
        wanted = ours.get(str(index)) if isinstance(ours, dict) else ours[index]
        if wanted is None and "ours" in case and "oursExpect" not in case:
            continue  # executed; what comes of it is left open
        wanted = copy.deepcopy(case["steps"][index]["expect"] if wanted is None else wanted)
        # The event that a transaction failed with is the very one consumed.
        metadata = wanted.get("violation", {}).get("metadata")
        if metadata and metadata.get("initiatingEvent") == "$consumedEvent":
            metadata["initiatingEvent"] = event
        record = found["record"]
        if record is not None and record["executionStatus"] == "failure" and wanted["record"] is not None:
            # A failure record of ours may say more than the reference's.
            found["record"] = {key: each for key, each in record.items() if key in wanted["record"]}
        yield from differences(wanted, found, labels, f"/{index}")
