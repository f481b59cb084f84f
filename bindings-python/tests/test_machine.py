"""Machines as they are built: decorators, forms, what is wrong with a definition, pictures."""

from __future__ import annotations

import json
import logging
import pickle
from typing import Any

import arvo
import pytest
from flow import CALC, CONTRACT, answer, start
from sums import FILE, OWN, SERVICES, definition, machine, portable

STATES: dict[str, Any] = {"a": {"on": {"GO": "b"}}, "b": {"type": "final"}}


def small(**members: Any) -> dict[str, Any]:
    """A definition with nothing in it to complain of."""
    return {"id": "m", "initial": "a", "states": STATES, "output": {}, **members}


def test_decorators_name_functions_after_themselves() -> None:
    m = arvo.machine(self=OWN, services=SERVICES)
    ran: list[Any] = []

    @m.guard
    def late(context: Any) -> bool:
        return bool(context["n"] > 2)

    @m.action
    def note(context: Any, event: Any, params: Any) -> None:
        ran.append((dict(context), event["type"], params))

    @m.assign
    def count(context: Any) -> Any:
        return {"n": context["n"] + 1}

    @m.emit
    def send() -> Any:
        return {"type": "evt.sent", "data": {}}

    @m.raise_
    def again() -> Any:
        return {"type": "AGAIN"}

    @m.enqueue
    def choose(enqueue: arvo.Enqueue, context: Any, event: Any) -> None:
        assert event["type"] == "AGAIN"
        if not enqueue.check("late"):
            enqueue({"type": "note", "params": {"by": "choose"}})
            enqueue.assign(lambda context: {"chosen": context["n"]})
            enqueue.emit({"type": "evt.chosen", "data": {}})
            enqueue.raise_({"type": "DONE"})
            enqueue.log(context["n"], "n")

    logged: list[Any] = []
    chart = small(
        context={"n": 0},
        states={
            "a": {
                "entry": "count",
                "on": {"GO": {"actions": ["count", "send", "again"]}, "AGAIN": {"actions": "choose"}, "DONE": "b"},
            },
            "b": {"type": "final", "entry": "note"},
        },
    )
    m._log = lambda label, value: logged.append((label, value))
    made = m.create(chart).chart
    step = made.send(made.start().snapshot, {"type": "GO"})
    assert [event["type"] for event in step.emitted] == ["evt.sent", "evt.chosen"]
    assert step.snapshot["context"] == {"n": 2, "chosen": 2}
    assert step.snapshot["status"] == "done"
    assert ran == [({"n": 2}, "AGAIN", {"by": "choose"}), ({"n": 2, "chosen": 2}, "DONE", None)]
    assert logged == [("n", 2)]
    assert late({"n": 3}), "a decorated function stays what it was"


def test_creators_are_the_forms() -> None:
    assert arvo.and_("a", arvo.or_("b", arvo.not_("c"))) == {"and": ["a", {"or": ["b", {"not": "c"}]}]}
    assert arvo.state_in({"a": "b"}) == {"stateIn": {"a": "b"}}
    assert arvo.assign({"a": 1}, b=2) == {"assign": {"a": 1, "b": 2}}
    assert arvo.raise_({"type": "E"}) == {"raise": {"type": "E"}}
    assert arvo.log("x", "label") == {"log": "x", "label": "label"}
    assert arvo.expr("context.a") == {"$": "context.a"}


