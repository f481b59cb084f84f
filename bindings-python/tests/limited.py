"""A program whose writes to the store's file are refused by the system for a while: `limited.py URL`. It prints what it
is told then, and afterwards the total of a workflow in which they were refused, and how often its events were tried."""

from __future__ import annotations

import json
import resource
import sys
import threading
from pathlib import Path
from typing import Any

import arvo
from flow import add, start
from working_store import at_work, sums

_, HARD = resource.getrlimit(resource.RLIMIT_FSIZE)


def refuse(url: str) -> None:
    """Let files grow no longer: what the store writes next is an error of the system."""
    log = Path(url.removeprefix("sqlite:") + "-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, HARD))


def allow() -> None:
    """Let them grow again."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (HARD, HARD))


def main(url: str) -> None:
    """Publish while it is refused, then have an event handled in the middle of which it is."""
    store = arvo.Store(url)
    refuse(url)
    said = ""
    try:
        store.publish(start(1, 2))
    except arvo.StoreError as error:
        said = str(error)
    allow()

    def add_refused(given: arvo.Input[Any]) -> arvo.Output:
        refuse(url)
        threading.Timer(0.5, allow).start()
        return add(given)

    with at_work(store, sums(add_refused)):
        answer = store.wait(store.publish(start(1, 2)), 30)
    asked = store.query("SELECT max(tries), count(failures), count(*) FROM delivery")
    print(json.dumps([said, answer and answer.data["total"], *asked.rows]))


main(*sys.argv[1:])
