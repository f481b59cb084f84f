"""What came of the orders, as a store and the ledger tell it, and what must hold of it whoever was killed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from team import ORDERS, SERVICES, SHOP, Ledger, Store

WHOLE_TREE = """
    WITH RECURSIVE tree(root, id) AS (
        SELECT event_id, workflow FROM delivery WHERE cause IS NULL
        UNION SELECT tree.root, child.id FROM tree JOIN workflow child ON child.parent = tree.id)
    SELECT tree.root, delivery.event ->> '$.type', count(*)
    FROM tree JOIN delivery ON delivery.workflow = tree.id WHERE delivery.event ->> '$.domain' IS NULL GROUP BY 1, 2"""
"""How many events of each type an order led to, in its own subject and those of its children. The reference counted
what passed its broker, and what has a domain does not: the requests to the clerk. He has one answer to each (NEVER)."""

ENDS = """
    SELECT init.event_id, init.event ->> '$.subject', init.due, answer.due, answer.event
    FROM delivery init LEFT JOIN delivery answer
    ON answer.workflow = init.workflow AND answer.consumer = init.event ->> '$.source'
    WHERE init.cause IS NULL ORDER BY init.seq"""
"""Each published order with what came back, and when."""

SERVED = ", ".join(f"'{service}'" for service in SERVICES)

NEVER = {
    "a published event has two rows": "SELECT count(*) - count(DISTINCT event_id) FROM delivery WHERE cause IS NULL",
    "an event is not handled": f"SELECT count(*) FROM delivery WHERE state <> 2 AND consumer <> '{SHOP}'",
    "nobody knows when an event was handled": "SELECT count(*) FROM delivery WHERE (state = 2) <> (done IS NOT NULL)",
    "a handled event belongs to a worker": "SELECT count(*) FROM delivery WHERE worker IS NOT NULL",
    "an event is answered twice": (
        "SELECT count(*) FROM (SELECT 1 FROM delivery WHERE cause IS NOT NULL "
        "GROUP BY cause, event_id, consumer, domain HAVING count(*) > 1)"
    ),
    "an answer's cause is not handled": (
        "SELECT count(*) FROM delivery answer LEFT JOIN delivery cause ON cause.seq = answer.cause "
        "WHERE answer.cause IS NOT NULL AND (cause.seq IS NULL OR cause.state <> 2)"
    ),
    "a service's event has not just one answer": (
        "SELECT count(*) FROM delivery asked WHERE NOT lane AND state = 2 "
        "AND (SELECT count(*) FROM delivery answer WHERE answer.cause = asked.seq) <> 1"
    ),
    "a workflow is held, due, or stopped": (
        "SELECT count(*) FROM workflow WHERE busy IS NOT NULL OR due IS NOT NULL OR control <> 'run'"
    ),
    "a workflow has not ended": (
        "SELECT count(*) FROM workflow WHERE consumer IS NOT NULL AND status NOT IN ('done', 'failed')"
    ),
    "an order failed as a workflow": (
        "SELECT count(*) FROM workflow WHERE status = 'failed' AND consumer <> 'arvo.orc.shipment'"
    ),
    # Each handled event of a workflow wrote its record once. A shipment that fails takes no notice of what comes after
    # that; what was handled in the same millisecond may have come before or after.
    "a workflow's revision is not the number of events that it handled": """
        SELECT count(*) FROM workflow WHERE consumer IS NOT NULL AND status = 'done' AND revision <>
            (SELECT count(*) FROM delivery WHERE delivery.workflow = workflow.id AND lane AND state = 2)""",
    "a failed workflow's revision is not the number of events up to its failure": """
        SELECT count(*) FROM workflow JOIN delivery fatal ON fatal.workflow = workflow.id AND fatal.lane
            AND EXISTS (SELECT 1 FROM delivery told WHERE told.cause = fatal.seq AND told.event ->> '$.type' =
                'sys.' || workflow.consumer || '.error')
        WHERE status = 'failed' AND revision NOT BETWEEN
            (SELECT count(*) FROM delivery d WHERE d.workflow = workflow.id AND d.lane AND d.done < fatal.done) + 1
            AND (SELECT count(*) FROM delivery d WHERE d.workflow = workflow.id AND d.lane AND d.done <= fatal.done)""",
}
"""Statements that count what must not be there once all is done."""


@dataclass
class Order:
    """An order as it was recorded."""

    line: str
    expected: dict[str, Any]

    @property
    def id(self) -> str:
        """The id of its initial event."""
        return json.loads(self.line)["id"]


def recorded() -> list[Order]:
    """All orders with what the reference made of them."""
    orders, expected = (ORDERS.joinpath(name).read_text("utf-8") for name in ("orders.jsonl", "expected.jsonl"))
    return [Order(line, json.loads(wanted)) for line, wanted in zip(orders.splitlines(), expected.splitlines())]


@dataclass
class Result:
    """What came of an order."""

    subject: str
    published: int
    """When, in milliseconds since 1970."""
    answered: int
    found: dict[str, Any]
    """In the form of `expected.jsonl`, without the order's own name."""


