"""Python values as JSON and back: what crosses, and what is refused with its place."""

from __future__ import annotations

import datetime
import decimal
import types
from collections import OrderedDict
from enum import Enum
from typing import Any

import arvo
import pytest
from pydantic import BaseModel, Field


def crossed(value: Any) -> Any:
    event = arvo.Event(type="com.order.placed", source="com.shop.web", subject="s", data={"x": value})
    return event.data["x"]


class Colour(str, Enum):
    RED = "red"


class Line(BaseModel):
    sku: str
    when: datetime.date = Field(default=datetime.date(2026, 1, 31), alias="deliveryDate")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, None),
        (True, True),
        (0, 0),
        (-(2**63), -(2**63)),
        (2**64 - 1, 2**64 - 1),
        (1.5, 1.5),
        (1.0, 1.0),
        ("", ""),
        ("a\0ü😀", "a\0ü😀"),
        ([1, [2]], [1, [2]]),
        ((1, 2), [1, 2]),
        ({"": {}}, {"": {}}),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        (Colour.RED, "red"),
        (Line(sku="SKU-1"), {"sku": "SKU-1", "deliveryDate": "2026-01-31"}),
        ([Line(sku="SKU-1")], [{"sku": "SKU-1", "deliveryDate": "2026-01-31"}]),
        ({"__proto__": 1, "constructor": 2, "__class__": 3}, {"__proto__": 1, "constructor": 2, "__class__": 3}),
    ],
)
def test_json_crosses_as_it_is(value: Any, found: Any) -> None:
    assert crossed(value) == found
    assert type(crossed(value)) is type(found)


@pytest.mark.parametrize(
    ("value", "path", "says"),
    [
        (float("nan"), "/data/x", "NaN"),
        ([1, {"a/b": float("inf")}], "/data/x/1/a~1b", "infinities"),
        (2**64, "/data/x", "64 bits"),
        (-(2**63) - 1, "/data/x", "64 bits"),
        ({"k": {1: "one"}}, "/data/x/k/1", "names in JSON are text"),
        ({1, 2}, "/data/x", "set"),
        (b"bytes", "/data/x", "bytes"),
        (decimal.Decimal("1.5"), "/data/x", "Decimal"),
        (datetime.datetime(2026, 1, 31), "/data/x", "datetime"),
        (object(), "/data/x", "object"),
        (Line, "/data/x", "no JSON"),
        ("\ud800", "/data/x", "surrogate"),
        ({"\udc00": 1}, "/data/x/?", "surrogate"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(value: Any, path: str, says: str) -> None:
    with pytest.raises(arvo.DataError, match=says) as caught:
        crossed(value)
    assert caught.value.path == path
    assert path in str(caught.value)


def test_depth_and_keys_are_limited_by_the_core() -> None:
    deep: Any = []
    for _ in range(10_000):
        deep = [deep]
    with pytest.raises(arvo.LimitError, match="128"):
        crossed(deep)
    cyclic: list[Any] = []
    cyclic.append(cyclic)
    with pytest.raises(arvo.LimitError, match="128"):
        crossed(cyclic)
    with pytest.raises(arvo.LimitError, match="10000"):
        crossed(dict.fromkeys(map(str, range(10_001))))


def test_limits_can_be_set() -> None:
    arvo.set_limits(depth=3, keys=2)
    try:
        with pytest.raises(arvo.LimitError, match="3"):
            crossed([[[]]])
        with pytest.raises(arvo.LimitError, match="2"):
            crossed({"a": 1, "b": 2, "c": 3})
    finally:
        arvo.set_limits(depth=128, keys=10_000)
    assert crossed([[[]]]) == [[[]]]


def test_what_an_objects_own_code_raises_comes_out_as_itself() -> None:
    failure = RuntimeError("no dump today")

    class Model:
        def model_dump(self, **_: object) -> object:
            raise failure

    with pytest.raises(RuntimeError) as caught:
        crossed(Model())
    assert caught.value is failure
