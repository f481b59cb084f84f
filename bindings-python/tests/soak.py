"""Memory over long runs; run by `make soak`.

The demo ten times in one process, then more than 100,000 steps of workflows: in the memory of the process and in one
of the user's own, through brokers of both kinds, and failing in every way. Late rounds of each hold less than 3 % more
than those before them.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import arvo
from flow import CALC, AsyncTable, Table, add, flow, go_on, go_on_later, start

DEMO = Path(__file__).parents[2] / "examples" / "orders" / "python"
ROUNDS, LAST, ALLOWED = 10, 3, 0.03
WHOLE, FAILING, WANTED = 900, 200, 100_000

steps = 0


def resident() -> int:
    """Memory of this process in KiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def steady(title: str, run: Callable[[], None]) -> bool:
    """Run the rounds; whether memory stayed as it was."""
    sizes = []
    for number in range(1, ROUNDS + 1):
        run()
        gc.collect()
        sizes.append(resident())
        print(f"{title} {number:2}: {sizes[-1] / 1024:6.1f} MiB", flush=True)
    # The least of the last rounds against the least of those before: a leak raises also the least, and what the
    # process lets go late does not.
    grown = min(sizes[-LAST:]) / min(sizes[-2 * LAST : -LAST]) - 1
    print(f"{title}: the last {LAST} rounds hold {grown:.2%} more than those before, {ALLOWED:.0%} are allowed")
    return grown < ALLOWED


def demo() -> None:
    """All the orders."""
    with contextlib.redirect_stdout(io.StringIO()):
        if importlib.import_module("main").main() != 0:  # that of the demo's folder
            raise SystemExit("the demo failed; run it alone to see why")


def counted(given: arvo.ResumableInput) -> arvo.Resumed:
    """Count a step, and take it."""
    global steps
    steps += 1
    return go_on(given)


async def counted_later(given: arvo.ResumableInput) -> arvo.Resumed:
    """The same in a coroutine."""
    global steps
    steps += 1
    return await go_on_later(given)


def workflows() -> None:
    """Whole ones and bad ones, one after the other and many at once."""
    service = arvo.handler(CALC, {"1.0.0": add})
    for memory in (arvo.InMemory(), Table()):
        broker = arvo.Broker([flow(counted, memory), service])
        for number in range(WHOLE):
            answer = broker.resolve(start(number, 1, 2))
            assert answer is not None
            assert answer.data["total"] == number + 3
        broker.clear_history()
    asyncio.run(workflows_at_once())
    for workflow in bad():
        for _ in range(FAILING):
            with contextlib.suppress(arvo.Error, ZeroDivisionError):
                workflow.execute(start(1))


async def workflows_at_once() -> None:
    """A hundred at a time."""

    async def add_later(given: arvo.Input[Any]) -> arvo.Output:
        await asyncio.sleep(0)
        return add(given)

    for memory in (arvo.InMemory(), AsyncTable()):
        broker = arvo.AsyncBroker([flow(counted_later, memory), arvo.handler(CALC, {"1.0.0": add_later})])
        for _ in range(0, WHOLE, 100):
            answers = await asyncio.gather(*(broker.resolve(start(number, 1, 2)) for number in range(100)))
            assert [answer and answer.data["total"] for answer in answers] == [number + 3 for number in range(100)]
            broker.clear_history()


def bad() -> list[arvo.Resumable[Any]]:
    """Workflows that end badly: their function, or their memory."""

    def raising(make: Callable[[], BaseException]) -> Callable[[Any], Any]:
        def fail(_: Any) -> None:
            raise make()  # each its own: one that is raised again keeps the tracebacks of all times

        return fail

    functions = [
        raising(lambda: ValueError("it broke")),
        raising(lambda: arvo.ExecutionViolation("stop")),
        lambda _: 5,
        lambda _: arvo.Resumed(services=[arvo.Output("com.nobody.here", {})]),
        lambda _: arvo.Resumed(context=object()),
    ]
    failing = [Table(operation, lambda: 1 // 0) for operation in ("read", "write", "lock", "unlock")]
    return [
        *(flow(function, memory()) for function in functions for memory in (arvo.InMemory, Table)),
        *(flow(counted, memory, locking=True) for memory in failing),
    ]


def main() -> int:
    """Run both; 1 if memory grew."""
    sys.path.insert(0, str(DEMO))
    flat = [steady("demo", demo), steady("workflows", workflows)]
    print(f"{steps} steps of workflows")
    return 0 if all(flat) and steps >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
