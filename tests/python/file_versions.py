"""versions.json: versions and dataschemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import arvo
from case import Case, Expectations
from matching import differences


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    yield expectations.case("wildcard", "", {"expect": data["wildcard"]}, wildcard)
    for case in data["compare"]:
        yield expectations.case("compare", f"{case['a']} with {case['b']}", case, compare)
    for case in data["valid"]:
        yield expectations.case("valid", case["version"], case, valid)
    for case in data["dataschemaParse"]:
        yield expectations.case("dataschemaParse", case["dataschema"], case, dataschema)
    for case in data["dataschemaOfEvent"]:
        yield expectations.case("dataschemaOfEvent", case["dataschema"], case, of_event)
    for case in data["dataschemaBuild"]:
        yield expectations.case("dataschemaBuild", case["expect"], case, build)


def wildcard(_: Any, expect: str) -> Iterator[str]:
    """The version that stands for any."""
    yield from differences(expect, str(arvo.Version.WILDCARD), {})


def build(case: Mapping[str, Any], expect: str) -> Iterator[str]:
    """The two halves put together."""
    yield from differences(expect, str(arvo.Dataschema(case["uri"], case["version"])), {})


def compare(case: Mapping[str, Any], expect: int) -> Iterator[str]:
    """The sign of a comparison; what the reference gets wrong beyond 2^53 is left open."""
    sign = arvo.Version(case["a"]).compare(arvo.Version(case["b"]))
    if "note" not in case:
        yield from differences(expect, sign, {})


def valid(case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """Is it a version, the wildcard, and what does a lenient reader make of it?"""
    try:
        version = arvo.Version(case["version"])
    except arvo.VersionError:
        version = None
    yield from differences(case["valid"], version is not None, {})
    yield from differences(case["wildcard"], version is not None and version.is_wildcard, {})
    try:
        major, minor, patch = arvo.Version.lenient(case["version"])
        found: Any = {"ok": {"major": major, "minor": minor, "patch": patch}}
    except arvo.VersionError as error:
        found = {"error": {"name": "Error", "message": str(error)}}
    yield from differences(case["parse"], found, {})


def halves(text: str | None) -> dict[str, str] | None:
    """The two halves of a dataschema, or nothing."""
    try:
        parsed = arvo.Dataschema.parse(text) if text is not None else None
    except arvo.VersionError:
        return None
    return None if parsed is None else {"uri": parsed.uri, "version": str(parsed.version)}


def dataschema(case: Mapping[str, Any], expect: Any) -> Iterator[str]:
    """A dataschema read."""
    found = halves(case["dataschema"])
    yield from differences(expect, found, {})
    yield from differences(case["isValid"], found is not None, {})


def of_event(case: Mapping[str, Any], expect: Any) -> Iterator[str]:
    """The dataschema that an event names."""
    event = arvo.Event(
        source="com.test.source", type="com.test.event", subject="s", data={}, dataschema=case["dataschema"]
    )
    yield from differences(expect, halves(event.dataschema), {})
