"""What the tests of stores and workers share: files, programs, and workers that run in a thread for a while."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import arvo
from flow import CALC, add, flow

PROGRAM = Path(__file__).with_name("working.py")


def url_of(folder: Path) -> str:
    return f"sqlite:{folder / 'store.db'}"


def sums(function: Callable[..., Any] = add) -> list[Any]:
    return [flow(), arvo.handler(CALC, {"1.0.0": function})]


@contextmanager
def at_work(store: Any, handlers: list[Any], **options: Any) -> Iterator[arvo.Worker]:
    """A worker that runs in a thread."""
    worker = arvo.Worker(store, handlers, **options)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            worker.run()
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(30)
    assert not thread.is_alive()
    assert not failures


@contextmanager
def program(*arguments: Any) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own, ready to work."""
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("ready")
            yield process
        finally:
            process.kill()


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something that happens elsewhere."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
