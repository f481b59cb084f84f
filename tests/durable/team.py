"""Workers as programs, and the command line: what the durable demo and the kill tests drive.

A store is looked at by `arvo query` alone, so what is said of it is what any user sees.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Optional

ORDERS = Path(os.environ.get("ARVO_ORDERS") or "examples/orders").absolute()
SERVICES = (
    "com.inventory.reserve",
    "com.inventory.release",
    "com.payment.charge",
    "com.order.approve",
    "com.label.create",
    "com.courier.book",
)
WORKFLOWS = ("arvo.orc.order.fulfilment", "arvo.orc.shipment")
SHOP = "com.shop.web"
"""Where orders come from and completions go to; nobody serves it, so completions wait in the store."""
CLERKS_DOMAIN = "human.approval"
START = 60.0
"""Seconds in which a worker must be ready, and in which it must end when it is told to: machines may be busy."""
SETTLED = 1.0
"""Seconds from its word that it is ready to the moment when SIGTERM drains a worker, and does not just end it."""


class Problem(Exception):  # noqa: N818  # it tells of the workers', not of this program's errors
    """Something that must not happen did."""


class Store:
    """A store in a file, by the command line."""

    def __init__(self, program: str, file: Path) -> None:
        """`program` is the path of `arvo`."""
        self.program = shlex.split(program)
        self.url = f"sqlite:{file}"

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Begins a command."""
        command = [*self.program, *words, "--store", self.url]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def call(self, *words: str) -> str:
        """What a command writes."""
        running = self.start(*words)
        out, err = running.communicate()
        if running.returncode != 0:
            raise Problem(f"arvo {words[0]} ended with {running.returncode}: {err.strip()}")
        return out

    def query(self, sql: str) -> list[list[Any]]:
        """The rows of a statement."""
        return json.loads(self.call("query", "--json", sql))["rows"]

    def count(self, sql: str) -> int:
        """The only number of the only row."""
        return self.query(sql)[0][0]

    def completed(self) -> int:
        """How many orders have come back to the shop; cheap, for it is asked often."""
        return self.count(
            f"SELECT count(*) FROM delivery WHERE state = 0 AND NOT lane AND domain = '' AND consumer = '{SHOP}'"
        )


class Ledger:
    """The file to which each call of a service appends a line before it acts: event, worker, process."""

    def __init__(self, file: Path) -> None:
        """The file need not be there."""
        self.file = file
        self._read = 0
        self.calls: dict[str, list[tuple[str, int]]] = {}
        """Worker and process of each call, by the consumed event's id, in the order of the calls."""
        self.by_worker: dict[str, int] = {}

    def read(self) -> None:
        """Reads what is new."""
        with contextlib.suppress(FileNotFoundError), self.file.open("rb") as file:
            file.seek(self._read)
            whole, newline, _ = file.read().rpartition(b"\n")
            self._read += len(whole) + len(newline)
            for line in whole.decode().splitlines():
                event, worker, process = line.split("\t")
                self.calls.setdefault(event, []).append((worker, int(process)))
                self.by_worker[worker] = self.by_worker.get(worker, 0) + 1

    @property
    def lines(self) -> int:
        """How many calls there were."""
        return sum(map(len, self.calls.values()))

    @property
    def repeated(self) -> dict[str, list[tuple[str, int]]]:
        """The calls that were repeated, with all that happened to them."""
        return {event: calls for event, calls in self.calls.items() if len(calls) > 1}


class Worker:
    """A worker of one language: the process that it is now, and those that it was."""

    def __init__(self, language: str, command: str, arguments: Arguments, types: Sequence[str]) -> None:
        """`command` takes the URL, a name, the lease, the ledger and the types behind it."""
        self.language = language
        self.name = language.lower()
        self.types = types
        self._command = shlex.split(command)
        self._arguments = arguments
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._ready_at: Optional[float] = None

    def start(self, name: Optional[str] = None) -> None:
        """Begins a process, under a new name if one is given."""
        self.name = name or self.name
        words = [self._arguments.url, self.name, str(self._arguments.lease), str(self._arguments.ledger), *self.types]
        with self._arguments.log.open("ab") as log:
            self._process = subprocess.Popen([*self._command, *words], stdout=subprocess.PIPE, stderr=log)
        os.set_blocking(self._out.fileno(), False)
        self._ready_at = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that it is now."""
        assert self._process is not None
        return self._process

    @property
    def _out(self) -> Any:
        return self.process.stdout

    def has_been_ready(self, seconds: float) -> bool:
        """Whether it has said so, and how long ago."""
        if self._ready_at is None and b"ready" in (self._out.read() or b""):
            self._ready_at = time.monotonic()
        return self._ready_at is not None and time.monotonic() >= self._ready_at + seconds

    def check(self) -> None:
        """A worker that ends unasked is a failure."""
        status = self.process.poll()
        if status is not None:
            raise Problem(f"{self.language}'s worker ended with {status}, see {self._arguments.log}")

    def wait_until_ready(self, seconds: float = 0.0) -> None:
        """Waits until it has been ready for so long."""
        for _ in patience(START, f"{self.language}'s worker does not begin, see {self._arguments.log}"):
            self.check()
            if self.has_been_ready(seconds):
                return

    def peak(self) -> Optional[int]:
        """The most memory that the process has held at once, in MB, if the system tells."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return round(int(line.split()[1]) / 1024)
        return None

    def kill(self) -> int:
        """Ends the process as a power cut would; gives its id."""
        self.check()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._out.close()
        return self.process.pid

    def end(self) -> None:
        """Ends it, if it runs, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._out.close()


class Arguments:
    """What all workers of a team are given."""

    def __init__(self, folder: Path, url: str, lease: int) -> None:
        """The lease is in milliseconds."""
        self.url = url
        self.lease = lease
        self.ledger = folder / "ledger"
        self.log = folder / "workers.log"


class Team:
    """Workers side by side, none of which outlives the block."""

    def __init__(self, workers: Iterable[Worker]) -> None:
        """They do not run yet."""
        self.workers = list(workers)

    def __enter__(self) -> Team:  # noqa: PYI034  # nothing derives from it
        """Starts all of them, and waits until they are ready."""
        try:
            for worker in self.workers:
                worker.start()
            for worker in self.workers:
                worker.wait_until_ready()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Ends all of them."""
        self.end()

    def end(self) -> None:
        """Ends those that run, whatever they do."""
        for worker in self.workers:
            worker.end()

    def check(self) -> None:
        """None may have ended unasked."""
        for worker in self.workers:
            worker.check()

    def drain(self) -> None:
        """Tells all to end, as a supervisor would: each must, with status 0."""
        for worker in self.workers:
            worker.wait_until_ready(SETTLED)
            worker.process.terminate()
        for worker in self.workers:
            for _ in patience(START, f"{worker.language}'s worker does not end on SIGTERM"):
                if worker.process.poll() is not None:
                    break
            if worker.process.returncode != 0:
                raise Problem(f"{worker.language}'s worker ended with {worker.process.returncode} on SIGTERM")


def patience(seconds: float, problem: str, pause: float = 0.005) -> Iterator[None]:
    """Turns of a loop that waits for something, with a little pause between them, until it is too late."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield
        time.sleep(pause)
    raise Problem(problem)


def commands_of(words: Sequence[str]) -> dict[str, str]:
    """`Language=command` of each word."""
    pairs = [word.partition("=") for word in words]
    return {language: command for language, _, command in pairs}
