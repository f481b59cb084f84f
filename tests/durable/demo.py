#!/usr/bin/env python3
"""The durable demo: a thousand orders on one store, by four workers in four languages, one of which is killed half-way.

Each order must end as recorded, and each service's call must be in the ledger, a file outside the store; one that was
repeated must have the kill for a reason. Exit 1 if anything is otherwise.

    demo.py ARVO Rust=command Python=command Node=command C=command

ARVO is the command line's program. A command runs a worker of its language when `URL NAME LEASE LEDGER TYPE…` stand
behind it. Languages may be fewer: then the first takes over what the others would serve.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from outcome import Result, broken, calls, differences, recorded, results
from team import (
    CLERKS_DOMAIN,
    ORDERS,
    SERVICES,
    SHOP,
    WORKFLOWS,
    Arguments,
    Ledger,
    Problem,
    Store,
    Team,
    Worker,
    commands_of,
    patience,
)

DUTIES = {
    "Rust": WORKFLOWS,
    "Python": ("com.inventory.reserve", "com.inventory.release", "com.order.approve"),
    "Node": ("com.payment.charge",),
    "C": ("com.label.create", "com.courier.book"),
}
VICTIM = "Python"
LEASE = 30_000
"""Milliseconds; the one who is killed comes back under its name, so that nobody waits for the end of its lease."""
LIMIT = 300.0
"""Seconds in which all orders must be complete, on whatever machine."""
WIDTH = 40
SHOWN = 5


def main() -> int:
    """Runs it, tells of it, and says whether all was well."""
    program, *words = sys.argv[1:]
    commands = commands_of(words)
    target = Path("target")
    target.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="durable-demo-", dir=target))
    try:
        good = Demo(folder, program, commands).run()
    except Problem as problem:
        print(f"\n{problem}")
        good = False
    if good:
        shutil.rmtree(folder)
    else:
        print(f"\nNot every order went as recorded; the store and what the workers wrote are in {folder}")
    return 0 if good else 1


class Demo:
    """One run in a folder of its own."""

    def __init__(self, folder: Path, program: str, commands: Mapping[str, str]) -> None:
        """Nothing runs yet."""
        self.store = Store(program, folder / "orders.db")
        self.orders = recorded()
        arguments = Arguments(folder, self.store.url, LEASE)
        self.ledger = Ledger(arguments.ledger)
        left = {language: types for language, types in DUTIES.items() if language not in commands}
        spare = tuple(kind for types in left.values() for kind in types)
        first = next(iter(commands))
        workers = [
            Worker(language, command, arguments, DUTIES[language] + (spare if language == first else ()))
            for language, command in commands.items()
        ]
        self.victim = next((worker for worker in workers if worker.language == VICTIM), workers[-1])
        self.team = Team(workers)
        self.killed: int = 0
        self.events = ""
        self.peaks: dict[str, int] = {}

    def run(self) -> bool:
        """Whether every order went as recorded."""
        self.store.call("domain", "add", CLERKS_DOMAIN)
        names = ", ".join(f"{worker.language} ({len(worker.types)} types)" for worker in self.team.workers)
        print(f"Workers on one SQLite file: {names}")
        with self.team:
            publisher = self.store.start("publish", str(ORDERS / "orders.jsonl"))
            began = time.monotonic()
            self.work(publisher, began)
            out, err = publisher.communicate()
            if publisher.returncode != 0:
                raise Problem(f"arvo publish ended with {publisher.returncode}: {err.strip()}")
            print(f"arvo publish: {out.strip()}")
            self.peaks = {worker.language: peak for worker in self.team.workers if (peak := worker.peak()) is not None}
            self.team.drain()
        return self.tell()

    def work(self, publisher: subprocess.Popen[str], began: float) -> None:
        """Looks on until all is done; kills the victim half-way through what it has to do."""
        half = self.all_calls_of_victim() // 2
        shown = 0.0
        count = len(self.orders)
        for _ in patience(LIMIT, f"not all orders are complete after {LIMIT:.0f} s"):
            self.team.check()
            if publisher.poll():
                return
            if not self.killed:
                self.ledger.read()
                if self.ledger.by_worker.get(self.victim.name, 0) >= half:
                    self.kill(began)
            now = time.monotonic()
            if now - shown > 0.1:
                shown = now
                done = self.store.completed()
                self.show(done, now - began)
                if done >= count and self.is_quiet():
                    if sys.stdout.isatty():
                        print()
                    return

    def all_calls_of_victim(self) -> int:
        """How many calls of its services the orders lead to; the clerk's are known by his answers."""
        kinds = {*self.victim.types}.intersection(SERVICES)
        counted = {"evt.order.approve.decided" if kind == "com.order.approve" else kind for kind in kinds}
        return sum(order.expected["events"].get(kind, 0) for order in self.orders for kind in counted)

    def kill(self, began: float) -> None:
        """Kills the victim, and has it begin again under its name."""
        self.killed = self.victim.kill()
        self.events = (
            f"{self.victim.language}'s worker killed after {time.monotonic() - began:.1f} s, "
            f"in the middle of its {self.all_calls_of_victim():,} calls, and begun again"
        )
        self.victim.start()
        if not sys.stdout.isatty():
            print(self.events)

    def is_quiet(self) -> bool:
        """Whether nothing is left to do beside the completions: a failed shipment's other answer may come late."""
        return self.store.count(f"SELECT count(*) FROM delivery WHERE state < 2 AND consumer <> '{SHOP}'") == 0

    def show(self, done: int, seconds: float) -> None:
        """A bar, on a terminal."""
        if sys.stdout.isatty():
            filled = WIDTH * done // len(self.orders)
            line = f"[{'#' * filled:<{WIDTH}}] {done:,} of {len(self.orders):,} orders, {seconds:.1f} s"
            print(f"\r{line}  {self.events}\x1b[K", end="", flush=True)

    def tell(self) -> bool:
        """The tables, and whether all was well."""
        found = results(self.store)
        different = differences(self.orders, found)
        ledger = calls(self.store, self.ledger, {self.killed})
        problems = [*broken(self.store), *ledger.problems]
        if not self.killed:
            problems.append(f"{self.victim.language}'s worker was never killed")
        if ledger.by_lease:
            problems.append(f"{ledger.by_lease} calls were repeated, and not because of the kill")
        right = len(self.orders) - len(different)
        orders = [result for came in found.values() for result in came if result.answered]
        if not orders:
            raise Problem("no order came back")
        self.show_figures(orders, ledger.made, ledger.repeated, right)
        example = self.example(found)
        print(f"\narvo show, of order {example.found['data']['orderId']}:\n")
        print(self.store.call("show", example.subject).rstrip())
        for problem in [*different[:SHOWN], *problems]:
            print(f"\n{problem}")
        if len(different) > SHOWN:
            print(f"\n… and {len(different) - SHOWN} more orders")
        if different or problems:
            return False
        print("\nEvery order went as recorded, and each call was made once, but for those that the kill cut short.")
        return True

    def show_figures(self, orders: list[Result], made: int, repeated: int, right: int) -> None:
        """What it took."""
        first, last = min(order.published for order in orders), max(order.answered for order in orders)
        seconds = max(last - first, 1) / 1000
        times = sorted(order.answered - order.published for order in orders)
        statuses = Counter(order.found["data"]["status"] for order in orders)
        events, tries = self.store.query("SELECT count(*), coalesce(sum(max(tries - 1, 0)), 0) FROM delivery")[0]
        rows = [
            ("orders", f"{len(orders):,}"),
            *((f"  {status}", f"{count:,}") for status, count in sorted(statuses.items())),
            ("as recorded", f"{right:,} of {len(self.orders):,}"),
            ("events", f"{events:,}"),
            ("seconds, from the first order's publishing to the last one's end", f"{seconds:.2f}"),
            ("orders/s", f"{len(orders) / seconds:,.0f}"),
            ("an order's time, all published at once: half of them within", f"{of(times, 0.5):,} ms"),
            ("  99 of 100 within", f"{of(times, 0.99):,} ms"),
            ("events claimed again", f"{tries:,}"),
            ("calls of services, by the ledger", f"{made:,}"),
            ("  repeated, each cut short by the kill", f"{repeated:,}"),
            *((f"peak memory of {language}'s worker", f"{peak} MB") for language, peak in self.peaks.items()),
        ]
        print(f"\n{self.events}\n" if sys.stdout.isatty() else "")
        left, right_side = max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)
        for name, value in rows:
            print(f"{name:<{left}}  {value:>{right_side}}")

    def example(self, found: Mapping[str, list[Result]]) -> Result:
        """An order worth a look: one with a call that was repeated, if there is any, and as many events as any."""
        repeated = ", ".join(f"'{event}'" for event in self.ledger.repeated)
        rows = self.store.query(
            "SELECT parent.subject, own.subject FROM delivery JOIN workflow own ON own.id = delivery.workflow "
            f"LEFT JOIN workflow parent ON parent.id = own.parent WHERE event_id IN ({repeated})"
        )
        hit = {subject for row in rows for subject in row}
        orders: list[Result] = [came[0] for came in found.values() if came and came[0].answered]
        return max(orders, key=lambda order: (order.subject in hit, len(order.found["events"])))


def of(values: list[int], share: float) -> int:
    """The value that so large a share of the sorted ones does not exceed."""
    return values[min(len(values) - 1, int(share * len(values)))]


if __name__ == "__main__":
    sys.exit(main())
