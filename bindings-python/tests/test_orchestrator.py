"""Orchestrators: their steps with any memory, functions that raise, wait or interrupt, records that fit no more."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import arvo
import pytest
from flow import CALC, CONTRACT, DONE, AsyncTable, Table, add, answer, start
from pydantic import BaseModel
from sums import OWN, SERVICES, definition, machine, portable


def begun(made: arvo.Machine, memory: Any = None) -> tuple[arvo.Orchestrator, arvo.Event, arvo.Event]:
    """A workflow that waits for its first answer; its first event, and that answer."""
    workflow = arvo.orchestrator(made, memory=memory, locking=True)
    event = start(1, 2)
    [call] = workflow.execute(event)
    return workflow, event, answer(call)


@pytest.mark.parametrize("make", [machine, portable])
def test_a_workflow_goes_from_event_to_event(make: Callable[[], arvo.Machine]) -> None:
    workflow, _, first = begun(make())
    [second] = workflow.execute(first)
    [end] = workflow.execute(answer(second))
    assert (end.type, end.data["total"], end.to) == (DONE, 3, "com.shop.web")
    assert workflow.execute(answer(second)) == []


@pytest.mark.parametrize("make", [machine, portable])
def test_a_memory_of_the_users_own_keeps_the_same_record(make: Callable[[], arvo.Machine]) -> None:
    table = Table()
    workflow, event, first = begun(make(), table)
    workflow.execute(first)
    assert table.calls == ["lock", "read", "write", "unlock"] * 2
    record = table.rows[event.subject]
    assert record["state"]["context"] == {"total": 1, "rest": [2]}
    other = arvo.InMemory()
    other.write(event.subject, record)
    taken_over = arvo.orchestrator(portable(), memory=other)
    call = record["events"]["produced"][0]
    [end] = taken_over.execute(answer(arvo.Event.from_json(call)))
    assert end.data["total"] == 3


def test_an_asynchronous_memory_makes_an_asynchronous_one() -> None:
    async def main() -> None:
        workflow = arvo.orchestrator(machine(), memory=AsyncTable())
        assert isinstance(workflow, arvo.AsyncOrchestrator)
        [call] = await workflow.execute(start(1))
        [end] = await workflow.execute(answer(call))
        assert end.data["total"] == 1
        broker = arvo.AsyncBroker([workflow, arvo.handler(CALC, {"1.0.0": add})])
        ends = await asyncio.gather(*(broker.resolve(start(each, each)) for each in range(20)))
        assert [end and end.data["total"] for end in ends] == [2 * each for each in range(20)]
        with pytest.raises(arvo.ConfigViolation, match="asynchronous"):
            arvo.Broker([workflow])  # type: ignore[list-item]

    asyncio.run(main())


class Stop(arvo.Violation):
    """The user's own."""


Raising = Callable[[Exception], Any]


def raising(error: BaseException) -> Callable[..., Any]:
    def function(*_: Any) -> Any:
        raise error

    return function


KINDS: dict[str, Callable[[Callable[..., Any]], dict[str, Any]]] = {
    "guard": lambda function: {"guards": {"more": function}},
    "assign": lambda function: {"actions": {"keep": arvo.assign(function)}},
    "one key": lambda function: {"actions": {"keep": arvo.assign(total=function)}},
    "action": lambda function: {"actions": {"keep": function}},
    "emit": lambda function: {"actions": {"keep": arvo.emit(function)}},
    "raise": lambda function: {"actions": {"keep": arvo.raise_(function)}},
    "log": lambda function: {"actions": {"keep": arvo.log(function)}},
    "enqueue": lambda function: {"actions": {"keep": arvo.enqueue_actions(function)}},
    "enqueued": lambda function: {"actions": {"keep": arvo.enqueue_actions(lambda enqueue: enqueue.assign(function))}},
    "checked": lambda function: {"actions": {"keep": arvo.enqueue_actions(lambda enqueue: enqueue.check(function))}},
    "params": lambda function: {"actions": {"keep": {"type": "ask", "params": function}}},
    "output": lambda function: {"output": function, "guards": {"more": lambda: False}},
}


@pytest.mark.parametrize("kind", [*KINDS, "context"])
def test_a_violation_comes_out_as_the_very_object_and_nothing_changes(kind: str) -> None:
    error = Stop("no")
    memory = arvo.InMemory()
    if kind == "context":
        with pytest.raises(Stop) as caught:
            arvo.orchestrator(machine(context=raising(error)), memory=memory).execute(start(1))
        assert (caught.value, len(memory)) == (error, 0)
        return
    workflow, event, first = begun(machine(**KINDS[kind](raising(error))), memory)
    before = memory.read(event.subject)
    with pytest.raises(Stop) as caught:
        workflow.execute(first)
    assert caught.value is error
    assert memory.read(event.subject) == before
    assert memory.lock(event.subject), "the lock is free again"


