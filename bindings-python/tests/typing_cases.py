"""Programs for the type checker, not to be run: a comment marks each line that it must refuse. See test_types.py."""

from __future__ import annotations

from typing import Any

import arvo
from pydantic import BaseModel


class Order(BaseModel):
    total: float


class Checked(BaseModel):
    ok: bool


SPEC = arvo.VersionSpec(accepts=Order, emits=Checked)
CONTRACT = arvo.Contract.simple(uri="#/orders", type="order.check", versions={"1.0.0": SPEC})
DYNAMIC = arvo.Contract.from_json("{}")


def check(given: arvo.Input[Order]) -> arvo.Output:
    total: float = given.data.total
    total.lower()  # wrong: attr-defined
    print(given.data.totl)  # wrong: attr-defined
    return arvo.Output("evt.order.check.success", Checked(ok=total < 5))


async def check_later(given: arvo.Input[Order]) -> arvo.Output:
    return check(given)


def check_mapping(given: arvo.Input[dict[str, Any]]) -> arvo.OutputDict:
    return {"type": "evt.order.check.success", "data": {"ok": given.data["total"] < 5}}


def returns_number(given: arvo.Input[Order]) -> int:
    return 5


EVENT = CONTRACT.version("1.0.0").accepts(Order(total=1), source="com.shop.web")
EVENTS: list[arvo.Event] = arvo.handler(CONTRACT, {"1.0.0": check}).execute(EVENT)
MORE: list[arvo.Event] = arvo.handler(DYNAMIC, {"1.0.0": check_mapping}).execute(EVENT)
arvo.handler(CONTRACT, {"1.0.0": check_mapping})  # wrong: dict-item
arvo.handler(CONTRACT, {"1.0.0": returns_number})  # wrong: dict-item
WRONG: list[arvo.Event] = arvo.handler(CONTRACT, {"1.0.0": check_later}).execute(EVENT)  # wrong: assignment
CONTRACT.version("1.0.0").accepts(Order(total=1))  # wrong: call-arg
CONTRACT.version("1.0.0").accepts(Order(total=1), source=5)  # wrong: arg-type
arvo.Event(type="com.a.b", source="com.a.b", data={})  # wrong: call-arg
EVENT.type = "com.other.type"  # wrong: misc


async def main() -> None:
    later: list[arvo.Event] = await arvo.handler(CONTRACT, {"1.0.0": check_later}).execute(EVENT)
    await arvo.handler(CONTRACT, {"1.0.0": check}).execute(EVENT)  # wrong: misc
    print(later)
