"""resumable.json: whole workflows, event by event, with the record after each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Optional

import arvo
import contracts
from case import Case, Expectations
from file_handler import returned
from language import evaluate, perform, truth
from matching import differences
from outcomes import event_id, failure
from workflow import Make, domains, performed, steps


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    for case in data["cases"]:
        if "js-only" not in case.get("tags", ()):
            yield expectations.case("cases", case["name"], case, partial(compared, data))
    for case in data["construction"]:
        yield expectations.case("construction", case["name"], case, partial(construct, data))


def compared(data: Mapping[str, Any], case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """Run a workflow."""
    yield from steps(case, maker(data, case))


def failures(data: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Every error that the case of this name produces (for errors.json)."""
    for case in data["cases"]:
        if case["name"] == name:
            yield from (found for found, _ in performed(case, maker(data, case)))
    for case in data["construction"]:
        if case["name"] == name:
            yield construction(data, case)


def resumable(
    data: Mapping[str, Any], definition: Mapping[str, Any], memory: Optional[arvo.Memory]
) -> arvo.Resumable[Any]:
    """A recorded workflow; its rules are real functions."""
    services = {
        name: contracts.contract(data["contracts"][each["contract"]]).version(each.get("version", "1.0.0"))
        for name, each in definition.get("services", {}).items()
    }
    return arvo.resumable(
        contracts.contract(data["contracts"][definition["contract"]]),
        {version: function(rules) for version, rules in definition.get("rules", {}).items()},
        services=services,
        memory=memory,
        executionunits=definition.get("executionunits"),
        locking=definition.get("locking"),
        domains=domains(definition),
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


def maker(data: Mapping[str, Any], case: Mapping[str, Any]) -> Make:
    """Makes the workflow of a case."""
    return lambda memory: resumable(data, case["resumable"], memory)


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
