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
arvo.handler(CONTRACT, {"1.0.0": check}, span=arvo.SpanSpec("Checks")).execute(EVENT, inherit_from="context")
arvo.handler(CONTRACT, {"1.0.0": check}).execute(EVENT, inherit_from="parent")  # wrong: arg-type


FLOW = arvo.Contract.orchestrator(
    uri="#/flow", name="flow", versions={"1.0.0": arvo.OrchestratorSpec(init=Order, complete=Checked)}
)


class Table:
    def read(self, id: str) -> arvo.Record | None:
        return None

    def write(self, id: str, record: arvo.Record, previous: arvo.Record | None) -> None: ...
    def lock(self, id: str) -> bool:
        return True

    def unlock(self, id: str) -> bool:
        return True


class LyingTable(Table):
    def lock(self, id: str) -> str:  # type: ignore[override]
        return id


def go_on(given: arvo.ResumableInput) -> arvo.Resumed:
    given.collected_events["evt.order.check.success"][0].data["ok"]
    given.event.subject.lower()
    return arvo.Resumed(output=Checked(ok=given.init is None))


async def go_on_later(given: arvo.ResumableInput) -> arvo.ResumedDict:
    return {"context": {"a": 1}}


SERVICES = {"check": CONTRACT.version("1.0.0")}
SENT: list[arvo.Event] = arvo.resumable(FLOW, {"1.0.0": go_on}, services=SERVICES, memory=Table()).execute(EVENT)
LATER = arvo.resumable(FLOW, {"1.0.0": go_on_later}, memory=arvo.InMemory())
NOW = arvo.resumable(FLOW, {"1.0.0": go_on}, memory=LyingTable())  # wrong: call-overload
NOT_SENT: list[arvo.Event] = LATER.execute(EVENT)  # wrong: assignment
arvo.Broker([LATER])  # wrong: list-item
ANSWER: arvo.Event | None = arvo.Broker([arvo.handler(CONTRACT, {"1.0.0": check})]).resolve(EVENT)
arvo.resumable(FLOW, {"1.0.0": check})  # wrong: dict-item


MACHINES = arvo.machine(self=FLOW.version("1.0.0"), services=SERVICES)


@MACHINES.guard
def big(context: dict[str, Any], event: dict[str, Any]) -> bool:
    return bool(event["data"]["total"] > 5)


BIG: bool = big({}, {})
CHECKED: bool = big({})  # wrong: call-arg
CHECKING: arvo.Machine = MACHINES.create({"id": "check", "entry": [arvo.emit({"type": "com.order.check"})]})
DRIVEN: list[arvo.Event] = arvo.orchestrator(CHECKING, memory=Table()).execute(EVENT)
arvo.orchestrator(MACHINES)  # wrong: call-overload
arvo.orchestrator(CHECKING, memory=LyingTable())  # wrong: call-overload
arvo.machine(services=SERVICES)  # wrong: call-arg
MARKED: str = CHECKING.mermaid(None)
STEP: list[Any] = CHECKING.chart.start().emitted
arvo.Broker([arvo.orchestrator(CHECKING)])


async def main() -> None:
    later: list[arvo.Event] = await arvo.handler(CONTRACT, {"1.0.0": check_later}).execute(EVENT)
    await arvo.handler(CONTRACT, {"1.0.0": check}).execute(EVENT)  # wrong: misc
    print(later)
    answer: arvo.Event | None = await arvo.AsyncBroker([LATER]).resolve(EVENT, timeout=1)
    print(answer)


STORE = arvo.Store("sqlite::memory:")
CAME: arvo.Event | None = STORE.wait(STORE.publish(EVENT), timeout=5)
TWICE: arvo.Event | None = STORE.wait(arvo.AsyncStore("sqlite::memory:").publish(EVENT))  # wrong: arg-type
SURELY: arvo.Event = STORE.wait(7)  # wrong: assignment
STORE.publish(EVENT, deliver_at="tomorrow")  # wrong: arg-type
STORE.workflows(status="over")  # wrong: arg-type
arvo.Worker(STORE, [arvo.handler(CONTRACT, {"1.0.0": check})], retry=arvo.Retry(tries=3)).run()
arvo.Worker(STORE, [arvo.handler(CONTRACT, {"1.0.0": check_later})])  # wrong: list-item
arvo.AsyncWorker(STORE, [arvo.handler(CONTRACT, {"1.0.0": check_later})], name="one")


def answers(events: list[arvo.Event]) -> bool:
    print(events[0].typ)  # wrong: attr-defined
    return events[0].type == "evt.order.check.success"


SUITE = arvo.Suite(
    [arvo.handler(CONTRACT, {"1.0.0": check}), arvo.Config(arvo.handler(CONTRACT, {"1.0.0": check_later}), "later")],
    [arvo.Case("answers", [arvo.Step(EVENT, expected_events=answers)], repeat=arvo.Repeat(3))],
)
FAILURES: list[str | None] = [test.run() for test in SUITE.tests()]
TRIED: int = arvo.conforms(arvo.handler(CONTRACT, {"1.0.0": check}), seed=1).valid
arvo.Step({"type": "com.order.check"})  # wrong: arg-type
arvo.Suite([5], [])  # wrong: list-item
arvo.conforms(check)  # wrong: arg-type
arvo.conforms(arvo.handler(CONTRACT, {"1.0.0": check}), seed="1")  # wrong: arg-type
arvo.log_to_span("half way", "LOUD")  # wrong: arg-type
