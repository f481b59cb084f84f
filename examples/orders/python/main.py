"""The order demo in Python: every service request of the recorded orders, made by the contracts' factories and handled.

    ARVO_ORDERS=examples/orders python examples/orders/python/main.py

The answers of each order must be of the types that the reference counted (`expected.jsonl`). Progress goes to a
terminal; the last line of the output is one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from arvo import Event, Handler
from services import services

ORDERS = Path(os.environ.get("ARVO_ORDERS") or Path(__file__).parent.parent)
VERSIONS = {"com.payment.charge": "2.0.0"}


def requests(order: dict[str, Any], counts: dict[str, int]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The service requests of one order that the reference counted, with their data."""
    order_id = order["orderId"]
    total = round(sum(item["quantity"] * item["unitPrice"] for item in order["items"]), 2)
    data: dict[str, dict[str, Any]] = {
        "com.inventory.reserve": {
            "orderId": order_id,
            "items": [{"sku": item["sku"], "quantity": item["quantity"]} for item in order["items"]],
        },
        "com.inventory.release": {"reservationId": f"RSV-{order_id}", "reason": "the order came to nothing"},
        "com.payment.charge": {"orderId": order_id, "amount": total, "card": order["card"]},
        "com.order.approve": {"orderId": order_id, "total": total, "customer": order["customer"]["id"]},
        "com.label.create": {"orderId": order_id, "country": order["country"]},
        "com.courier.book": {
            "orderId": order_id,
            "country": order["country"],
            "parcels": sum(item["quantity"] for item in order["items"]),
        },
    }
    for kind, body in data.items():
        # The clerk's requests left the local flow for the domain `human.approval`, so only the answers were counted.
        counted = "evt.order.approve.decided" if kind == "com.order.approve" else kind
        for _ in range(counts.get(counted, 0)):
            yield kind, body


def answers(handlers: dict[str, Handler[Any]], event: Event, counts: dict[str, int]) -> tuple[int, Counter[str]]:
    """How many requests an order made, and what came back, by type."""
    made, types = 0, Counter[str]()
    for kind, data in requests(dict(event.data), counts):
        handler = handlers[kind]
        request = handler.contract.version(VERSIONS.get(kind, "1.0.0")).accepts(
            data, source="arvo.orc.order.fulfilment", subject=event.subject, parentid=event.id
        )
        made += 1
        types.update(answer.type for answer in handler.execute(request))
    return made, types


def is_answer(kind: str) -> bool:
    """Does a service answer with this type?"""
    return kind.startswith("evt.") or (kind.startswith("sys.com.") and kind.endswith(".error"))


def main() -> int:
    """Run all orders and say how many went as recorded."""
    handlers = services(ORDERS)
    orders = [Event.from_json(line) for line in (ORDERS / "orders.jsonl").read_text("utf-8").splitlines()]
    expected = [json.loads(line) for line in (ORDERS / "expected.jsonl").read_text("utf-8").splitlines()]
    found: list[Counter[str]] = []
    events_in = 0
    start = time.perf_counter()
    for order, recorded in zip(orders, expected):
        made, types = answers(handlers, order, recorded["events"])
        events_in += made
        found.append(types)
        if sys.stdout.isatty() and len(found) % 100 == 0:
            print(f"\r{len(found)} orders", end="", flush=True)
    seconds = time.perf_counter() - start
    if sys.stdout.isatty():
        print()

    differences: list[dict[str, Any]] = []
    for recorded, types in zip(expected, found):
        wanted = {kind: count for kind, count in recorded["events"].items() if is_answer(kind)}
        if wanted != dict(types):
            differences.append({"order": recorded["orderId"], "wanted": wanted, "found": dict(types)})
    report: dict[str, Any] = {
        "language": "Python",
        "orders": len(orders),
        "asRecorded": len(orders) - len(differences),
        "eventsIn": events_in,
        "eventsOut": dict(sorted(sum(found, Counter[str]()).items())),
        "seconds": round(seconds, 4),
        "differences": differences[:10],
    }
    print(json.dumps(report, separators=(",", ":")))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
