"""Resumable workflows: their steps, memories that fail, hang or lie, callbacks that raise, what stays behind."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import weakref
from typing import Any

import arvo
import pytest
from flow import CALC, CONTRACT, DONE, AsyncTable, Table, answer, flow, go_on, go_on_later, start
from pydantic import BaseModel

CAUSES = {"lock": "LOCK", "read": "READ", "write": "WRITE"}


def test_a_workflow_goes_from_event_to_event() -> None:
    workflow = flow()
    [call] = workflow.execute(start(1, 2))
    [second] = workflow.execute(answer(call))
    [end] = workflow.execute(answer(second))
    assert (end.type, end.data["total"], end.to) == (DONE, 3, "com.shop.web")
    assert workflow.execute(answer(second)) == []


def test_an_asynchronous_one_does_the_same_with_any_memory() -> None:
    async def main() -> None:
        for function, memory in ((go_on_later, None), (go_on_later, AsyncTable()), (go_on, AsyncTable())):
            workflow: Any = flow(function, memory, locking=True)
            assert isinstance(workflow, arvo.AsyncResumable)
            [call] = await workflow.execute(start(1))
            [end] = await workflow.execute(answer(call))
            assert end.data["total"] == 1

    asyncio.run(main())


def test_a_function_sees_what_came() -> None:
    seen: list[Any] = []

    def function(given: arvo.ResumableInput) -> arvo.ResumedDict:
        seen.append((given.init, given.service, given.context, given.metadata, given.collected_events, given.domain))
        assert given.contracts.services["calc"].uri == CALC.uri
        return {"context": [1], "services": [{"type": "com.calc.add", "data": {"a": 1, "b": 1}}]}

    workflow = flow(function)
    event = start(1)
    [call] = workflow.execute(event)
    back = answer(call)
    workflow.execute(back)
    assert seen[0] == (event, None, None, None, {}, (None, None))
    init, service, context, metadata, collected, _ = seen[1]
    assert (init, service, context) == (None, back, [1])
    assert metadata["events"]["expected"] == {call.id: [back.to_dict()]}
    assert collected == {"evt.calc.add.success": (back,)}


class Ask(BaseModel):
    a: int


class Said(BaseModel):
    b: int


class End(BaseModel):
    c: int


def test_pydantic_is_welcome_everywhere() -> None:
    service = arvo.Contract.simple(
        uri="#/services/ask", type="model.ask", versions={"1.0.0": arvo.VersionSpec(accepts=Ask, emits=Said)}
    )
    contract = arvo.Contract.orchestrator(
        uri="#/flows/model", name="model", versions={"1.0.0": arvo.OrchestratorSpec(init=Ask, complete=End)}
    )
    seen: list[Any] = []

    def function(given: arvo.ResumableInput) -> arvo.Resumed:
        seen.append(given.data)
        if given.init:
            return arvo.Resumed(context=Ask(a=7), services=[arvo.Output("com.model.ask", Ask(a=1))])
        assert given.collected_events["evt.model.ask.success"][0].data == {"b": 2}
        assert Ask.model_validate(given.context) == Ask(a=7)
        return arvo.Resumed(output=End(c=3))

    workflow = arvo.resumable(contract, {"1.0.0": function}, services={"ask": service.version("1.0.0")})
    [call] = workflow.execute(contract.version("1.0.0").init({"a": 5, "parentSubject$$": None}, source="com.shop.web"))
    [said] = arvo.handler(service, {"1.0.0": lambda _: arvo.Output("evt.model.ask.success", Said(b=2))}).execute(call)
    [end] = workflow.execute(said)
    assert end.data == {"c": 3}
    assert seen[1] == Said(b=2)


@pytest.mark.parametrize("operation", CAUSES)
@pytest.mark.parametrize("kind", [Table, AsyncTable])
def test_a_memory_that_fails_is_the_cause(operation: str, kind: type[Table]) -> None:
    error = ConnectionError("the table is away")

    def fail() -> None:
        raise error

    event, memory = start(1), kind(operation, fail)
    workflow: Any = flow(go_on, memory, locking=True)
    with pytest.raises(arvo.TransactionViolation) as caught:
        asyncio.run(workflow.execute(event)) if kind is AsyncTable else workflow.execute(event)
    assert caught.value.cause == f"{CAUSES[operation]}_MACHINE_MEMORY_FAILURE"
    assert caught.value.__cause__ is error
    assert caught.value.metadata == {"initiatingEvent": event}
    assert pickle.loads(pickle.dumps(caught.value)).metadata == {"initiatingEvent": event}
    assert not memory.rows
    assert ("unlock" in memory.calls) == (operation != "lock")


def test_an_unlock_that_fails_harms_nobody() -> None:
    memory = Table("unlock", lambda: 1 / 0)
    assert len(flow(go_on, memory, locking=True).execute(start(1))) == 1
    assert memory.calls == ["lock", "read", "write", "unlock"]


@pytest.mark.parametrize(
    ("operation", "lie", "text"),
    [
        ("lock", 1, "lock returned a int"),
        ("lock", None, "lock returned a NoneType"),
        ("read", [1], "a record is a list"),
        ("read", "{}", "a record is a str"),
        ("read", {"x": {1}}, "/x is a set"),
        ("read", {"x": 1}, "the record can't be read"),
        ("write", False, "write returned False"),
    ],
)
def test_a_memory_that_lies_is_told_so(operation: str, lie: object, text: str) -> None:
    memory = Table(operation, lambda: lie)
    with pytest.raises(arvo.TransactionViolation, match=text):
        flow(go_on, memory, locking=True).execute(start(1))
    assert not memory.rows


def test_the_record_of_another_workflow_is_refused() -> None:
    memory = Table()
    workflow = flow(go_on, memory)
    first, second = start(1), start(2)
    workflow.execute(first)
    [record] = memory.rows.values()
    memory.rows[second.subject] = record
    before = copy.deepcopy(memory.rows)
    with pytest.raises(arvo.TransactionViolation, match="of another workflow"):
        workflow.execute(second)
    assert memory.rows == before


def test_a_record_over_the_limit_is_refused() -> None:
    memory = Table()
    workflow = flow(go_on, memory)
    [call] = workflow.execute(start(1))
    before = copy.deepcopy(memory.rows)
    arvo.set_limits(record=100)
    try:
        with pytest.raises(arvo.TransactionViolation, match=r"over the limit of 100; .* raise `Limits::record`"):
            workflow.execute(answer(call))
    finally:
        arvo.set_limits(record=4 * 1024 * 1024)
    assert memory.rows == before
    assert [event.type for event in workflow.execute(answer(call))] == [DONE]
    memory.rows.clear()
    arvo.set_limits(record=100)
    try:
        with pytest.raises(arvo.TransactionViolation, match="over the limit of 100") as caught:
            workflow.execute(start(1))
    finally:
        arvo.set_limits(record=4 * 1024 * 1024)
    assert (caught.value.cause, memory.rows) == ("WRITE_MACHINE_MEMORY_FAILURE", {})


def test_a_lock_that_is_denied_stops_the_execution() -> None:
    with pytest.raises(arvo.TransactionViolation) as caught:
        flow(go_on, Table("lock", lambda: False), locking=True).execute(start(1))
    assert caught.value.cause == "LOCK_UNACQUIRED"


def test_without_locks_the_later_of_two_writers_loses() -> None:
    workflow = flow(go_on, arvo.InMemory(), locking=False)
    event = start(1)

    def meanwhile(given: arvo.ResumableInput) -> arvo.Resumed:
        workflow.execute(given.event)
        return go_on(given)

    with pytest.raises(arvo.TransactionViolation) as caught:
        flow(meanwhile, workflow.memory, locking=False).execute(event)
    assert caught.value.cause == "WRITE_MACHINE_MEMORY_FAILURE"


@pytest.mark.parametrize("operation", ["lock", "read", "write", "unlock"])
def test_an_execution_that_hangs_can_be_cancelled(operation: str) -> None:
    async def main() -> None:
        never = asyncio.Event()
        memory = AsyncTable(operation, never.wait)
        task = asyncio.ensure_future(flow(go_on_later, memory, locking=True).execute(start(1)))  # type: ignore[arg-type]
        while operation not in memory.calls:  # noqa: ASYNC110
            await asyncio.sleep(0)
        task.cancel()
        if operation == "unlock":  # all is written: the events must not get lost
            assert len(await task) == 1
            return
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not memory.rows
        assert memory.calls.count("unlock") == (operation != "lock")

    asyncio.run(main())


def test_a_function_that_hangs_gives_the_lock_back_when_cancelled() -> None:
    async def hang(_: arvo.ResumableInput) -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        memory = AsyncTable()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(flow(hang, memory, locking=True).execute(start(1)), 0.02)  # type: ignore[arg-type]
        assert memory.calls == ["lock", "read", "unlock"]

    asyncio.run(main())


def test_an_interrupt_gives_the_lock_back() -> None:
    def interrupt(_: arvo.ResumableInput) -> None:
        raise KeyboardInterrupt

    memory = Table()
    with pytest.raises(KeyboardInterrupt):
        flow(interrupt, memory, locking=True).execute(start(1))
    assert memory.calls == ["lock", "read", "unlock"]


def test_a_violation_leaves_no_trace_and_an_error_ends_the_workflow() -> None:
    class Stop(arvo.Violation):
        pass

    stop, memory = Stop("not now"), Table()

    def violate(_: arvo.ResumableInput) -> None:
        raise stop

    def fail(_: arvo.ResumableInput) -> None:
        raise ValueError("no")

    with pytest.raises(Stop) as caught:
        flow(violate, memory).execute(start(1))
    assert caught.value is stop
    assert not memory.rows
    [error] = flow(fail, memory).execute(start(1))
    assert (error.type, error.data["errorMessage"]) == ("sys.arvo.orc.sum.error", "no")
    [record] = memory.rows.values()
    assert record["executionStatus"] == "failure"


@pytest.mark.parametrize("returned", [5, "text", [], {"output": 5}, {"services": 5}, {"context": {1}}])
def test_what_is_no_answer_is_told_so(returned: Any) -> None:
    memory = Table()
    with pytest.raises(arvo.ContractViolation):
        flow(lambda _: returned, memory).execute(start(1))
    assert not memory.rows


def test_a_coroutine_from_a_plain_memory_is_told_so() -> None:
    async def read() -> None: ...

    with pytest.raises(arvo.TransactionViolation, match="async def"):
        flow(go_on, Table("read", read)).execute(start(1))


def test_wiring_is_checked() -> None:
    version = CALC.version("1.0.0")
    with pytest.raises(arvo.ConfigViolation):
        arvo.resumable(CONTRACT, {"1.0.0": go_on}, services={"a": version, "b": version})
    with pytest.raises(arvo.ContractError):
        arvo.resumable(CONTRACT, {})
    with pytest.raises(arvo.ContractError):
        arvo.resumable(CALC, {"1.0.0": go_on})


def test_nothing_keeps_a_workflow_alive() -> None:
    class Callback:
        def __call__(self, given: arvo.ResumableInput) -> arvo.Resumed:
            self.seen = given, given.collected_events, given.metadata
            return go_on(given)

    callback, memory = Callback(), Table()
    workflow = flow(callback, memory)
    [call] = workflow.execute(start(1))
    workflow.execute(answer(call))
    kept = [weakref.ref(callback), weakref.ref(memory)]
    del callback, memory, workflow
    gc.collect()
    assert [each() for each in kept] == [None, None]
