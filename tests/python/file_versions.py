"""versions.json: versions and dataschemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from case import Case, Expectations, compared
from matching import differences

import arvo


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    yield Case("wildcard", "", compared(data["wildcard"], lambda: str(arvo.Version.WILDCARD)))
    for case in data["compare"]:
        name = f"{case['a']} with {case['b']}"
        yield Case("compare", name, lambda case=case: compare(case))
    for case in data["valid"]:
        yield Case("valid", case["version"], lambda case=case: valid(case))
    for case in data["dataschemaParse"]:
        name = case["dataschema"]
        yield Case("dataschemaParse", name, lambda case=case: dataschema(case))
    for case in data["dataschemaOfEvent"]:
        name = str(case["dataschema"])
        yield Case("dataschemaOfEvent", name, lambda case=case: of_event(case))
    for case in data["dataschemaBuild"]:
        built = compared(case["expect"], lambda case=case: str(arvo.Dataschema(case["uri"], case["version"])))
        yield Case("dataschemaBuild", case["expect"], built)


def compare(case: Mapping[str, Any]) -> Iterator[str]:
    """The sign of a comparison; what the reference gets wrong beyond 2^53 is left open."""
    sign = arvo.Version(case["a"]).compare(arvo.Version(case["b"]))
    if "note" not in case:
        yield from differences(case["expect"], sign, {})


def valid(case: Mapping[str, Any]) -> Iterator[str]:
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


def dataschema(case: Mapping[str, Any]) -> Iterator[str]:
    """A dataschema read."""
    found = halves(case["dataschema"])
    yield from differences(case["expect"], found, {})
    yield from differences(case["isValid"], found is not None, {})


def of_event(case: Mapping[str, Any]) -> Iterator[str]:
    """The dataschema that an event names."""
    event = arvo.Event(
        source="com.test.source", type="com.test.event", subject="s", data={}, dataschema=case["dataschema"]
    )
    yield from differences(case["expect"], halves(event.dataschema), {})
