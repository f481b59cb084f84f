"""handler.json: one event into a handler, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import arvo
import contracts
from case import Case, Expectations
from language import perform
from matching import differences, input_value
from outcomes import event_id, failure


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    made = {name: contracts.contract(definition) for name, definition in data["contracts"].items()}
    for case in data["cases"]:
        if "js-only" not in case.get("tags", ()):
            yield expectations.case("cases", case["name"], case, partial(executed, made))
    for case in data["construction"]:
        yield expectations.case("construction", case["name"], case, partial(construct, made))


def executed(made: Mapping[str, arvo.Contract[Any]], case: Mapping[str, Any], expect: Any) -> Iterator[str]:
    """Compare events or violation."""
    yield from differences(expect, outcome(made, case), {})


def failures(data: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Every error that the case of this name produces (for errors.json)."""
    for case in data["cases"]:
        if case["name"] == name:
            definition = {case["handler"]["contract"]: data["contracts"][case["handler"]["contract"]]}
            yield outcome({key: contracts.contract(value) for key, value in definition.items()}, case)
    for case in data["construction"]:
        if case["name"] == name:
            yield construction({case["contract"]: contracts.contract(data["contracts"][case["contract"]])}, case)


def handler(made: Mapping[str, arvo.Contract[Any]], definition: Mapping[str, Any]) -> arvo.Handler[Any]:
    """A recorded handler; its behaviours are real functions."""
    contract = made[definition["contract"]]
    domains = definition.get("domains", {})
    functions = {version: function(behaviour) for version, behaviour in definition["behaviours"].items()}
    return arvo.handler(
        contract,
        functions,
        executionunits=definition.get("executionunits"),
        emits_domains=domains.get("emits"),
        error_domains=domains.get("systemError"),
        span=arvo.SpanSpec(**definition["span"]) if "span" in definition else None,
    )


def function(behaviour: Mapping[str, Any]) -> Callable[[arvo.Input[Any]], Any]:
    """A behaviour as a handler function."""

    def behave(given: arvo.Input[Any]) -> Any:
        scope = {
            "event": {**given.event.to_dict(), "data": given.data},
            "source": given.source,
            "domain": {"self": given.domain.self, "event": given.domain.event},
            "contract": {"uri": given.contract.uri, "version": given.contract.version},
        }
        return returned(perform(behaviour, scope))

    return behave


def returned(value: Any) -> Any:
    """What the reference's functions return, as ours take it: ids and extensions have names of their own."""
    if isinstance(value, list):
        return [returned(each) for each in value]
    if not isinstance(value, dict):
        return value
    output = {key: each for key, each in value.items() if key != "__extensions"}
    if "__extensions" in value:
        output["extensions"] = value["__extensions"]
    if "id" in output:
        output["id"] = event_id(output["id"])
    return output


def outcome(made: Mapping[str, arvo.Contract[Any]], case: Mapping[str, Any]) -> dict[str, Any]:
    """Execute the event."""
    event = arvo.Event.from_json(input_value(case["event"]))
    try:
        return {"events": [each.to_dict() for each in handler(made, case["handler"]).execute(event)]}
    except arvo.Error as error:
        return failure(error)


def construction(made: Mapping[str, arvo.Contract[Any]], case: Mapping[str, Any]) -> dict[str, Any]:
    """Make the handler."""
    try:
        built = handler(made, case)
    except arvo.Error as error:
        return failure(error)
    return {
        "made": True,
        "source": built.source,
        "domain": built.contract.domain,
        "systemErrorType": built.contract.system_error_type,
    }


def construct(made: Mapping[str, arvo.Contract[Any]], case: Mapping[str, Any], expect: Any) -> Iterator[str]:
    """Making a handler; the class of the error is ours."""
    found = construction(made, case)
    if "error" in expect:
        expect = {"error": {"message": expect["error"]["message"]}}
        found = {"error": {"message": found["error"]["message"]}} if "error" in found else found
    yield from differences(expect, found, {})
