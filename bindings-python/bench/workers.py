"""What a durable store costs Python: whole two-call workflows (five executions each) on one file, commits on the disk.

    python bindings-python/bench/workers.py [folder]

A client and a worker in one event loop; then a client with a worker in a process of its own. The folder, else a new
one, should be on the disk that is to be measured. Figures of one output may be compared with each other, and with
nothing else.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import arvo

OBJECT = {"type": "object"}
SERVICE = arvo.Contract.simple(
    uri="#/bench/add", type="bench.add", versions={"1.0.0": arvo.VersionSpec(accepts=OBJECT, emits=OBJECT)}
)
FLOW = arvo.Contract.orchestrator(
    uri="#/bench/sum", name="bench", versions={"1.0.0": arvo.OrchestratorSpec(init=OBJECT, complete=OBJECT)}
)
WORKFLOWS = 2000
IN_FLIGHT = 100
ALONE = 200


def add(given: arvo.Input[Any]) -> arvo.Output:
    return arvo.Output("evt.bench.add.success", {"sum": given.data["a"] + given.data["b"]})


def go_on(given: arvo.ResumableInput) -> arvo.Resumed:
    calls = 0 if given.init else given.context["calls"]
    if calls == 2:
        return arvo.Resumed(output={"total": given.data["sum"]})
    return arvo.Resumed(context={"calls": calls + 1}, services=[arvo.Output("com.bench.add", {"a": 1, "b": 2})])


def handlers() -> list[Any]:
    services = {"add": SERVICE.version("1.0.0")}
    return [arvo.resumable(FLOW, {"1.0.0": go_on}, services=services), arvo.handler(SERVICE, {"1.0.0": add})]


def event() -> arvo.Event:
    return FLOW.version("1.0.0").init({"parentSubject$$": None}, source="com.bench.client")


async def measure(store: arvo.AsyncStore) -> tuple[float, float]:
    """Workflows in a second, many at once; the median of one at a time, in milliseconds."""

    async def one() -> None:
        answer = await store.wait(await store.publish(event()), 60)
        assert answer is not None

    async def many(count: int) -> None:
        for _ in range(count):
            await one()

    await many(20)
    begun = time.perf_counter()
    await asyncio.gather(*(many(WORKFLOWS // IN_FLIGHT) for _ in range(IN_FLIGHT)))
    rate = WORKFLOWS / (time.perf_counter() - begun)
    alone = []
    for _ in range(ALONE):
        begun = time.perf_counter()
        await one()
        alone.append(time.perf_counter() - begun)
    return rate, statistics.median(alone) * 1000


async def in_one_loop(url: str) -> tuple[float, float]:
    store = arvo.AsyncStore(url)
    worker = arvo.AsyncWorker(store, handlers(), capacity=2 * IN_FLIGHT)
    running = asyncio.create_task(worker.run())
    found = await measure(store)
    worker.stop()
    await running
    return found


async def in_two_processes(url: str) -> tuple[float, float]:
    command = [sys.executable, __file__, "--work", url]
    with subprocess.Popen(command) as process:  # noqa: ASYNC220  # before anything is measured
        found = await measure(arvo.AsyncStore(url))
        process.terminate()
    return found


def main() -> None:
    """Print the figures."""
    if sys.argv[1:2] == ["--work"]:
        arvo.Worker(sys.argv[2], handlers(), capacity=2 * IN_FLIGHT).run()
        return
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else None) as folder:
        for name, measured in (("one loop", in_one_loop), ("two processes", in_two_processes)):
            rate, alone = asyncio.run(measured(f"sqlite:{Path(folder) / name.replace(' ', '-')}.db"))
            print(f"{name:<14}  {rate:8,.0f} workflows/s, {IN_FLIGHT} in flight   {alone:6.2f} ms one at a time")


if __name__ == "__main__":
    main()