@pytest.mark.parametrize("kind", [*KINDS, "context"])
def test_any_other_exception_ends_the_workflow_with_a_system_error(kind: str) -> None:
    memory = arvo.InMemory()
    made = machine(context=raising(KeyError("gone"))) if kind == "context" else None
    if made is not None:
        event = start(1)
        [told] = arvo.orchestrator(made, memory=memory).execute(event)
    else:
        workflow, event, first = begun(machine(**KINDS[kind](raising(KeyError("gone")))), memory)
        [told] = workflow.execute(first)
    assert (told.type, told.to) == ("sys.arvo.orc.sum.error", "com.shop.web")
    assert "gone" in told.data["errorMessage"]
    record = memory.read(event.subject)
    assert record is not None
    assert record["executionStatus"] == "failure"


@pytest.mark.parametrize("kind", KINDS)
def test_what_would_have_to_be_awaited_is_refused(kind: str) -> None:
    async def later() -> bool:
        return True

    workflow, _, first = begun(machine(**KINDS[kind](lambda *_: later())))
    with pytest.raises(arvo.ConfigViolation, match="returned an awaitable"):
        workflow.execute(first)


@pytest.mark.parametrize("memory", [arvo.InMemory, Table])
def test_an_interrupt_is_no_failure_of_the_workflow(memory: Callable[[], Any]) -> None:
    kept = memory()
    workflow, event, first = begun(machine(guards={"more": raising(KeyboardInterrupt())}), kept)
    before = kept.read(event.subject)
    with pytest.raises(KeyboardInterrupt):
        workflow.execute(first)
    assert kept.read(event.subject) == before
    if isinstance(kept, Table):
        assert kept.calls.count("lock") == kept.calls.count("unlock") == 2
    else:
        assert kept.lock(event.subject)


def test_a_record_of_a_changed_machine_is_refused_and_left() -> None:
    memory = arvo.InMemory()
    _, event, first = begun(machine(), memory)
    changed = definition(initial="summing", states={"summing": {"type": "final"}}, output={})
    other = arvo.machine(self=OWN, services=SERVICES).create(changed)
    before = memory.read(event.subject)
    with pytest.raises(arvo.ExecutionViolation, match="does not fit machine 'sum'"):
        arvo.orchestrator(other, memory=memory).execute(first)
    assert memory.read(event.subject) == before


def test_versions_live_side_by_side() -> None:
    with pytest.raises(arvo.ContractError, match="At least one machine"):
        arvo.orchestrator()
    with pytest.raises(arvo.ConfigViolation, match=r"duplicate version 1\.0\.0"):
        arvo.orchestrator(machine(), portable())


class Text(BaseModel):
    text: str


class Ask(BaseModel):
    name: str


def test_models_stay_what_they_are_within_a_step_and_are_json_after_it() -> None:
    spec = arvo.VersionSpec(accepts=Ask, emits=Text)
    service = arvo.Contract.simple(uri="#/services/hello", type="say.hello", versions={"1.0.0": spec})
    seen: list[Any] = []
    chart = {
        "id": "hello",
        "initial": "asking",
        "context": lambda input: {"first": input["data"]["name"]},
        "states": {
            "asking": {
                "entry": arvo.emit(lambda context: arvo.Output("com.say.hello", Ask(name=context["first"]))),
                "on": {
                    "evt.say.hello.success": {
                        "target": "done",
                        "actions": [
                            arvo.assign(said=lambda context, event: event["data"]),
                            lambda context, event: seen.append((context["said"], event["data"])),
                        ],
                    },
                    "sys.*": "done",
                },
            },
            "done": {"type": "final"},
        },
        "output": lambda context: {"said": context["said"].text},
    }
    made = arvo.machine(self=OWN, services={"hello": service.version("1.0.0")}).create(chart)
    memory = arvo.InMemory()
    handler = arvo.handler(service, {"1.0.0": lambda given: arvo.Output("evt.say.hello.success", Text(text="Hello"))})
    event = CONTRACT.version("1.0.0").init({"name": "Ada", "parentSubject$$": None}, source="com.shop.web")
    end = arvo.Broker([handler, arvo.orchestrator(made, memory=memory)]).resolve(event)
    assert end is not None
    assert end.data["said"] == "Hello"
    [(kept, came)] = seen
    assert kept is came
    assert isinstance(kept, Text)
    record = memory.read(event.subject)
    assert record is not None
    assert record["state"]["context"] == {"first": "Ada", "said": {"text": "Hello"}}


def test_what_is_no_json_names_its_place() -> None:
    workflow, _, first = begun(machine(actions={"keep": arvo.assign(total=lambda: {1, 2})}))
    [told] = workflow.execute(first)
    assert "/context/total is a set" in told.data["errorMessage"]


def held_function() -> weakref.ref[Any]:
    """A guard that knows its own workflow, which has run and is dropped."""
    workflows: list[Any] = []

    def guard() -> bool:
        return not workflows

    workflows.append(arvo.orchestrator(machine(guards={"more": guard})))
    workflows[0].execute(start(1))
    return weakref.ref(guard)


def test_nothing_keeps_the_functions_of_a_dropped_workflow_alive() -> None:
    held = held_function()
    gc.collect()
    assert held() is None
