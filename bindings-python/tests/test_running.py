"""One execution: answered once, by one caller, and never after its end."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import arvo
import pytest
from arvo import _arvo
from greeting import ANSWER

OUTPUT = arvo.Output(ANSWER, {"text": "hi"})


@pytest.fixture
def plan(contract: arvo.Contract[Any]) -> _arvo.Plan:
    """A handler without its functions."""
    return _arvo.Plan(contract._native, ["1.0.0", "2.0.0"], None, None, None)


def test_a_step_is_answered_once(plan: _arvo.Plan, event: arvo.Event) -> None:
    running, step = plan.begin(event, {})
    assert isinstance(step, _arvo.Call)
    assert (step.function, step.event, step.data) == (0, event, {"name": "Ada", "times": 1})
    assert isinstance(running.returned(OUTPUT), list)
    for late in (lambda: running.returned(OUTPUT), lambda: running.raised(ValueError())):
        with pytest.raises(arvo.AlreadyAnsweredError, match="answer each step once"):
            late()


def test_an_answer_after_a_cancel_finds_nothing(plan: _arvo.Plan, event: arvo.Event) -> None:
    running, _ = plan.begin(event, {})
    running.cancel()
    running.cancel()
    with pytest.raises(arvo.AlreadyAnsweredError):
        running.returned(OUTPUT)
    other, _ = plan.begin(event, {})
    assert isinstance(other.returned(OUTPUT), list)


def test_of_four_threads_that_answer_one_wins(plan: _arvo.Plan, event: arvo.Event) -> None:
    running, _ = plan.begin(event, {})
    barrier = threading.Barrier(4)
    found: list[str] = []

    def answer() -> None:
        barrier.wait()
        try:
            running.returned(OUTPUT)
            found.append("won")
        except arvo.AlreadyAnsweredError:
            found.append("late")

    threads = [threading.Thread(target=answer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["late", "late", "late", "won"]


def test_a_callback_that_answers_its_own_execution_gets_a_named_error(event: arvo.Event) -> None:
    begun: list[_arvo.Running] = []
    caught: list[Exception] = []

    def meddling(data: Any) -> Any:
        if begun:
            try:
                begun[0].returned(None)
            except arvo.AlreadyAnsweredError as error:
                caught.append(error)
        return data

    own = arvo.Schema(meddling, json_schema={})
    spec = arvo.VersionSpec(accepts=own, emits=own)
    contract = arvo.Contract.simple(uri="#/services/greet", type="greet.user", versions={"1.0.0": spec})
    plan = _arvo.Plan(contract._native, ["1.0.0"], None, None, None)
    running, _ = plan.begin(event, contract._table.checks)
    begun.append(running)
    assert isinstance(running.returned(OUTPUT), list)
    assert len(caught) == 1


def test_a_callback_may_run_another_execution(contract: arvo.Contract[Any], event: arvo.Event) -> None:
    inner = arvo.handler(contract, {"1.0.0": lambda _: OUTPUT, "2.0.0": lambda _: OUTPUT})

    def nested(data: Any) -> Any:
        assert len(inner.execute(event)) == 1
        return data

    spec = arvo.VersionSpec(accepts=arvo.Schema(nested, json_schema={}), emits={})
    outer = arvo.Contract(uri="#/outer", type="com.outer.service", versions={"1.0.0": spec})
    made = outer.version("latest").accepts({}, source="com.shop.web")
    assert arvo.handler(outer, {"1.0.0": lambda _: None}).execute(made) == []


def test_handlers_are_shared_by_threads(contract: arvo.Contract[Any], event: arvo.Event) -> None:
    handler = arvo.handler(contract, {"1.0.0": lambda _: OUTPUT, "2.0.0": lambda _: OUTPUT})
    counts: list[int] = []

    def work() -> None:
        counts.append(sum(len(handler.execute(event)) for _ in range(200)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [200] * 8


def test_dropping_an_execution_in_mid_call_frees_what_it_holds(contract: arvo.Contract[Any]) -> None:
    class Data(dict[str, Any]):
        pass

    own = arvo.Schema(lambda data: Data(data), json_schema={})
    spec = arvo.VersionSpec(accepts=own, emits={})
    held = arvo.Contract(uri="#/held", type="com.held.service", versions={"1.0.0": spec})
    plan = _arvo.Plan(held._native, ["1.0.0"], None, None, None)
    running, step = plan.begin(held.version("latest").accepts({}, source="com.shop.web"), held._table.checks)
    assert isinstance(step, _arvo.Call)
    gone = weakref.ref(step.data)
    assert gone() is not None
    del running, step
    gc.collect()
    assert gone() is None


def test_a_handler_and_its_functions_are_collected(contract: arvo.Contract[Any]) -> None:
    class Holder:
        handler: Any

    holder = Holder()

    def function(_: Any, holder: Holder = holder) -> None:
        return None

    holder.handler = arvo.handler(contract, {"1.0.0": function, "2.0.0": function})
    gone = weakref.ref(holder)
    del holder, function
    gc.collect()
    assert gone() is None


def test_a_raised_error_is_not_kept(contract: arvo.Contract[Any], event: arvo.Event) -> None:
    class FailureError(Exception):
        pass

    seen: list[weakref.ref[FailureError]] = []

    def fail(_: Any) -> None:
        error = FailureError("x")
        seen.append(weakref.ref(error))
        raise error

    arvo.handler(contract, {"1.0.0": fail, "2.0.0": fail}).execute(event)
    gc.collect()
    assert seen[0]() is None
