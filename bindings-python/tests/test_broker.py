"""Brokers: conversations one by one and a thousand at once, callbacks that raise, order within each workflow."""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from typing import Any

import arvo
import pytest
from flow import CALC, DONE, add, flow, go_on_later, start


async def add_later(given: arvo.Input[Any]) -> arvo.Output:
    await asyncio.sleep(0)
    return add(given)


def sums(**options: Any) -> arvo.Broker:
    return arvo.Broker([flow(), arvo.handler(CALC, {"1.0.0": add})], **options)


def sums_later(**options: Any) -> arvo.AsyncBroker:
    return arvo.AsyncBroker([flow(go_on_later), arvo.handler(CALC, {"1.0.0": add_later})], **options)


def test_a_conversation_ends_with_its_answer() -> None:
    broker = sums()
    answer = broker.resolve(start(1, 2, 3))
    assert answer is not None
    assert (answer.type, answer.data["total"]) == (DONE, 6)
    assert len(broker.history) == 8
    assert (broker.topics, broker.queued) == (["arvo.orc.sum", "com.calc.add"], 0)
    broker.clear_history()
    assert broker.history == []


def test_a_thousand_at_once_from_one_source_get_their_own() -> None:
    async def main() -> None:
        broker = sums_later()
        answers = await asyncio.gather(*(broker.resolve(start(number, 1)) for number in range(1000)))
        assert [answer and answer.data["total"] for answer in answers] == [number + 1 for number in range(1000)]

    asyncio.run(main())


def test_ten_thousand_workflows_keep_their_order() -> None:
    async def main() -> arvo.AsyncBroker:
        broker = sums_later(on_error=lambda error, _: errors.append(error))
        for number in range(10_000):
            broker.publish(start(number, 1, 2, source="com.nobody.here"))
        await broker.run()
        return broker

    errors: list[BaseException] = []
    workflows: dict[str, list[arvo.Event]] = defaultdict(list)
    for event in asyncio.run(main()).history:
        workflows[event.subject].append(event)
    assert len(workflows) == 10_000
    assert len(errors) == 10_000  # nobody has the topic that the ends go to
    for events in workflows.values():
        assert [event.type for event in events] == [
            "arvo.orc.sum",
            *["com.calc.add", "evt.calc.add.success"] * 3,
            DONE,
        ]
        assert [after.parentid for after in events[1:-1]] == [before.id for before in events[:-2]]


def test_resolve_works_inside_a_handler() -> None:
    outer = arvo.Contract.simple(
        uri="#/services/ask", type="outer.ask", versions={"1.0.0": arvo.VersionSpec(accepts={}, emits={})}
    )

    async def ask(_: arvo.Input[Any]) -> arvo.Output:
        answer = await broker.resolve(start(4, source="com.inner.client"))
        assert answer is not None
        return arvo.Output("evt.outer.ask.success", dict(answer.data))

    def ask_now(_: arvo.Input[Any]) -> arvo.Output:
        answer = plain.resolve(start(5, source="com.inner.client"))
        assert answer is not None
        return arvo.Output("evt.outer.ask.success", dict(answer.data))

    event = outer.version("1.0.0").accepts({}, source="com.shop.web")
    handlers = [flow(), arvo.handler(CALC, {"1.0.0": add})]
    broker = arvo.AsyncBroker([*handlers, arvo.handler(outer, {"1.0.0": ask})])
    plain = arvo.Broker([*handlers, arvo.handler(outer, {"1.0.0": ask_now})])
    later, now = asyncio.run(broker.resolve(event)), plain.resolve(event)
    assert later is not None
    assert now is not None
    assert (later.data["total"], now.data["total"]) == (4, 5)


def test_a_conversation_has_a_time_limit_and_can_be_cancelled() -> None:
    async def main() -> None:
        go = asyncio.Event()

        async def wait(given: arvo.Input[Any]) -> arvo.Output:
            await go.wait()
            return add(given)

        broker = arvo.AsyncBroker([arvo.handler(CALC, {"1.0.0": wait})])
        request = CALC.version("1.0.0").accepts
        with pytest.raises(TimeoutError):
            await broker.resolve(request({"a": 1, "b": 2}, source="com.shop.web"), timeout=0.01)
        task = asyncio.ensure_future(broker.resolve(request({"a": 1, "b": 2}, source="com.shop.web")))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go.set()
        answer = await broker.resolve(request({"a": 1, "b": 2}, source="com.shop.web"))
        assert answer is not None
        assert answer.data["sum"] == 3

    asyncio.run(main())
    with pytest.raises(TimeoutError):
        sums().resolve(start(1), timeout=0)


def test_what_fails_is_told_and_nothing_else_stops() -> None:
    told: list[tuple[str, str]] = []

    def violate(_: arvo.Input[Any]) -> None:
        raise arvo.ExecutionViolation("stop")

    broker = arvo.Broker(
        [flow(), arvo.handler(CALC, {"1.0.0": violate})],
        on_error=lambda error, event: told.append((type(error).__name__, event.type)),
    )
    assert broker.resolve(start(1)) is None
    assert told == [("ExecutionViolation", "com.calc.add")]
    with pytest.raises(arvo.BrokerError, match="source"):
        broker.resolve(start(1, source="com.calc.add"))
    with pytest.raises(arvo.BrokerError, match="full"):
        sums(queue_limit=0).publish(start(1))
    with pytest.raises(arvo.BrokerError, match=r"com\.calc\.add"):
        arvo.Broker([arvo.handler(CALC, {"1.0.0": add})] * 2)
    with pytest.raises(arvo.ConfigViolation, match="AsyncBroker"):
        arvo.Broker([arvo.handler(CALC, {"1.0.0": add_later})])  # type: ignore[list-item]


def far(given: arvo.Input[Any]) -> arvo.Output:
    return arvo.Output("evt.calc.add.success", {"sum": 0}, domain=["far.away"])


@pytest.mark.parametrize("broken", ["on_domained_event", "on_error"])
def test_a_callback_that_raises_stops_nobody(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unraisable: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    told: list[BaseException] = []

    def fail(*_: Any) -> None:
        raise ValueError("no")

    event = CALC.version("1.0.0").accepts({}, source="com.shop.web")
    callbacks: dict[str, Any] = {"on_error": lambda error, _: told.append(error)}
    callbacks |= {broken: fail}
    handlers = [arvo.handler(CALC, {"1.0.0": far})]
    assert arvo.Broker(handlers, **callbacks).resolve(event) is None
    assert asyncio.run(arvo.AsyncBroker(handlers, **callbacks).resolve(event)) is None
    assert len(told if broken == "on_domained_event" else unraisable) == 2


def test_what_leaves_the_local_flow_can_be_published_back() -> None:
    def back(event: arvo.Event, publish: arvo.Publish) -> None:
        publish(event)

    async def back_later(event: arvo.Event, publish: arvo.Publish) -> None:
        await asyncio.sleep(0)
        publish(event)

    event = CALC.version("1.0.0").accepts({}, source="com.shop.web")
    handlers = [arvo.handler(CALC, {"1.0.0": far})]
    now = arvo.Broker(handlers, on_domained_event=back).resolve(event)
    later = asyncio.run(arvo.AsyncBroker(handlers, on_domained_event=back_later).resolve(event))
    assert now is not None
    assert later is not None
    assert now.domain == later.domain == "far.away"
