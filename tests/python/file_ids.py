"""ids.json: how events get their ids, and what an id tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import arvo
from case import Case, Expectations
from matching import differences, input_value
from outcomes import event_id


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    for index, case in enumerate(data["create"]):
        yield expectations.case("create", index, case, create)
    for case in data["parse"]:
        yield expectations.case("parse", case["name"], case, parse)


def create(case: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """The id of an event made so."""
    asked = event_id(input_value(case["input"]))
    event = arvo.Event(source="com.test.source", type="com.test.event", subject="s", data={}, id=asked)
    if expect["kind"] == "uuid4":
        yield from differences({"$uuid": "u"}, event.id, {})
    elif expect["kind"] == "exact":
        yield from differences(input_value(expect["id"]), event.id, {})
    else:
        yield from differences(input_value(expect["decoded"]), decoded(event.id), {})


def parse(case: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """An id read back."""
    wanted = None if expect.get("plain") else input_value(expect.get("decoded", expect))
    yield from differences(wanted, decoded(input_value(case["id"])), {})


def decoded(text: str) -> dict[str, str] | None:
    """What a managed id holds."""
    managed = arvo.ManagedId.parse(text)
    return None if managed is None else {"uuid": managed.uuid, "value": managed.value}
