"""Handlers: what functions may return and raise, in plain and in asynchronous code."""

from __future__ import annotations

import asyncio
import functools
import traceback
from collections.abc import Callable
from typing import Any

import arvo
import pytest
from greeting import ANSWER
from pydantic import BaseModel

Served = Callable[[Callable[..., Any]], Any]


def answer(**more: Any) -> arvo.Output:
    return arvo.Output(ANSWER, {"text": "hi"}, **more)


def test_a_function_gets_validated_data_and_its_surroundings(event: arvo.Event, served: Served) -> None:
    seen: list[arvo.Input[Any]] = []
    served(lambda given: seen.append(given)).execute(event)
    given = seen[0]
    assert given.data == {"name": "Ada", "times": 1}
    assert type(given.data) is dict
    assert given.event is event
    assert given.source == "com.greet.user"
    assert (given.contract.version, given.domain.self, given.domain.event) == ("1.0.0", None, None)
    assert "Ada" not in repr(given)


@pytest.mark.parametrize(
    ("returned", "count"),
    [
        (None, 0),
        ([], 0),
        ((), 0),
        (answer(), 1),
        ({"type": ANSWER, "data": {"text": "hi"}}, 1),
        ([answer(), {"type": ANSWER, "data": {"text": "hi"}}], 2),
        ((answer(),), 1),
        (answer(domain=["a", "b", None]), 3),
        (answer(domain=[]), 0),
    ],
)
def test_a_function_returns_nothing_one_or_several(
    event: arvo.Event, served: Served, returned: Any, count: int
) -> None:
    events = served(lambda _: returned).execute(event)
    assert len(events) == count
    assert all(each.parentid == event.id and each.subject == event.subject for each in events)


def test_an_output_says_everything_about_its_event(event: arvo.Event, served: Served) -> None:
    output = answer(
        to="com.a.b",
        redirectto="com.c.d",
        accesscontrol="role:admin",
        executionunits=2.5,
        id=arvo.EventId.developer_managed("fixed"),
        time="2026-01-31T12:00:00.000+00:00",
        domain=["human.review"],
        extensions={"tenant": "acme"},
    )
    [made] = served(lambda _: output).execute(event)
    found = (made.to, made.redirectto, made.accesscontrol, made.executionunits, made.id, made.domain, made.extensions)
    assert found == ("com.a.b", "com.c.d", "role:admin", 2.5, "fixed", "human.review", {"tenant": "acme"})
    assert made.time == "2026-01-31T12:00:00.000+00:00"


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        (42, "a number"),
        ("done", "text"),
        (True, "a boolean"),
        (object(), "class"),
        ([answer(), 1], "output 1"),
        ([[answer()]], "a list"),
        ([None], "None"),
        ({1: 2}, "mapping"),
    ],
)
def test_a_wrong_return_is_a_contract_violation_that_says_what_it_was(
    event: arvo.Event, served: Served, returned: Any, says: str
) -> None:
    with pytest.raises(arvo.ContractViolation, match=says):
        served(lambda _: returned).execute(event)


@pytest.mark.parametrize(
    ("output", "path"),
    [
        (arvo.Output(ANSWER, {}), "/text"),
        (arvo.Output(ANSWER, {"text": 1}), "/text"),
        (arvo.Output(ANSWER, {"text": float("nan")}), "/text"),
        (arvo.Output(ANSWER, {"text": {1, 2}}), "/text"),
        (answer(time="yesterday"), "/time"),
        (answer(domain=["Not Good"]), "/domain"),
        (answer(executionunits=float("inf")), "/executionunits"),
        (answer(extensions={"Bad-Key": 1}), "/Bad-Key"),
        (answer(to=5), "/to"),
        ({"data": {"text": "hi"}}, "/type"),
    ],
)
def test_a_broken_output_is_a_contract_violation_with_its_place(
    event: arvo.Event, served: Served, output: Any, path: str
) -> None:
    with pytest.raises(arvo.ContractViolation) as caught:
        served(lambda _: output).execute(event)
    assert path in [issue.path for issue in caught.value.issues]


def test_data_that_breaks_the_contract_never_reaches_the_function(served: Served) -> None:
    event = arvo.Event(
        source="com.shop.web",
        type="com.greet.user",
        subject="s",
        data={"times": "x"},
        dataschema="#/services/greet/1.0.0",
    )
    with pytest.raises(arvo.ContractViolation) as caught:
        served(pytest.fail).execute(event)
    assert {issue.path for issue in caught.value.issues} == {"/name", "/times"}


