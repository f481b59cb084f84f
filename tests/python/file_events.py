"""events.json: making, reading and writing events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import arvo
from case import Case, Expectations
from matching import differences, input_value
from outcomes import event_id

CORE = ("id", "source", "specversion", "type", "subject", "datacontenttype", "dataschema", "data", "time")


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    for case in data["create"]:
        yield expectations.case("create", case["name"], case, create)
    for case in data["parse"]:
        yield expectations.case("parse", case["name"], case, parse)
    for index, case in enumerate(data["uri"]):
        yield expectations.case("uri", index, case, uri)
    for case in data["toString"]:
        yield expectations.case("toString", case["name"], case, to_string)
    for index, case in enumerate(data["otelAttributes"]):
        yield expectations.case("otelAttributes", index, case, otel_attributes)
    for index, case in enumerate(data["parts"]):
        yield expectations.case("parts", index, case, parts)


def read(event: Mapping[str, Any]) -> arvo.Event:
    """An event from its JSON."""
    return arvo.Event.from_json(json.dumps(event))


def outcome(made: Any) -> dict[str, Any]:
    """What came of making an event."""
    try:
        event = made()
    except arvo.EventError as error:
        return {"valid": False, "invalid": sorted({broken.attribute for broken in error.broken})}
    except arvo.DataError as error:
        return {"valid": False, "invalid": sorted({error.path.split("/")[1]})}
    return {"valid": True, "json": event.to_dict(), "keys": list(json.loads(event.to_json()))}


def create(case: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterable[str]:
    """Make an event of what is given."""
    given = input_value(case["input"])
    if "id" in given:
        given["id"] = event_id(given["id"])
    found = outcome(lambda: arvo.Event(**given, extensions=input_value(case.get("extensions"))))
    return judged(expect, found)


def parse(case: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterable[str]:
    """Read an event from text, and from the object; nothing differs."""
    event = input_value(case["json"])
    found = outcome(lambda: read(event))
    yield from judged(expect, found)
    yield from judged(expect, outcome(lambda: arvo.Event.from_json(event)))


def judged(expect: Mapping[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """Compare outcome and expectation; the wording of messages is free."""
    if "$open" in expect:
        return
    keys = found.pop("keys", None)
    wanted = {key: expect[key] for key in ("valid", "json", "invalid") if key in expect}
    yield from differences(wanted, found, {})
    if "keyOrder" in expect:
        yield from differences(expect["keyOrder"], keys, {})


def uri(case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """The text as encodeURI makes it, and whether it is so already."""
    text = input_value(case["input"])
    try:
        encoded = arvo.encode_uri(text)
    except arvo.DataError:
        encoded = None
    yield from differences(case["encoded"], encoded, {})
    yield from differences(case["properlyEncoded"], arvo.is_properly_encoded(text), {})


def to_string(case: Mapping[str, Any], expect: str) -> Iterator[str]:
    """The exact text, of an event whose data did not come as text."""
    event = arvo.Event.from_json(read(case["json"]).to_dict())
    yield from differences(expect, event.to_json(indent=case["spacing"]), {})


def otel_attributes(case: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """The attributes of a span that tell of the event."""
    yield from differences(expect, read(case["json"]).otel_attributes(), {})


def parts(case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """Custom extensions alone, and the two halves of the event."""
    event = read(case["json"])
    whole = event.to_dict()
    yield from differences(case["extensions"], event.extensions, {})
    yield from differences(case["cloudeventDefault"], {key: whole[key] for key in CORE}, {})
    rest = {key: value for key, value in whole.items() if key not in CORE}
    yield from differences(case["cloudeventExtensions"], rest, {})
    if case["frozen"]:
        try:
            event.type = "com.other.type"  # type: ignore[misc]
        except AttributeError:
            pass
        else:
            yield "/type: wanted a frozen event, could be set"
