"""Charts by themselves: what functions see and may do, what fails, what does not outlive its call."""

from __future__ import annotations

import threading
from typing import Any

import arvo
import pytest


def chart(action: Any, **members: Any) -> arvo.Chart:
    """A chart that does something when it is told to."""
    return arvo.Chart({"id": "m", "context": {"n": 0}, "on": {"GO": {"actions": action}}, **members})


def sent(made: arvo.Chart) -> arvo.ChartStep:
    """Tell it."""
    return made.send(made.start().snapshot, {"type": "GO"})


def test_a_context_is_one_dict_for_each_assign() -> None:
    seen: list[Any] = []
    step = sent(chart([lambda context: seen.append(context), arvo.assign(n=1), lambda context: seen.append(context)]))
    before, after = seen
    assert (before, after, step.snapshot["context"]) == ({"n": 0}, {"n": 1}, {"n": 1})
    assert before is not after


def test_objects_stay_what_they_are_within_a_step() -> None:
    thing = {"deep": [1, 2]}
    seen: list[Any] = []
    step = sent(chart([arvo.assign(thing=lambda: thing), lambda context: seen.append(context["thing"])]))
    assert seen[0] is thing
    assert step.snapshot["context"] == {"n": 0, "thing": {"deep": [1, 2]}}


def test_a_check_is_refused_when_its_function_has_returned() -> None:
    kept: list[arvo.Enqueue] = []

    def keep(enqueue: arvo.Enqueue) -> None:
        kept.append(enqueue)
        assert enqueue.check(lambda context: context["n"] == 0)

    made = chart(arvo.enqueue_actions(keep))
    sent(made)
    with pytest.raises(arvo.AlreadyAnsweredError, match="after its function had returned"):
        kept[0].check(lambda: True)

    def borrow(enqueue: arvo.Enqueue) -> None:
        with pytest.raises(arvo.AlreadyAnsweredError):
            kept[0].check(lambda: True)  # another call's, while a chart is at work
        failed: list[BaseException] = []

        def elsewhere() -> None:
            try:
                enqueue.check(lambda: True)
            except arvo.AlreadyAnsweredError as error:
                failed.append(error)

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert failed

    sent(chart(arvo.enqueue_actions(borrow)))


def test_a_failing_check_comes_out_as_itself_or_is_caught() -> None:
    error = KeyError("gone")

    def guard() -> bool:
        raise error

    with pytest.raises(KeyError) as caught:
        sent(chart(arvo.enqueue_actions(lambda enqueue: enqueue.check(guard))))
    assert caught.value is error

    def catching(enqueue: arvo.Enqueue) -> None:
        with pytest.raises(KeyError):
            enqueue.check(guard)
        with pytest.raises(arvo.ChartError, match="Guard 'unknown' is not implemented"):
            enqueue.check("unknown")
        enqueue.assign({"n": 5})

    assert sent(chart(arvo.enqueue_actions(catching))).snapshot["context"] == {"n": 5}


def test_what_is_enqueued_is_no_template() -> None:
    def choose(enqueue: arvo.Enqueue) -> None:
        enqueue.assign({"n": {"$": "context.n"}})
        enqueue.emit({"type": "evt.a", "data": {"$": "1 +"}})

    step = sent(chart(arvo.enqueue_actions(choose)))
    assert step.snapshot["context"] == {"n": {"$": "context.n"}}
    assert step.emitted == [{"type": "evt.a", "data": {"$": "1 +"}}]


def test_events_enqueued_come_after_those_emitted() -> None:
    enqueue = {"type": "enqueueArvoEvent", "params": lambda: {"type": "evt.later", "data": {}}}
    seen: list[Any] = []
    step = sent(chart([enqueue, arvo.emit({"type": "evt.first"}), lambda context: seen.append(context["arvo$$"])]))
    assert [event["type"] for event in [*step.emitted, *step.enqueued]] == ["evt.first", "evt.later"]
    assert seen == [{"volatile$$": {"eventQueue$$": [{"type": "evt.later", "data": {}}]}}]
    assert step.snapshot["context"] == {"n": 0, "arvo$$": {}}


def test_charts_of_expressions_and_functions_go_together() -> None:
    made = chart([arvo.assign(n=arvo.expr("context.n + 2")), arvo.assign(n=lambda context: context["n"] * 10)])
    assert sent(made).snapshot["context"] == {"n": 20}


def test_a_guard_is_judged_as_python_judges() -> None:
    for value, passes in (
        ([], False),
        ({}, False),
        ([0], True),
        ("", False),
        (0.0, False),
        (None, False),
        (object(), True),
    ):
        made = arvo.Chart(
            {
                "id": "m",
                "initial": "a",
                "states": {"a": {"on": {"GO": {"guard": lambda v=value: v, "target": "b"}}}, "b": {}},
            }
        )
        assert sent(made).snapshot["value"] == ("b" if passes else "a"), value


def test_an_endless_chart_is_stopped() -> None:
    made = arvo.Chart({"id": "m", "on": {"GO": {"actions": arvo.raise_({"type": "GO"})}}})
    with pytest.raises(arvo.ChartError, match="the step does not end"):
        sent(made)


def test_snapshots_that_do_not_fit_are_refused() -> None:
    made = chart(lambda: None)
    good = made.start().snapshot
    others = [{"value": "x"}, {"status": "stopped"}, {"children": {"a": {}}}, {"context": 5}, {"context": None}]
    for wrong in ({}, *({**good, **other} for other in others)):
        with pytest.raises(arvo.ChartError, match="does not fit machine 'm'"):
            made.send(wrong, {"type": "GO"})
    with pytest.raises((KeyError, TypeError)):
        made.send(good, {})


def test_an_interrupt_comes_out_of_a_step() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sent(chart(stop))


def test_a_trace_names_the_transitions_taken() -> None:
    lamp = arvo.Chart({"id": "lamp", "initial": "off", "states": {"off": {"on": {"GO": "on"}}, "on": {}}})
    step = sent(lamp)
    assert [lamp.transition(each) for each in step.taken] == ["lamp.off --GO--> lamp.on"]
    assert lamp.mermaid(step.snapshot, trace=step.taken) != lamp.mermaid(step.snapshot)
    assert lamp.dot(step.snapshot) != lamp.dot()
