"""resumable.json: whole workflows, event by event, with the record after each."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Optional

import arvo
import contracts
from case import Case, Expectations
from file_handler import returned
from language import evaluate, perform, truth
from matching import Labels, differences, input_value
from outcomes import event_id, failure


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    for case in data["cases"]:
        if "js-only" not in case.get("tags", ()):
            yield expectations.case("cases", case["name"], case, partial(steps, data))
    for case in data["construction"]:
        yield expectations.case("construction", case["name"], case, partial(construct, data))


def failures(data: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Every error that the case of this name produces (for errors.json)."""
    for case in data["cases"]:
        if case["name"] == name:
            for found, _ in performed(data, case):
                yield found
    for case in data["construction"]:
        if case["name"] == name:
            yield construction(data, case)


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


def resumable(
    data: Mapping[str, Any], definition: Mapping[str, Any], memory: Optional[arvo.Memory]
) -> arvo.Resumable[Any]:
    """A recorded workflow; its rules are real functions."""
    services = {
        name: contracts.contract(data["contracts"][each["contract"]]).version(each.get("version", "1.0.0"))
        for name, each in definition.get("services", {}).items()
    }
    domains = definition.get("domains", {})
    lists: dict[str, Any] = {"system_error" if key == "systemError" else key: each for key, each in domains.items()}
    return arvo.resumable(
        contracts.contract(data["contracts"][definition["contract"]]),
        {version: function(rules) for version, rules in definition.get("rules", {}).items()},
        services=services,
        memory=memory,
        executionunits=definition.get("executionunits"),
        locking=definition.get("locking"),
        domains=arvo.WorkflowDomains(**lists),
    )


def function(rules: list[Mapping[str, Any]]) -> Callable[[arvo.ResumableInput], Any]:
    """Does what the first rule that fits says."""

    def go_on(given: arvo.ResumableInput) -> Any:
        scope = scope_of(given)
        for rule in rules:
            if fits(rule.get("on"), given) and ("if" not in rule or truth(evaluate(rule["if"], scope))):
                return apply(rule, scope)
        return None

    return go_on


def fits(on: Optional[str], given: arvo.ResumableInput) -> bool:
    """Is the rule for such an event?"""
    if on is None:
        return True
    if on in ("input", "service"):
        return (given.init is not None) == (on == "input")
    return given.service is not None and given.service.type == on


def apply(rule: Mapping[str, Any], scope: Mapping[str, Any]) -> Any:
    """Raise, or return context, services and output."""
    perform({key: rule[key] for key in ("throws", "throwsViolation") if key in rule}, scope)
    members = ("context", "services", "output")
    value = evaluate({key: rule[key] for key in members if key in rule}, scope)
    if "services" in value:
        value["services"] = returned(value["services"])
    if isinstance(value.get("output"), dict) and "__id" in value["output"]:
        value["output"]["__id"] = event_id(value["output"]["__id"])
    return value


def scope_of(given: arvo.ResumableInput) -> dict[str, Any]:
    """What templates look things up in."""
    event = {**given.event.to_dict(), "data": given.data}
    return {
        "context": given.context,
        "metadata": given.metadata,
        "collectedEvents": {key: [each.to_dict() for each in list] for key, list in given.collected_events.items()},
        "domain": {"self": given.domain.self, "event": given.domain.event},
        "input": event if given.init else None,
        "service": event if given.service else None,
    }


def performed(data: Mapping[str, Any], case: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], arvo.Event]]:
    """What comes of each step of a case, and its event."""
    memory = RecordedMemory()
    made = resumable(data, case["resumable"], memory)
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


def steps(data: Mapping[str, Any], case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """Run all steps of a case; labels hold for all of them."""
    labels: Labels = {}
    ours = case.get("oursExpect") or {}
    for index, (found, event) in enumerate(performed(data, case)):
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


def construction(data: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Make the workflow."""
    try:
        made = resumable(data, case["resumable"], None)
    except arvo.Violation as error:
        return {"error": failure(error)["violation"]}
    except arvo.Error as error:
        return failure(error)
    return {"made": True, "source": made.source, "locking": made.locking}


def construct(data: Mapping[str, Any], case: Mapping[str, Any], expect: Any) -> Iterator[str]:
    """Making a workflow."""
    yield from differences(expect, construction(data, case), {})