def results(store: Store) -> dict[str, list[Result]]:
    """What came of each published order, by the id of its event; more than one result is one too many."""
    events: dict[str, dict[str, int]] = {}
    for root, kind, count in store.query(WHOLE_TREE):
        events.setdefault(root, {})[kind] = count
    found: dict[str, list[Result]] = {}
    for order, subject, published, answered, text in store.query(ENDS):
        answer = json.loads(text) if text else {}
        came = {
            "type": answer.get("type"),
            "to": answer.get("to"),
            "parentid_is_init": answer.get("parentid") == order,
            "subject_is_init": answer.get("subject") == subject,
            "data": answer.get("data"),
            "events": events.get(order, {}),
        }
        found.setdefault(order, []).append(Result(subject, published, answered or 0, came))
    return found


def differences(orders: Collection[Order], found: dict[str, list[Result]]) -> list[str]:
    """Where an order came to another end than the recorded one."""
    problems: list[str] = []
    for order in orders:
        wanted = {key: value for key, value in order.expected.items() if key != "orderId"}
        came = [result.found for result in found.get(order.id, [])]
        if came != [wanted]:
            name = order.expected["orderId"]
            problems.append(f"order {name}:\n  wanted {json.dumps(wanted)}\n  found  {json.dumps(came)}")
    if strange := set(found) - {order.id for order in orders}:
        problems.append(f"{len(strange)} orders that nobody published")
    return problems


def broken(store: Store) -> list[str]:
    """What must not be there but is."""
    asked = "SELECT " + ", ".join(f"({sql})" for sql in NEVER.values())
    problems = [f"{what}: {count} times" for what, count in zip(NEVER, store.query(asked)[0]) if count]
    if (rows := store.query("PRAGMA integrity_check")) != [["ok"]]:
        problems.append(f"the file is damaged: {rows}")
    return problems


@dataclass
class Calls:
    """What the ledger says of the services' calls."""

    made: int
    repeated: int
    by_lease: int
    """Of these, not after a kill, but because a living worker was too slow to keep its lease."""
    problems: list[str]


def calls(store: Store, ledger: Ledger, killed: Collection[int]) -> Calls:
    """Holds the ledger against the store: each handled event was called for, and again only with a reason."""
    ledger.read()
    rows = store.query(f"SELECT event_id, failures FROM delivery WHERE state = 2 AND consumer IN ({SERVED})")
    failures = {event: json.loads(causes or "[]") for event, causes in rows}
    problems: list[str] = []
    if never := failures.keys() - ledger.calls.keys():
        problems.append(f"{len(never)} events are handled, but no service was called")
    if strange := ledger.calls.keys() - failures.keys():
        problems.append(f"{len(strange)} calls for events that the store does not have")
    by_lease = 0
    for event, made in ledger.repeated.items():
        losers = Counter(
            cause["message"].split()[2] for cause in failures.get(event, []) if cause["name"] == "WorkerLost"
        )
        for worker, process in made[:-1]:
            if process in killed:
                losers[worker] -= 1
                continue
            by_lease += 1
            if losers[worker] <= 0:
                problems.append(f"event {event} was called for again, for no reason: {made}")
            losers[worker] -= 1
    return Calls(ledger.lines, ledger.lines - len(ledger.calls), by_lease, problems)
