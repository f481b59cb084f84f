"""statecharts/: charts step by step, each restored from the JSON of the step before; and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import arvo
from arvo import _arvo
from case import Case, Expectations
from matching import differences
from mini import Mini


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All cases of a file; what a case holds says of which kind it is."""
    for case in data["cases"]:
        if "reference" in case:
            check = refused
        elif "serviceEmits" in case:
            check = locking
        elif "state" in case["steps"][0]["expect"] or "start" not in case["steps"][0]:
            check = engine
        else:
            check = steps
        yield expectations.case("cases", case["name"], case, partial(check, data))


def steps(file: Mapping[str, Any], case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """Run a chart."""
    mini = Mini(case, file)
    ours = case.get("oursExpect") or {}
    if "construction" in ours:
        try:
            mini.chart()
        except arvo.ConfigViolation as error:
            codes = [problem.code for problem in error.problems if problem.severity == "error"]
            yield from differences(ours["construction"], {"problems": codes}, {})
        else:
            yield "compiles, but should be refused"
        return
    chart = mini.chart()
    before: Any = None
    for index, step in enumerate(case["steps"]):
        wanted = ours.get(str(index), step["expect"])
        mini.ran.clear()
        try:
            went = chart.start(case.get("input")) if "start" in step else chart.send(before, step["event"])
        except Exception as error:
            found: dict[str, Any] = {"error": str(error), "actions": [*mini.ran]}
        else:
            found = {"snapshot": went.snapshot, "emitted": went.emitted, "actions": [*mini.ran]}
            found.update({key: each for key, each in (("tags", went.tags), ("meta", went.meta)) if each})
        yield from differences(wanted, found, {}, f"/{index}")
        before = wanted.get("snapshot")
        if before and json.dumps(before["value"]) != json.dumps(found["snapshot"]["value"]):
            yield f"/{index}: wanted the value in order {before['value']}, found {found['snapshot']['value']}"


def engine(file: Mapping[str, Any], case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """Run a chart as the reference's engine does."""
    mini = Mini(case, file)
    chart = mini.chart()
    ours = case.get("oursExpect") or {}
    before: Any = None
    for index, step in enumerate(case["steps"]):
        wanted = ours.get(str(index), step["expect"])
        if wanted.get("error", {}).get("message", "").startswith("Invalid initialization event"):
            return  # the orchestrator's own check
        mini.ran.clear()
        try:
            went = chart.start(step["event"]) if before is None else chart.send(before, step["event"])
        except Exception as error:
            found: dict[str, Any] = {"error": {"name": "Error", "message": str(error)}, "actions": [*mini.ran]}
        else:
            output, last = (state.get("output") for state in (went.snapshot, before or {}))
            same = ({} if output is None else output) == ({} if last is None else last)
            final = None if same else output
            events = [*went.emitted, *went.enqueued]
            found = {"state": went.snapshot, "events": events, "finalOutput": final, "actions": [*mini.ran]}
        yield from differences(wanted, found, {}, f"/{index}")
        before = wanted.get("state")


OBJECT: dict[str, Any] = {"type": "object"}


def own() -> arvo.VersionedContract[Any]:
    """The contract of the machines that are only built."""
    spec = arvo.OrchestratorSpec(init=OBJECT, complete=OBJECT)
    contract = arvo.Contract.orchestrator(uri="#/vector/machine", name="vector", versions={"1.0.0": spec})
    return contract.version("1.0.0")


def service(name: str, emits: list[str]) -> arvo.VersionedContract[Any]:
    """A service that emits these types."""
    spec = arvo.VersionSpec(accepts=OBJECT, emits=dict.fromkeys(emits, OBJECT))
    contract = arvo.Contract(uri=f"#/vector/{name}", type=f"com.{name}.do", versions={"1.0.0": spec})
    return contract.version("1.0.0")


def locking(_: Mapping[str, Any], case: Mapping[str, Any], __: Any) -> Iterator[str]:
    """Whether a machine asks for locks."""
    services = {name: service(name, emits) for name, emits in case["serviceEmits"].items()}
    mini = Mini(case, {})
    made = arvo.machine(self=own(), services=services, actions=mini.actions()).create(case["machine"])
    yield from differences(case["requiresResourceLocking"], made.requires_resource_locking, {})


def refused(file: Mapping[str, Any], case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """A definition that is refused, or accepted."""
    wanted = case.get("oursExpect", case["reference"])
    try:
        build(Mini(case, file), case)
    except arvo.ConfigViolation as error:
        if wanted == "accepts":
            yield f"wanted it accepted, found {error}"
        elif isinstance(wanted["message"], dict):  # the wording is free, but XState's is still there
            if case["reference"] != "accepts":
                text = case["reference"]["message"].removeprefix("ViolationError<Config> ")
                if text not in str(error):
                    yield f"wanted {text!r} in it, found {error}"
        else:
            yield from differences(wanted, {"name": error.name, "message": str(error)}, {})
    else:
        if wanted != "accepts":
            yield f"wanted {wanted}, found it accepted"


def build(mini: Mini, case: Mapping[str, Any]) -> None:
    """Make the machine of a case."""
    if "setup" in case:  # what the typed face has no place for, the core refuses by its own words
        _arvo.Machine.compile(own()._native, [], case["machine"], case["setup"], False)
        return
    me, one = own(), service("one", ["evt.one.do.success"])
    services: dict[str, arvo.VersionedContract[Any]] = {}
    if case["name"] == "refused/self-as-service":
        services = {"me": me}
    if case["name"] == "refused/duplicate-service":
        services = {"one": one, "again": one}
    arvo.machine(self=me, services=services, guards=mini.guards(), actions=mini.actions()).create(mini.definition())
