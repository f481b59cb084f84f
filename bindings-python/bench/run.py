"""What Python costs: events, factories, steps; beside the yardsticks that users know, the package `cloudevents` and,
in statecharts.py, `python-statemachine`.

    python bindings-python/bench/run.py

Every figure is the best of several rounds of one run, in processor time, so that a busy machine does little harm.
Figures of one output may be compared with each other, and with nothing else.
"""

# ruff: noqa: N815  # fields are named as in the JSON that they hold
from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

import arvo
import statecharts
from cloudevents.core.formats.json import JSONFormat
from pydantic import BaseModel

ROUNDS = 7
WAITING = 10_000
SECONDS = 0.15
FIXTURES = Path(__file__).parents[2] / "core" / "benches" / "fixtures"
ORDER = json.loads((FIXTURES / "order.json").read_text("utf-8"))
WHOLE = json.loads((FIXTURES / "order.schema.json").read_text("utf-8"))


def numbers(*names: str) -> dict[str, Any]:
    """A schema of an object of numbers."""
    properties = {name: {"type": "number"} for name in names}
    return {"type": "object", "properties": properties, "required": [*names], "x-arvo-unknown-keys": "strip"}


SMALL, RESULT = numbers("a", "b"), numbers("sum")


def microseconds(call: Callable[[], object]) -> float:
    """The least time of one call."""
    count = 1
    while True:
        spent = timed(call, count)
        if spent > SECONDS / 4:
            break
        count *= 4
    count = max(1, int(count * SECONDS / spent))
    return min(timed(call, count) for _ in range(ROUNDS)) / count * 1e6


def timed(call: Callable[[], object], count: int) -> float:
    """The time of many calls, in seconds."""
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        for _ in range(count):
            call()
        return time.process_time() - start
    finally:
        gc.enable()


def contract(accepts: Any, emits: Any) -> arvo.Contract[Any]:
    """A simple contract of one version."""
    spec = arvo.VersionSpec(accepts=accepts, emits=emits)
    return arvo.Contract.simple(uri="#/bench/check", type="bench.check", versions={"1.0.0": spec})


def step(accepts: Any, emits: Any, request: dict[str, Any], answer: Any) -> tuple[arvo.Handler[Any], arvo.Event]:
    """A handler, and an event for it."""
    served = contract(accepts, emits)
    event = served.version("1.0.0").accepts(request, source="com.bench.client", subject="bench/1")
    return arvo.handler(served, {"1.0.0": lambda _: arvo.Output("evt.bench.check.success", answer)}), event


class Workflow:
    """A workflow that asks once and ends, its service, and the events between them."""

    def __init__(self, locking: bool) -> None:
        service = contract(SMALL, RESULT)
        spec = arvo.OrchestratorSpec(init={"type": "object"}, complete={"type": "object"})
        flow = arvo.Contract.orchestrator(uri="#/bench/flow", name="bench", versions={"1.0.0": spec})
        self.memory = arvo.InMemory()
        services = {"check": service.version("1.0.0")}
        functions = {"1.0.0": go_on}
        self.flow = arvo.resumable(flow, functions, services=services, memory=self.memory, locking=locking)
        check = arvo.handler(service, {"1.0.0": lambda _: arvo.Output("evt.bench.check.success", {"sum": 3})})
        self.broker = arvo.Broker([self.flow, check])
        self.make = flow.version("1.0.0").init
        self.begin = self.event()
        [call] = self.flow.execute(self.begin)
        [self.answer] = check.execute(call)
        self.waiting = self.memory.read(self.begin.subject) or {}

    def event(self) -> arvo.Event:
        """The beginning of a new workflow."""
        return self.make({"parentSubject$$": None}, source="com.bench.client")

    def init(self) -> None:
        """The first step of a workflow."""
        self.memory.clear()
        self.flow.execute(self.begin)

    def reset(self) -> None:
        """What the last step needs done before it; measured beside it."""
        self.memory.write(self.begin.subject, self.waiting)

    def end(self) -> None:
        """The last step."""
        self.reset()
        self.flow.execute(self.answer)

    def whole(self) -> None:
        """From the event that begins it to the one that ends it, four events in all."""
        self.broker.resolve(self.event())
        self.broker.clear_history()
        self.memory.clear()


