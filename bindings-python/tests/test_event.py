"""Events: made, read, written; every broken attribute is named, alone and together."""

from __future__ import annotations

import json
import pickle
from typing import Any

import arvo
import pytest

GOOD: dict[str, Any] = {
    "source": "com.shop.web",
    "type": "com.order.placed",
    "subject": "order/1",
    "data": {"total": 12.5},
}
BROKEN: dict[str, Any] = {
    "id": 7,
    "source": "",
    "specversion": "0.3",
    "type": "Bad",
    "subject": "",
    "datacontenttype": "text/plain",
    "dataschema": 1,
    "data": [1],
    "time": "yesterday",
    "to": 5,
    "accesscontrol": "",
    "redirectto": False,
    "executionunits": "many",
    "traceparent": "",
    "tracestate": "",
    "parentid": [],
    "domain": "Not Good",
}


def broken_of(error: arvo.EventError) -> set[str]:
    return {broken.attribute for broken in error.broken}


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_attribute_is_named(name: str) -> None:
    with pytest.raises(arvo.EventError) as caught:
        arvo.Event(**{**GOOD, name: BROKEN[name]})
    assert name in broken_of(caught.value)
    assert f'"{name}"' in str(caught.value)
    assert all(broken.reason for broken in caught.value.broken)


def test_all_broken_attributes_are_named_by_one_error_as_text_and_as_data() -> None:
    extensions: Any = {"Bad-Key": 1, "id": "x", "list": [1]}
    with pytest.raises(arvo.EventError) as caught:
        arvo.Event(**BROKEN, extensions=extensions)
    assert broken_of(caught.value) >= {*BROKEN, "Bad-Key", "list"}
    assert all(f'"{name}"' in str(caught.value) for name in broken_of(caught.value))


@pytest.mark.parametrize("name", ["source", "type", "subject", "data"])
def test_each_missing_attribute_is_named(name: str) -> None:
    with pytest.raises(arvo.EventError) as caught:
        arvo.Event(**{key: value for key, value in GOOD.items() if key != name})
    assert name in broken_of(caught.value)


def test_reading_names_every_broken_attribute_too() -> None:
    with pytest.raises(arvo.EventError) as caught:
        arvo.Event.from_json(json.dumps(BROKEN))
    assert broken_of(caught.value) >= set(BROKEN)


@pytest.mark.parametrize("units", [float("nan"), float("inf"), float("-inf")])
def test_execution_units_are_finite(units: float) -> None:
    with pytest.raises(arvo.EventError) as caught:
        arvo.Event(**GOOD, executionunits=units)
    assert broken_of(caught.value) == {"executionunits"}


def test_an_attribute_that_does_not_exist_is_a_type_error() -> None:
    given: dict[str, Any] = {**GOOD, "subjct": "typo"}
    with pytest.raises(TypeError, match="subjct"):
        arvo.Event(**given)


def test_an_event_is_immutable() -> None:
    event = arvo.Event(**GOOD)
    with pytest.raises(AttributeError):
        event.type = "com.other.type"  # type: ignore[misc]
    with pytest.raises(TypeError):
        event.data["total"] = 1  # type: ignore[index]


def test_data_is_made_once_and_apart_from_what_it_was_made_of() -> None:
    given: dict[str, Any] = {**GOOD, "data": {"items": [1]}}
    event = arvo.Event(**given)
    given["data"]["items"].append(2)
    assert event.data is event.data
    assert event.data == {"items": [1]}
    assert event.to_dict()["data"] is not event.to_dict()["data"]


def test_text_that_nobody_changed_goes_out_as_it_came() -> None:
    text = arvo.Event(**GOOD).to_json().replace('{"total":12.5}', '{ "total" : 12.50 }')
    assert arvo.Event.from_json(text).to_json() == text
    assert arvo.Event.from_json(text.encode()) == arvo.Event.from_json(text)


def test_events_compare_hash_and_pickle() -> None:
    event = arvo.Event(**GOOD, extensions={"tenant": "acme"})
    again = pickle.loads(pickle.dumps(event))
    assert event == again
    assert hash(event) == hash(again)
    assert event != arvo.Event(**GOOD)
    assert event != "an event"
    assert "acme" not in repr(event)
    assert str(event) == event.to_json()


def test_a_foreign_cloudevent_is_read_leniently_by_its_own_function() -> None:
    foreign = {key: GOOD[key] for key in GOOD} | {"id": "1", "specversion": "1.0", "time": "2026-01-31T12:00:00Z"}
    with pytest.raises(arvo.EventError):
        arvo.Event.from_json(foreign)
    for form in (foreign, json.dumps(foreign)):
        assert arvo.Event.from_cloudevent(form).to is None


@pytest.mark.parametrize(
    "garbage", ["", "{", "null", "[]", '"text"', "{}x", b"\xff\xfe", '{"id": "\\ud800"}', "\ud800"]
)
def test_what_is_no_event_is_refused_by_name(garbage: Any) -> None:
    with pytest.raises((arvo.EventError, arvo.DataError)):
        arvo.Event.from_json(garbage)


def test_ids_are_random_exact_or_managed() -> None:
    assert len(arvo.Event(**GOOD).id) == 36
    assert arvo.Event(**GOOD, id="order-1").id == "order-1"
    assert arvo.Event(**GOOD, id=arvo.EventId.developer_managed(" order-1 ")).id == "order-1"
    managed = arvo.ManagedId.parse(arvo.Event(**GOOD, id=arvo.EventId.arvo_managed("order-1")).id)
    assert managed is not None
    assert managed.value == "order-1"
    assert arvo.ManagedId.parse(managed.encode()) == managed
    assert arvo.ManagedId.parse("order-1") is None
