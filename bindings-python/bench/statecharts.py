"""What machines cost, as portable data and with functions; beside the yardstick that users know, `python-statemachine`.

The machine is one and the same everywhere: it asks a service, looks at the answer, and ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import arvo
from statemachine import State, StateMachine

OBJECT: dict[str, Any] = {"type": "object"}
NUMBER = {"type": "object", "properties": {"sum": {"type": "number"}}, "required": ["sum"]}
SPEC = arvo.VersionSpec(accepts=OBJECT, emits=NUMBER)
SERVICE = arvo.Contract.simple(uri="#/bench/add", type="bench.add", versions={"1.0.0": SPEC})
FLOW = arvo.Contract.orchestrator(
    uri="#/bench/flow", name="bench", versions={"1.0.0": arvo.OrchestratorSpec(init=OBJECT, complete=OBJECT)}
)
OWN, ADD = FLOW.version("1.0.0"), SERVICE.version("1.0.0")


def definition(context: Any, ask: Any, big: Any, keep: Any, output: Any) -> dict[str, Any]:
    """The machine; what it computes with is an expression or a function."""
    return {
        "id": "bench",
        "initial": "asking",
        "context": context,
        "states": {
            "asking": {
                "entry": arvo.emit(ask),
                "on": {
                    "evt.bench.add.success": [
                        {"guard": big, "target": "done", "actions": arvo.assign(total=keep)},
                        {"target": "asking", "reenter": True},
                    ],
                    "sys.com.bench.add.error": "done",
                },
            },
            "done": {"type": "final"},
        },
        "output": output,
    }


PORTABLE = definition(
    context={"n": arvo.expr("input.data.n"), "total": 0},
    ask={"type": "com.bench.add", "data": {"n": arvo.expr("context.n")}},
    big=arvo.expr("event.data.sum > 100 && context.n < 3"),
    keep=arvo.expr("context.total + event.data.sum"),
    output={"total": arvo.expr("context.total")},
)
WITH_FUNCTIONS = definition(
    context=lambda input: {"n": input["data"]["n"], "total": 0},
    ask=lambda context: {"type": "com.bench.add", "data": {"n": context["n"]}},
    big=lambda context, event: event["data"]["sum"] > 100 and context["n"] < 3,
    keep=lambda context, event: context["total"] + event["data"]["sum"],
    output=lambda context: {"total": context["total"]},
)


class Orchestrated:
    """A workflow of the machine in memory, and its events."""

    def __init__(self, chart: dict[str, Any]) -> None:
        self.machine = arvo.machine(self=OWN, services={"add": ADD}).create(chart)
        self.memory = arvo.InMemory()
        self.flow = arvo.orchestrator(self.machine, memory=self.memory)
        self.begin = OWN.init({"n": 1, "parentSubject$$": None}, source="com.bench.client")
        [call] = self.flow.execute(self.begin)
        self.small, self.big = (self.answer(call, number) for number in (3, 300))

    def answer(self, call: arvo.Event, number: int) -> arvo.Event:
        """What the service says."""
        output = arvo.Output("evt.bench.add.success", {"sum": number})
        [event] = arvo.handler(SERVICE, {"1.0.0": lambda _: output}).execute(call)
        return event

    def init(self) -> None:
        """The first step of a workflow."""
        self.memory.clear()
        self.flow.execute(self.begin)

    def resume(self) -> None:
        """A step that asks again."""
        self.flow.execute(self.small)

    def whole(self) -> None:
        """The first step and the last."""
        self.init()
        self.flow.execute(self.big)


def stepped(chart: dict[str, Any]) -> Callable[[], object]:
    """One step of the bare chart from its snapshot, from dict to dict."""
    made = arvo.machine(self=OWN, services={"add": ADD}).create(chart).chart
    snapshot = made.start({"type": OWN.accepts_type, "data": {"n": 1}}).snapshot
    event = {"type": "evt.bench.add.success", "data": {"sum": 300}}
    return lambda: made.send(snapshot, event).snapshot


class Kept:
    """What the yardstick keeps of a workflow."""

    def __init__(self, state: str, n: int, total: int) -> None:
        self.state, self.n, self.total = state, n, total


class Yardstick(StateMachine):
    """The same machine."""

    asking = State(initial=True)
    done = State(final=True)
    added = asking.to(done, cond="big", on="keep") | asking.to.itself()

    def big(self, number: int) -> bool:
        """The guard."""
        return number > 100 and self.model.n < 3

    def keep(self, number: int) -> None:
        """The action."""
        self.model.total += number


def yardstick() -> object:
    """One step of the yardstick from what was kept."""
    machine = Yardstick(Kept("asking", 1, 0))
    machine.send("added", number=300)
    return machine.model


def figures(microseconds: Callable[[Callable[[], object]], float]) -> dict[str, float]:
    """Every figure, in microseconds."""
    found: dict[str, float] = {}
    for kind, chart in (("portable", PORTABLE), ("functions", WITH_FUNCTIONS)):
        workflow = Orchestrated(chart)
        found[f"machine, {kind}: resumed"] = microseconds(workflow.resume)
        found[f"machine, {kind}: first step"] = first = microseconds(workflow.init)
        found[f"machine, {kind}: last step"] = microseconds(workflow.whole) - first
        found[f"chart, {kind}: a step, restoring included"] = microseconds(stepped(chart))
    found["python-statemachine: a step, restoring included"] = microseconds(yardstick)
    return found
