"""What happened: histories of events as a timeline for a terminal and as a sequence diagram."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

from arvo import _arvo
from arvo._arvo import Event
from arvo.rows import Posting


def timeline(history: Iterable[Union[Event, Posting]], *, width: int = 120, most: int = 1000) -> str:
    """What happened, a line for each event, without a line feed at its end.

    A line has the event's number, the time since the first event, its place among the events that it came from and led
    to, who sent it to whom, its type, the end of its id, and what there is to remark: its domain, what it cost, what
    became of it.

    Args:
        history: events in order: a broker's `history`, or what `Store.history` gives.
        width: columns of a line at most.
        most: events to show; of more the first and the last.

    >>> import arvo
    >>> asked = arvo.Event(id="1", source="com.shop.web", type="com.stock.take", subject="order/17", data={},
    ...                    time="2026-01-31T12:00:00.000Z")
    >>> answer = arvo.Event(id="2", source="com.stock.take", type="evt.stock.take.success", subject="order/17", data={},
    ...                     time="2026-01-31T12:00:00.012Z", to="com.shop.web", parentid="1")
    >>> print(arvo.timeline([asked, answer]))
    2 events in 12 ms
    1   +0 ms  ●  com.shop.web → com.stock.take  com.stock.take          1
    2  +12 ms  ●  com.stock.take → com.shop.web  evt.stock.take.success  2
    """
    return _arvo.timeline(_deliveries(history), _size("width", width), _size("most", most))


def sequence_diagram(history: Iterable[Union[Event, Posting]], *, most: int = 200) -> str:
    """What happened, as a Mermaid `sequenceDiagram`, which Markdown on GitHub and many editors draw.

    Requests are solid arrows, answers are dashed, a system error ends in a cross, an event that leaves for a domain in
    an open arrow. The arrows' numbers are those of :func:`timeline`.

    Args:
        history: events in order: a broker's `history`, or what `Store.history` gives.
        most: events to show; of more, or of more than Mermaid draws, the first and the last.

    >>> import arvo
    >>> asked = arvo.Event(source="com.shop.web", type="com.stock.take", subject="order/17", data={})
    >>> print(arvo.sequence_diagram([asked]))
    sequenceDiagram
        autonumber
        participant p1 as com.shop.web
        participant p2 as com.stock.take
        p1->>p2: com.stock.take
    <BLANKLINE>
    """
    return _arvo.sequence_diagram(_deliveries(history), _size("most", most))


def _deliveries(history: Iterable[Union[Event, Posting]]) -> list[tuple[Event, str, str, int]]:
    """A broker's history tells of no consumers, states and tries."""
    return [
        (each.event, each.consumer, each.state, each.tries) if isinstance(each, Posting) else (each, "", "", 0)
        for each in history
    ]


def _size(name: str, value: int) -> int:
    if value < 0:
        raise ValueError(f"{name} is {value}; it can't be less than 0")
    return value