def test_an_ordinary_error_becomes_a_system_error_event(event: arvo.Event, served: Served) -> None:
    def boom(_: Any) -> None:
        raise KeyError("nothing there")

    [failed] = served(boom).execute(event)
    assert failed.type == "sys.com.greet.user.error"
    assert (failed.data["errorName"], failed.data["errorMessage"]) == ("KeyError", "'nothing there'")
    assert "boom" in failed.data["errorStack"]
    arvo.set_limits(error_stack=False)
    try:
        assert served(boom).execute(event)[0].data["errorStack"] is None
    finally:
        arvo.set_limits(error_stack=True)


def test_an_error_that_cannot_even_say_what_it_is_becomes_one_too(event: arvo.Event, served: Served) -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    def boom(_: Any) -> None:
        raise MuteError("\ud800")

    assert served(boom).execute(event)[0].data["errorName"] == "MuteError"


def test_a_violation_comes_out_as_the_very_object_with_its_traceback(event: arvo.Event, served: Served) -> None:
    class RateLimited(arvo.Violation):
        pass

    raised = RateLimited("slow down", metadata={"retryAfter": 5})

    def stop(_: Any) -> None:
        raise raised

    with pytest.raises(RateLimited) as caught:
        served(stop).execute(event)
    assert caught.value is raised
    assert any(frame.name == "stop" for frame in traceback.extract_tb(raised.__traceback__))


def test_a_violation_of_another_library_is_known_by_its_marks(event: arvo.Event, served: Served) -> None:
    class ForeignError(Exception):
        is_violation = True
        type = "ForeignError"

    raised = ForeignError("m")

    def stop(_: Any) -> None:
        raise raised

    with pytest.raises(ForeignError) as caught:
        served(stop).execute(event)
    assert caught.value is raised


def test_an_interrupt_is_no_failure_of_the_handler(event: arvo.Event, served: Served) -> None:
    def interrupted(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        served(interrupted).execute(event)


def test_a_version_without_function_is_an_error_when_the_handler_is_made(contract: arvo.Contract[Any]) -> None:
    with pytest.raises(arvo.ContractError, match=r"version 2\.0\.0"):
        arvo.handler(contract, {"1.0.0": lambda _: None})


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"type": "com.other.type"}, arvo.ConfigViolation),
        ({"dataschema": "#/services/greet/9.0.0"}, arvo.ConfigViolation),
        ({"dataschema": "#/other/1.0.0"}, arvo.ContractViolation),
    ],
)
def test_an_event_for_somebody_else_is_a_violation(
    event: arvo.Event, served: Served, changed: dict[str, Any], kind: type[arvo.Violation]
) -> None:
    other = arvo.Event.from_json({**event.to_dict(), **changed})
    with pytest.raises(kind):
        served(pytest.fail).execute(other)


def test_what_is_no_event_is_a_type_error(served: Served) -> None:
    with pytest.raises(TypeError):
        served(pytest.fail).execute({"type": "com.greet.user"})


def test_coroutine_functions_make_an_awaitable_handler(event: arvo.Event, served: Served) -> None:
    async def greet(given: arvo.Input[Any]) -> arvo.Output:
        await asyncio.sleep(0)
        return answer()

    class Callable:
        async def __call__(self, given: arvo.Input[Any]) -> arvo.Output:
            return answer()

    for function in (greet, functools.partial(greet), Callable(), Callable().__call__):
        handler = served(function)
        assert isinstance(handler, arvo.AsyncHandler)
        assert len(asyncio.run(handler.execute(event))) == 1


def test_plain_and_coroutine_functions_may_be_mixed(contract: arvo.Contract[Any], event: arvo.Event) -> None:
    async def later(_: Any) -> arvo.Output:
        return answer()

    mixed: Any = {"1.0.0": lambda _: answer(), "2.0.0": later}
    assert len(asyncio.run(arvo.handler(contract, mixed).execute(event))) == 1


def test_a_plain_handler_works_inside_a_running_loop(event: arvo.Event, served: Served) -> None:
    async def main() -> list[arvo.Event]:
        return list(served(lambda _: answer()).execute(event))

    assert len(asyncio.run(main())) == 1