def waiting() -> Optional[float]:
    """Megabytes that ten thousand workflows hold while they wait for an answer, as Linux tells it."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return None

    def resident() -> int:
        gc.collect()
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    workflow = Workflow(locking=False)
    sizes = []
    for _ in range(2):  # the first ten thousand stay: what grows once has grown by then
        for _ in range(WAITING):
            workflow.flow.execute(workflow.event())
        sizes.append(resident())
    return (sizes[1] - sizes[0]) / 1e6


def go_on(given: arvo.ResumableInput) -> arvo.Resumed:
    """Ask once, then end."""
    if given.init:
        return arvo.Resumed(context={"asked": 1}, services=[arvo.Output("com.bench.check", {"a": 1, "b": 2})])
    return arvo.Resumed(output={"total": given.data["sum"]})


def whole_orders(with_machines: bool) -> float:
    """What one order of the demo costs, in microseconds of processor time."""
    folder = Path(__file__).parents[2] / "examples" / "orders"
    sys.path.insert(0, str(folder / "python"))
    broker = importlib.import_module("main").broker(folder, with_machines)
    orders = [arvo.Event.from_json(line) for line in (folder / "orders.jsonl").read_text("utf-8").splitlines()]
    start = time.process_time()
    for order in orders:
        broker.resolve(order)
        broker.clear_history()
    return (time.process_time() - start) / len(orders) * 1e6


class Address(BaseModel):
    """Where to."""

    line1: str
    line2: Optional[str]
    city: str
    postcode: str
    country: str


class Customer(BaseModel):
    """Who ordered."""

    id: str
    name: str
    email: str
    tier: str
    address: Address


class Line(BaseModel):
    """One article."""

    sku: str
    name: str
    qty: int
    price: float
    taxable: bool


class Order(BaseModel):
    """A whole order."""

    orderId: str
    placedAt: str
    currency: str
    channel: str
    priority: str
    total: float
    tax: float
    discount: float
    giftWrap: bool
    notes: str
    customer: Customer
    items: list[Line]
    labels: dict[str, str]


def figures() -> dict[str, float]:
    """Every figure, in microseconds."""
    small, small_event = step(SMALL, RESULT, {"a": 1, "b": 2}, {"sum": 3})
    order, order_event = step(WHOLE, WHOLE, ORDER, ORDER)
    model = Order.model_validate(ORDER)
    models, models_event = step(Order, Order, ORDER, model)
    factory = contract(SMALL, RESULT).version("1.0.0").accepts
    text = order_event.to_json()
    small_text = small_event.to_json()
    yardstick = JSONFormat()
    flow, locked = Workflow(locking=False), Workflow(locking=True)
    reset = microseconds(flow.reset)
    raw = text.encode()
    return {
        "event from text (order)": microseconds(lambda: arvo.Event.from_json(text)),
        "event from text, data read": microseconds(lambda: arvo.Event.from_json(text).data),
        "cloudevents: event from text": microseconds(lambda: yardstick.read(None, raw)),
        "event to text (order)": microseconds(order_event.to_json),
        "event from keywords": microseconds(
            lambda: arvo.Event(type="com.bench.made", source="com.bench.client", subject="s", data={"a": 1})
        ),
        "factory, subject given": microseconds(
            lambda: factory({"a": 1, "b": 2}, source="com.bench.client", subject="s")
        ),
        "factory, new subject": microseconds(lambda: factory({"a": 1, "b": 2}, source="com.bench.client")),
        "step, small": microseconds(lambda: small.execute(small_event)),
        "step, small, dict to events": microseconds(
            lambda: small.execute(factory({"a": 1, "b": 2}, source="com.bench.client", subject="s"))
        ),
        "step, small, text to text": microseconds(
            lambda: [each.to_json() for each in small.execute(arvo.Event.from_json(small_text))]
        ),
        "step, order, JSON Schema": microseconds(lambda: order.execute(order_event)),
        "step, order, text to text": microseconds(
            lambda: [each.to_json() for each in order.execute(arvo.Event.from_json(text))]
        ),
        "step, order, Pydantic": microseconds(lambda: models.execute(models_event)),
        "workflow, first step": microseconds(flow.init),
        "workflow, last step": microseconds(flow.end) - reset,
        "workflow, last step, locked": microseconds(locked.end) - reset,
        "workflow through the broker, 4 events": microseconds(flow.whole),
        **statecharts.figures(microseconds),
        "order of the demo through the broker": whole_orders(with_machines=False),
        "order of the demo, with machines": whole_orders(with_machines=True),
        "Pydantic alone, in and out": microseconds(
            lambda: (Order.model_validate(ORDER), model.model_dump_json(by_alias=True))
        ),
        **importlib.import_module("telemetry").figures(lambda: small.execute(small_event), microseconds),  # the last
    }


def main() -> None:
    """Print the figures, and what was aimed at."""
    found = figures()
    width = max(map(len, found))
    for name, cost in found.items():
        print(f"{name:<{width}}  {cost:8.2f} µs  {1e6 / cost:>12,.0f}/s")
    ratio = found["cloudevents: event from text"] / found["event from text (order)"]
    read = found["cloudevents: event from text"] / found["event from text, data read"]
    charts = [found[f"chart, {kind}: a step, restoring included"] for kind in ("portable", "functions")]
    faster = found["python-statemachine: a step, restoring included"] / max(charts)
    per_second = 1e6 / found["step, small, dict to events"]
    print()
    print(f"text to event, beside cloudevents: {ratio:.1f} × (aimed at: 3 ×)")
    print(f"the same with the data read, which cloudevents always does: {read:.1f} ×")
    print(f"a step of a chart, restoring included, beside python-statemachine: {faster:.1f} × (aimed at: 10 ×)")
    print(f"validated small steps, data as dict: {per_second:,.0f}/s (aimed at: 40,000/s)")
    held = waiting()
    if held is not None:
        print(f"{WAITING:,} workflows that wait: {held:.1f} MB")
    if "--json" in sys.argv:
        print(json.dumps({name: round(cost, 3) for name, cost in found.items()}))


if __name__ == "__main__":
    main()