def test_functions_take_as_many_arguments_as_they_need() -> None:
    seen: list[Any] = []
    factor = 3
    actions = {
        "none": lambda: seen.append(()),
        "all": lambda *args: seen.append(args),
        "own": lambda context, factor=factor: seen.append((context["n"], factor)),
        "named": lambda context, event, params, /, **rest: seen.append((context, event, params, rest)),
    }
    chart = arvo.Chart(
        small(context={"n": 1}, states={"a": {"entry": [*actions, {"type": "all", "params": 5}]}}, output=None),
        actions=actions,
    )
    chart.start("in")
    context, event = {"n": 1}, {"type": "xstate.init", "input": "in"}
    everything = (context, event, None)
    assert seen == [(), everything, (1, 3), (*everything, {}), (context, event, 5)]
    for wrong in (lambda a, b, c, d: 0, lambda context, *, extra: 0):
        with pytest.raises(arvo.ConfigViolation, match=r"states\.a\.entry needs other arguments"):
            arvo.Chart(small(states={"a": {"entry": wrong}}))


async def later(context: Any) -> bool:
    return True


def test_async_functions_are_refused_when_the_machine_is_made() -> None:
    with pytest.raises(arvo.ConfigViolation, match=r"guards\.ready is an async function") as caught:
        arvo.machine(self=OWN, guards={"ready": later}).create(small())
    assert [problem.code for problem in caught.value.problems] == ["E-FORM"]
    with pytest.raises(arvo.ConfigViolation, match=r"states\.a\.on\.GO\[0\]\.guard is an async function"):
        arvo.Chart(small(states={"a": {"on": {"GO": [{"guard": later}]}}}))


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "target": ({"states": {"a": {"on": {"GO": "c"}}}}, "E-TARGET", "states.a.on.GO"),
    "initial": ({"initial": "c"}, "E-INITIAL", "initial"),
    "guard": (
        {"states": {"a": {"on": {"GO": {"guard": "g", "target": "a"}}}}},
        "E-UNKNOWN-GUARD",
        "states.a.on.GO.guard",
    ),
    "action": ({"entry": ["x"]}, "E-UNKNOWN-ACTION", "entry[0]"),
    "expression": ({"context": {"n": arvo.expr("input.")}}, "E-EXPR", "context.n"),
    "scope": ({"entry": arvo.assign(n=arvo.expr("input.n"))}, "E-EXPR", "entry.assign.n"),
    "invoke": ({"invoke": {"src": "x"}}, "E-UNSUPPORTED", "invoke"),
    "after": ({"states": {"a": {"after": {"100": "a"}}}}, "E-UNSUPPORTED", "states.a.after"),
    "version": ({"version": "9.9.9"}, "E-VERSION", "version"),
    "emit": (
        {"entry": arvo.emit({"type": "com.calc.add", "data": [1]})},
        "E-EMIT",
        "",
    ),
    "reference": ({"entry": {"$fn": 0}}, "E-FORM", "entry"),
    "form": ({"entry": {"asign": {}}}, "E-FORM", "entry"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_definition_says_what_and_where(case: str) -> None:
    members, code, path = BAD[case]
    with pytest.raises(arvo.ConfigViolation) as caught:
        arvo.machine(self=OWN, services=SERVICES).create(small(**members))
    found = {(problem.code, problem.path) for problem in caught.value.problems if problem.severity == "error"}
    assert (code, path) in found
    assert caught.value.metadata is None


def test_all_problems_come_at_once_and_pickle() -> None:
    with pytest.raises(arvo.ConfigViolation) as caught:
        arvo.machine(self=OWN).create(small(initial="x", states={"a": {"on": {"GO": "y"}, "entry": "z"}}))
    problems = caught.value.problems
    errors = {problem.code for problem in problems if problem.severity == "error"}
    assert errors == {"E-INITIAL", "E-UNKNOWN-ACTION", "E-TARGET"}
    assert pickle.loads(pickle.dumps(caught.value)).problems == problems


def test_states_may_lie_deep_but_not_in_themselves() -> None:
    deep: dict[str, Any] = {}
    for _ in range(200):
        deep = {"initial": "s", "states": {"s": deep}}
    value = arvo.Chart({"id": "m", **deep}).start().snapshot["value"]
    for _ in range(199):
        value = value["s"]
    assert value == "s"
    itself: dict[str, Any] = {"id": "m", "initial": "s"}
    itself["states"] = {"s": itself}
    with pytest.raises(arvo.ConfigViolation, match="holds itself"):
        arvo.Chart(itself)


def test_warnings_are_told_and_refuse_where_that_is_asked() -> None:
    chart = small(states={**STATES, "lost": {}})
    made = arvo.machine(self=OWN).create(chart)
    assert {("W-UNREACHABLE", "states.lost"), ("W-NEVER", "states.a.on.GO")} <= {
        (problem.code, problem.path) for problem in made.warnings
    }
    with pytest.raises(arvo.ConfigViolation, match="lost"):
        arvo.machine(self=OWN, strict=True).create(chart)


def test_a_file_is_read_as_text_or_as_what_was_read() -> None:
    text = json.dumps(FILE)
    for given in (FILE, text, text.encode()):
        made = arvo.Machine.from_json(given, [CONTRACT, CALC])
        assert (made.id, made.version, made.source) == ("sum", "1.0.0", "arvo.orc.sum")
        assert list(made.services) == ["calc"]
        assert made.services["calc"].contract is CALC
        assert not made.requires_resource_locking
    with pytest.raises(arvo.ConfigViolation, match="#/services/add is not among those given"):
        arvo.Machine.from_json(FILE, [CONTRACT])
    with pytest.raises(arvo.DataError):
        arvo.Machine.from_json("{", [CONTRACT])
    named = {**FILE, "actions": {**FILE["actions"], "ask": {"$fn": "ask"}}}
    with pytest.raises(arvo.ConfigViolation, match="Function 'ask'"):
        arvo.Machine.from_json(named, [CONTRACT, CALC])


def test_a_file_may_leave_names_to_functions() -> None:
    seen: list[Any] = []
    file = {**FILE, "guards": {}, "machine": {**FILE["machine"], "exit": "note"}}
    with pytest.raises(arvo.ConfigViolation, match="Guard 'more' is not implemented"):
        arvo.Machine.from_json(file, [CONTRACT, CALC])
    made = arvo.Machine.from_json(
        file, [CONTRACT, CALC], guards={"more": lambda: False}, actions={"note": lambda context: seen.append(context)}
    )
    workflow = arvo.orchestrator(made)
    [call] = workflow.execute(start(7, 8))
    [end] = workflow.execute(answer(call))
    assert end.data["total"] == 7
    assert seen == [{"total": 7, "rest": [8]}]


def test_a_record_keeps_the_definition_without_functions() -> None:
    assert json.loads(machine().definition)["states"] == definition()["states"]
    assert "context" not in json.loads(machine().definition)


@pytest.mark.parametrize("make", [machine, portable])
def test_pictures_mark_where_a_record_stands(make: Any) -> None:
    made, memory = make(), arvo.InMemory()
    event = start(1)
    arvo.orchestrator(made, memory=memory).execute(event)
    record = memory.read(event.subject)
    assert record is not None
    assert "class s_sum,s_sum_adding active" in made.mermaid(record)
    assert "active" not in made.mermaid()
    assert made.mermaid(json.dumps(record)) == made.mermaid(record["state"]) == made.mermaid(record)
    assert made.dot(record) != made.dot()
    assert made.dot(trace=[0]) != made.dot()
    told = made.describe(record)
    assert (told["value"], told["can"]) == ("adding", ["evt.calc.add.success", "sys.com.calc.add.error"])
    with pytest.raises(arvo.ChartError, match="does not fit machine 'sum'"):
        made.mermaid({**record["state"], "value": "elsewhere"})


def test_a_log_goes_to_the_logger(caplog: pytest.LogCaptureFixture) -> None:
    chart = arvo.Chart(small(entry=[arvo.log("begun"), arvo.log(arvo.expr("event.type"), "event")]))
    with caplog.at_level(logging.INFO, logger="arvo"):
        chart.start()
    assert [record.getMessage() for record in caplog.records] == ["begun", "event: xstate.init"]