def test_a_hidden_coroutine_is_a_config_violation_that_says_what_to_do(event: arvo.Event, served: Served) -> None:
    async def hidden() -> None:
        pytest.fail("never awaited")

    with pytest.raises(arvo.ConfigViolation, match="async def"):
        served(lambda _: hidden()).execute(event)


def test_errors_of_coroutines_are_as_those_of_functions(event: arvo.Event, served: Served) -> None:
    raised = arvo.ExecutionViolation("stop")

    async def stop(_: Any) -> None:
        await asyncio.sleep(0)
        raise raised

    async def boom(_: Any) -> None:
        raise ValueError("boom")

    with pytest.raises(arvo.ExecutionViolation) as caught:
        asyncio.run(served(stop).execute(event))
    assert caught.value is raised
    [failed] = asyncio.run(served(boom).execute(event))
    assert failed.data["errorName"] == "ValueError"


def test_a_function_that_never_answers_can_be_cancelled(event: arvo.Event, served: Served) -> None:
    ended: list[str] = []

    async def never(_: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def main() -> None:
        handler = served(never)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(handler.execute(event), 0.01)
        task = asyncio.ensure_future(handler.execute(event))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert ended == ["cancelled", "cancelled"]


def test_many_executions_run_side_by_side(event: arvo.Event, served: Served) -> None:
    async def greet(given: arvo.Input[Any]) -> arvo.Output:
        await asyncio.sleep(0.001)
        return answer()

    async def main() -> list[list[arvo.Event]]:
        handler = served(greet)
        return list(await asyncio.gather(*(handler.execute(event) for _ in range(100))))

    assert [len(events) for events in asyncio.run(main())] == [1] * 100


class Name(BaseModel):
    name: str
    times: int = 1


class Greeting(BaseModel):
    text: str


class NotJson(BaseModel):
    model_config = {"arbitrary_types_allowed": True}
    text: str = "x"
    thing: object = None


def modelled(emits: Any = Greeting) -> arvo.Contract[Name]:
    spec = arvo.VersionSpec(accepts=Name, emits=emits)
    return arvo.Contract.simple(uri="#/services/greet", type="greet.user", versions={"1.0.0": spec})


def test_functions_over_models_get_and_give_instances() -> None:
    contract = modelled()

    def greet(given: arvo.Input[Name]) -> arvo.Output:
        assert isinstance(given.data, Name)
        return arvo.Output(ANSWER, Greeting(text=given.data.name * given.data.times))

    event = contract.version("latest").accepts(Name(name="Ada", times=2), source="com.shop.web")
    [made] = arvo.handler(contract, {"1.0.0": greet}).execute(event)
    assert made.data == {"text": "AdaAda"}
    [same] = arvo.handler(contract, {"1.0.0": lambda _: {"type": ANSWER, "data": {"text": "dict"}}}).execute(event)
    assert same.to_dict()["data"] == {"text": "dict"}


def test_a_model_refuses_an_output_with_its_place() -> None:
    contract = modelled()
    event = contract.version("latest").accepts({"name": "Ada"}, source="com.shop.web")
    with pytest.raises(arvo.ContractViolation) as caught:
        arvo.handler(contract, {"1.0.0": lambda _: arvo.Output(ANSWER, {"text": 5})}).execute(event)
    assert [issue.path for issue in caught.value.issues] == ["/text"]


def test_a_model_that_is_no_json_is_a_violation_with_its_cause() -> None:
    contract = modelled(emits=NotJson)
    event = contract.version("latest").accepts({"name": "Ada"}, source="com.shop.web")
    with pytest.raises(arvo.ExecutionViolation, match=r"evt\.greet\.user\.success") as caught:
        arvo.handler(contract, {"1.0.0": lambda _: arvo.Output(ANSWER, NotJson(thing=object()))}).execute(event)
    assert caught.value.__cause__ is not None


def test_a_failing_emit_schema_is_a_contract_violation_with_its_cause() -> None:
    failure = KeyError("a bug in the schema")

    def broken(data: Any) -> Any:
        raise failure

    contract = modelled(emits=arvo.Schema(broken, json_schema={}))
    event = contract.version("latest").accepts({"name": "Ada"}, source="com.shop.web")
    with pytest.raises(arvo.ContractViolation, match="KeyError") as caught:
        arvo.handler(contract, {"1.0.0": lambda _: arvo.Output(ANSWER, {})}).execute(event)
    assert caught.value.__cause__ is failure
