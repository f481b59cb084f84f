"""factories.json: events made by a contract's factories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import arvo
import contracts
from case import Case, Expectations
from language import ordinary_error
from matching import differences, input_value
from outcomes import event_id, failure

GIVEN_BY_CONTRACT = ("type", "dataschema", "datacontenttype")


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All cases."""
    made = {name: contracts.contract(definition) for name, definition in data["contracts"].items()}
    for case in data["cases"]:
        yield expectations.case("cases", case["name"], case, partial(judged, made))


def failures(data: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Every error that the case of this name produces, thrown or told in a system error event (for errors.json)."""
    for case in data["cases"]:
        if case["name"] == name:
            found = outcome(contracts.contract(data["contracts"][case["contract"]]), case)
            if "event" in found:
                told = found["event"]["data"]
                found = {"error": {"name": told["errorName"], "message": told["errorMessage"]}}
            yield found


def outcome(contract: arvo.Contract[Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Call the factory's method."""
    given = input_value(case["input"])
    attributes = {key: value for key, value in given.items() if key not in ("data", "error", *GIVEN_BY_CONTRACT)}
    if "id" in attributes:
        attributes["id"] = event_id(attributes["id"])
    version = contract.version(case["version"])
    attributes["extensions"] = case.get("extensions")
    try:
        event = make(version, case["method"], given, attributes)
    except arvo.Error as error:
        return failure(error)
    return {"event": event.to_dict()}


def make(version: arvo.VersionedContract[Any], method: str, given: Mapping[str, Any], attributes: Any) -> arvo.Event:
    """The event; type, dataschema and content type cannot be given in Python, where the contract sets them."""
    if method == "systemError":
        return version.system_error(raised(ordinary_error(given["error"])), **attributes)
    if method == "emits":
        return version.emits(given["type"], given.get("data"), **attributes)
    factories = {"accepts": version.accepts, "init": version.init, "complete": version.complete}
    return factories[method](given.get("data"), **attributes)


def raised(error: Exception) -> Exception:
    """The error with a traceback, as an error of the reference always has its stack."""
    try:
        raise error
    except type(error):
        return error


def judged(made: Mapping[str, arvo.Contract[Any]], case: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """Compare event or text of the error; its class is ours."""
    found = outcome(made[case["contract"]], case)
    if "error" in expect:
        expect = {"error": {"message": expect["error"]["message"]}}
        found = {"error": {"message": found["error"]["message"]}} if "error" in found else found
    yield from differences(expect, found, {})
