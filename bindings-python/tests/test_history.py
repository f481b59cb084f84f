"""Histories as pictures; what they look like is tested in the core."""

from __future__ import annotations

from typing import Any

import arvo
import pytest
from flow import CALC, add, flow, start


def test_a_brokers_history_is_drawn() -> None:
    broker = arvo.Broker([flow(), arvo.handler(CALC, {"1.0.0": add})])
    broker.resolve(start(1, 2))
    lines = arvo.timeline(broker.history).splitlines()
    assert lines[0].startswith(f"{len(broker.history)} events in ")
    assert len(lines) == len(broker.history) + 1
    assert "arvo.orc.sum → com.calc.add" in lines[2]
    drawn = arvo.sequence_diagram(broker.history)
    assert drawn.startswith("sequenceDiagram\n")
    assert "p2->>p3: com.calc.add\n" in drawn
    assert "p3-->>p2: evt.calc.add.success\n" in drawn


def test_what_a_store_tells_of_a_delivery_is_drawn_too() -> None:
    with arvo.Store("sqlite::memory:") as store:
        event = arvo.Event(source="com.shop.web", type="com.stock.take", subject="order/17", data={})
        store.publish(event)
        history = store.history("order/17")
    assert arvo.timeline(history).endswith("waiting")
    assert "com.stock.take<br/>waiting\n" in arvo.sequence_diagram(history)


def test_long_histories_are_cut() -> None:
    event = arvo.Event(source="com.shop.web", type="com.stock.take", subject="order/17", data={})
    assert "… 8 events left out" in arvo.timeline((event for _ in range(10)), most=2)
    assert all(len(line) <= 20 for line in arvo.timeline([event], width=20).splitlines())
    assert arvo.sequence_diagram([event] * 10, most=4).count("->>") == 4


@pytest.mark.parametrize(("history", "options"), [([1], {}), (["event"], {}), (None, {}), ([], {"most": -1})])
def test_what_is_no_history_is_refused(history: Any, options: dict[str, int]) -> None:
    for draw in (arvo.timeline, arvo.sequence_diagram):
        with pytest.raises((TypeError, ValueError)):
            draw(history, **options)
