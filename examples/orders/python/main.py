"""The order demo in Python: every recorded order goes in and comes to the end that the reference recorded.

    ARVO_ORDERS=examples/orders python examples/orders/python/main.py [--machines]

Services are handlers, both workflows are resumables, or the machines of `../*.machine.json`, the clerk sits in a domain
of its own: requests to it leave the broker's local flow, its answers come back. Progress goes to a terminal; the last
line of the output is one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Optional

from arvo import Broker, Event, Publish
from machines import machines
from services import contracts, services
from workflows import workflows

ORDERS = Path(os.environ.get("ARVO_ORDERS") or Path(__file__).resolve().parent.parent)
CLERK = "com.order.approve"


def broker(folder: Path, with_machines: bool) -> Broker:
    """Handlers, workflows, and the clerk outside the local flow."""
    known = contracts(folder)
    flows = machines(folder, known) if with_machines else workflows(known)
    local = services(known)
    clerk = local.pop(CLERK)

    def ask_the_clerk(event: Event, publish: Publish) -> None:
        for answer in clerk.execute(event):
            publish(answer)

    def tell(error: BaseException, event: Event) -> None:
        print(f"{event.type}: {error}", file=sys.stderr)

    return Broker([*flows, *local.values()], on_error=tell, on_domained_event=ask_the_clerk)


def found(order_id: str, order: Event, answer: Optional[Event], history: list[Event]) -> dict[str, Any]:
    """What came of an order, in the form of `expected.jsonl`."""
    events = dict(Counter(event.type for event in history))
    if answer is None:
        return {"orderId": order_id, "type": None, "events": events}
    return {
        "orderId": order_id,
        "type": answer.type,
        "to": answer.to,
        "parentid_is_init": answer.parentid == order.id,
        "subject_is_init": answer.subject == order.subject,
        "data": dict(answer.data),
        "events": events,
    }


def show_progress(done: int, count: int) -> None:
    """A bar, on a terminal."""
    if sys.stdout.isatty() and (done % 25 == 0 or done == count):
        filled = 40 * done // max(count, 1)
        print(f"\r[{'#' * filled:<40}] {done} of {count} orders", end="\n" if done == count else "", flush=True)


def main() -> int:
    """Run all orders and say how many came to the same end."""
    if unknown := [word for word in sys.argv[1:] if word != "--machines"]:
        raise SystemExit(f"{unknown[0]}: only --machines is known here")
    local = broker(ORDERS, with_machines=len(sys.argv) > 1)
    orders = [Event.from_json(line) for line in (ORDERS / "orders.jsonl").read_text("utf-8").splitlines()]
    expected = [json.loads(line) for line in (ORDERS / "expected.jsonl").read_text("utf-8").splitlines()]
    events, outcomes, differences = 0, Counter[str](), list[dict[str, Any]]()
    start = time.perf_counter()
    for done, (order, wanted) in enumerate(zip(orders, expected), 1):
        answer = local.resolve(order)
        result = found(wanted["orderId"], order, answer, local.history)
        local.clear_history()
        events += sum(result["events"].values())
        outcomes[result.get("data", {}).get("status", "no answer")] += 1
        if result != wanted:
            differences.append({"order": wanted["orderId"], "wanted": wanted, "found": result})
        show_progress(done, len(orders))
    report: dict[str, Any] = {
        "language": "Python",
        "orders": len(orders),
        "identical": len(orders) - len(differences),
        "outcomes": dict(sorted(outcomes.items())),
        "events": events,
        "seconds": round(time.perf_counter() - start, 4),
        "differences": differences[:10],
    }
    print(json.dumps(report, separators=(",", ":")))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
