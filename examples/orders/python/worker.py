"""A worker of the durable demo in Python: serves services and workflows on a store that other languages share.

    ARVO_ORDERS=examples/orders python examples/orders/python/worker.py URL NAME LEASE LEDGER TYPE…

LEASE is in milliseconds. LEDGER is a file outside the store: each call of a service appends a line to it before it
acts. The workflows are the machines of `../*.machine.json`. It ends on SIGTERM.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import arvo
from arvo import Input, Output
from machines import machines
from services import Service, contracts, services

ORDERS = Path(os.environ.get("ARVO_ORDERS") or Path(__file__).resolve().parent.parent)


def ledger(path: str, worker: str) -> Callable[[Service], Service]:
    """Makes a service one whose calls are written down.

    One line, in one write, so that those of several processes do not mix: the consumed event's id, which is what a
    service that must not act twice would keep, the worker, the process.
    """
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def noted(service: Service) -> Service:
        def call(request: Input[Any]) -> Output:
            os.write(file, f"{request.event.id}\t{worker}\t{os.getpid()}\n".encode())
            return service(request)

        return call

    return noted


def main() -> None:
    """Run until it is told to stop."""
    url, name, lease, path, *types = sys.argv[1:]
    known = contracts(ORDERS)
    handlers = {**services(known, ledger(path, name)), **{flow.source: flow for flow in machines(ORDERS, known)}}
    # A try counts for all that a worker held when it was killed, which happens here more often than elsewhere.
    retry = arvo.Retry(tries=100)
    served = [handlers[kind] for kind in types]
    worker = arvo.Worker(url, served, name=name, lease=int(lease) / 1000, retry=retry, on_error=tell)
    print("ready", flush=True)
    worker.run()


def tell(error: BaseException, event: arvo.Event) -> None:
    """What failed is retried, or a dead letter; here it must not happen."""
    print(f"{event.type}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
