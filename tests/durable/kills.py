#!/usr/bin/env python3
"""Kills workers at random moments, and holds the store against what must be true whoever was killed and when.

A run: some of the recorded orders on a fresh store, by a worker of each language; who serves what is drawn by lot. Some
orders are published, a worker is killed with SIGKILL and begun again, and so on: under its name, which frees at once
what it held, or under a new one, so that its lease must end first. Each language's worker is killed as often as the
others'. The last orders are published twice: the first publisher is killed, too. When nothing is left to do:

- every order ended as recorded, with the same events by type in its whole tree;
- every event is handled, once: its answers are there once, its workflow's record was written for it once (outcome.py);
- a service was called for each handled event, and again only where the kill or the end of a lease is the reason;
- what is published again is there already;
- the file is whole, and the workers end on SIGTERM.

After the first run the checks are checked: each is shown a store in which its one thing is wrong (tamper.py).

    kills.py [--kills 200] [--seed N] ARVO Rust=command Python=command Node=command C=command
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from outcome import Order, broken, calls, differences, recorded, results
from tamper import unnoticed
from team import (
    CLERKS_DOMAIN,
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

LEASE = 1_500
"""Milliseconds: what a dead worker held is free after this at the latest."""
ROUNDS = 4
"""How often each worker is killed in one run."""
ORDERS = (40, 100)
"""Orders of a run, from and to."""
PAUSE = 0.15
"""Seconds at most between the moment when a worker is ready and that of its death."""
IN_A_CALL = 0.5
"""How many die just when they have called a service, if they call one within the time that follows."""
PATIENCE = 0.1
NEW_NAME = 0.3
"""How many of the dead come back under a new name."""
SHARED = 0.25
"""How many types are served by two workers."""
LIMIT = 120.0
"""Seconds in which all orders of a run must be complete after its last kill."""
SHOWN = 8


@dataclass
class Told:
    """What came of a run."""

    kills: Counter[str] = field(default_factory=Counter[str])
    renamed: int = 0
    orders: int = 0
    taken_over: int = 0
    """How many events a worker held when it was killed."""
    repeated: int = 0
    by_lease: int = 0
    problems: list[str] = field(default_factory=list[str])


class Run:
    """One store, one team, and its kills."""

    def __init__(self, folder: Path, program: str, commands: dict[str, str], orders: list[Order], seed: int) -> None:
        """Nothing runs yet. All that is drawn comes from the seed, but not the moments at which things happen."""
        self.lots = random.Random(seed)
        self.folder = folder
        self.store = Store(program, folder / "orders.db")
        # One whose shipment fails is always among them: it ends in a way of its own.
        failing = next(order for order in orders if "sys.arvo.orc.shipment.error" in order.expected["events"])
        others = [order for order in orders if order is not failing]
        self.orders = [*self.lots.sample(others, self.lots.randint(*ORDERS) - 1), failing]
        self.lots.shuffle(self.orders)
        self.left = list(self.orders)
        arguments = Arguments(folder, self.store.url, LEASE)
        self.ledger = Ledger(arguments.ledger)
        duties = self.duties(list(commands))
        self.team = Team(
            Worker(language, command, arguments, duties[language]) for language, command in commands.items()
        )
        self.killed: set[int] = set()
        self.told = Told(orders=len(self.orders))

    def duties(self, languages: list[str]) -> dict[str, list[str]]:
        """Who serves what: each language something, some types by two."""
        types = [*SERVICES, *WORKFLOWS]
        self.lots.shuffle(types)
        duties: dict[str, list[str]] = {language: [] for language in languages}
        for at, kind in enumerate(types):
            others = [language for language in languages if language != languages[at % len(languages)]]
            duties[languages[at % len(languages)]].append(kind)
            if others and self.lots.random() < SHARED:
                duties[self.lots.choice(others)].append(kind)
        return duties

    def run(self) -> Told:
        """All of it."""
        self.store.call("domain", "add", CLERKS_DOMAIN)
        victims = [
            worker for _ in range(ROUNDS) for worker in self.lots.sample(self.team.workers, len(self.team.workers))
        ]
        try:
            with self.team:
                share = -(-len(self.orders) // len(victims))
                for number, victim in enumerate(victims):
                    self.publish(share, twice=number == len(victims) - 1)
                    self.kill(victim, number)
                self.finish()
                self.team.drain()
            self.judge()
        except Problem as problem:
            self.told.problems.append(str(problem))
        return self.told

    def publish(self, share: int, *, twice: bool) -> None:
        """The next orders; twice: by a publisher that is killed, and one that knows nothing of the first."""
        batch, self.left = (self.left, []) if twice else (self.left[:share], self.left[share:])
        if not batch:
            return
        file = self.folder / "orders.jsonl"
        file.write_text("".join(f"{order.line}\n" for order in batch), "utf-8")
        if twice:
            publisher = self.store.start("publish", str(file))
            time.sleep(self.lots.uniform(0, 0.03))
            publisher.kill()
            publisher.communicate()
        self.store.call("publish", str(file))

    def kill(self, victim: Worker, number: int) -> None:
        """Kills a worker at a random moment of its work, and begins it again."""
        victim.wait_until_ready()
        time.sleep(self.lots.uniform(0, PAUSE))
        if self.lots.random() < IN_A_CALL:
            self.await_call(victim)
        self.killed.add(victim.kill())
        self.told.kills[victim.language] += 1
        renamed = self.lots.random() < NEW_NAME
        self.told.renamed += renamed
        victim.start(f"{victim.language.lower()}-{number}" if renamed else None)

    def await_call(self, victim: Worker) -> None:
        """Waits a little for the moment when a service of the worker has been called, and nothing is committed yet."""
        self.ledger.read()
        before, until = self.ledger.by_worker.get(victim.name, 0), time.monotonic() + PATIENCE
        while time.monotonic() < until and self.ledger.by_worker.get(victim.name, 0) == before:
            self.ledger.read()

    def finish(self) -> None:
        """Waits until nothing is left to do."""
        left = (
            f"SELECT (SELECT count(*) FROM delivery WHERE state < 2 AND consumer <> '{SHOP}')"
            " + (SELECT count(*) FROM workflow WHERE busy IS NOT NULL)"
        )
        for _ in patience(LIMIT, f"not all is done {LIMIT:.0f} s after the last kill", pause=0.05):
            self.team.check()
            if self.store.completed() >= len(self.orders) and self.store.count(left) == 0:
                return

    def judge(self) -> None:
        """Whether all is true that must be."""
        everything = self.folder / "all.jsonl"
        everything.write_text("".join(f"{order.line}\n" for order in self.orders), "utf-8")
        before = self.store.query("SELECT count(*), max(seq), sum(state) FROM delivery")
        again = [json.loads(line) for line in self.store.call("publish", "--json", str(everything)).splitlines()]
        if any(receipt["new"] for receipt in again):
            self.told.problems.append("an event that was published again was new")
        if (after := self.store.query("SELECT count(*), max(seq), sum(state) FROM delivery")) != before:
            self.told.problems.append(f"publishing again changed {before} to {after}")
        made = calls(self.store, self.ledger, self.killed)
        self.told.repeated, self.told.by_lease = made.repeated, made.by_lease
        self.told.taken_over = self.store.count("SELECT count(*) FROM delivery WHERE failures LIKE '%\"WorkerLost\"%'")
        self.told.problems += [*differences(self.orders, results(self.store)), *broken(self.store), *made.problems]


@dataclass
class Tally:
    """What came of all runs."""

    passed: Counter[str] = field(default_factory=Counter[str])
    """Kills after which all was as it must be, by language."""
    failed: Counter[str] = field(default_factory=Counter[str])
    orders: int = 0
    taken_over: int = 0
    repeated: int = 0

    @property
    def kills(self) -> int:
        """How many there were."""
        return sum(self.passed.values()) + sum(self.failed.values())

    def add(self, told: Told) -> None:
        """Adds a run."""
        (self.failed if told.problems else self.passed).update(told.kills)
        self.orders += told.orders
        self.taken_over += told.taken_over
        self.repeated += told.repeated

    def report(self, languages: Collection[str], checks: bool) -> int:
        """Writes a row for each language, and one for the checks; gives the exit status."""
        at_work = self.taken_over > 0 and self.repeated > 0
        if not at_work:
            print("no kill hit a worker at work, so nothing was tested")
        rows = [(language, self.passed[language], self.failed[language]) for language in languages]
        rows.append(("checks", int(checks) + int(at_work), int(not checks) + int(not at_work)))
        if folder := os.environ.get("ARVO_REPORTS"):
            common = {"language": "All", "suite": "kills", "differences": 0}
            report = [{**common, "file": file, "passed": good, "failed": bad} for file, good, bad in rows]
            Path(folder, "all-kills.json").write_text(json.dumps(report) + "\n", "utf-8")
        return int(any(bad for _, _, bad in rows))


def main() -> int:
    """Runs until there were kills enough."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200, help="how many workers to kill in all")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="what the first run draws from")
    parser.add_argument("arvo", help="the command line's program")
    parser.add_argument("languages", nargs="+", metavar="Language=command")
    given = parser.parse_args()
    commands, orders = commands_of(given.languages), recorded()
    tally, missed, began = Tally(), list[str](), time.monotonic()
    target = Path("target")  # on a disk, as a user's would be
    target.mkdir(exist_ok=True)
    for seed in itertools.count(given.seed):
        at, folder = time.monotonic(), Path(tempfile.mkdtemp(prefix="kills-", dir=target))
        run = Run(folder, given.arvo, commands, orders, seed)
        told = run.run()
        tally.add(told)
        print(
            f"seed {seed}: {told.orders} orders, {sum(told.kills.values())} kills ({told.renamed} under a new name), "
            f"{told.taken_over} events taken over, {told.repeated} calls repeated "
            f"({told.by_lease} because a lease ended), {time.monotonic() - at:.1f} s",
            flush=True,
        )
        if told.problems:
            print("".join(f"  {problem}\n" for problem in told.problems[:SHOWN]), end="")
            print(f"  {len(told.problems)} problems; the store and what the workers wrote are in {folder}", flush=True)
        elif seed == given.seed:
            missed = unnoticed(run.store, run.ledger, run.killed, run.orders, folder)
            print("".join(f"  {what}\n" for what in missed), end="")
        if not told.problems:
            shutil.rmtree(folder)
        if tally.kills >= given.kills or not told.kills:
            break
    kills = tally.passed + tally.failed
    print(
        f"{tally.kills} kills ({', '.join(f'{count} {language}' for language, count in kills.items())}), "
        f"{tally.orders:,} orders, {tally.taken_over:,} events taken over, {tally.repeated:,} calls repeated, "
        f"{time.monotonic() - began:.0f} s"
    )
    return tally.report(commands, checks=not missed)


if __name__ == "__main__":
    sys.exit(main())
