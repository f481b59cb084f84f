"""Workers: handlers and workflows at work on a durable store.

They claim events, run them, and commit what came of it. When to ask the store for what is the core's to say; the loops
here run the user's functions, the plain worker one after the other in the thread that runs it, the asynchronous one
side by side as tasks of its event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple, Optional, Union

from arvo import _arvo, driver, recorder, signals
from arvo._arvo import Event, Job
from arvo.async_store import AsyncStore
from arvo.broker import AnyHandler, OnError, PlainHandler
from arvo.errors import ConfigViolation, StoreError
from arvo.functions import Functions
from arvo.handler import AsyncHandler
from arvo.loops import Ear
from arvo.orchestrator import AsyncOrchestrator
from arvo.resumable import AsyncResumable
from arvo.rows import Tally
from arvo.store import Store
from arvo.workflow import Workflow

__all__ = ["AsyncWorker", "Retry", "Worker"]

PATIENCE = 5.0
"""Seconds in which a worker that is interrupted gives back what it holds; else its lease ends that."""
TURN = 100
"""So many jobs run before the event loop gets its turn."""


class Retry(NamedTuple):
    """How often and when a failed event is tried again. A contract or config violation is a dead letter at once.

    >>> import arvo
    >>> arvo.Retry(tries=3)
    Retry(tries=3, first=0.2, longest=60.0)
    """

    tries: int = 10
    """Tries before an event goes to the dead letters, counted when it is claimed."""
    first: float = 0.2
    """Seconds to wait after the first failure; each further one waits twice as long, give or take a half."""
    longest: float = 60.0
    """The longest wait, in seconds."""


class _Part(NamedTuple):
    """What runs the events of one handler."""

    functions: driver.Functions
    checks: dict[int, Callable[[Any], Any]]
    tables: Optional[list[Functions]]
    is_async: bool

    def begin(self, job: Job) -> driver.Begin:
        """Begins a job's execution."""
        return lambda _, trace: job.begin(self.checks, self.tables, trace)


class _Base:
    def __init__(
        self,
        store: Union[str, Store, AsyncStore],
        handlers: Sequence[AnyHandler],
        name: Optional[str],
        capacity: int,
        lease: float,
        retry: Retry,
        on_error: Optional[OnError],
        on_signals: bool,
    ) -> None:
        self._plans = [handler._plan for handler in handlers]
        self.name = f"worker-{os.getpid()}-{uuid.uuid4().hex[:8]}" if name is None else name
        """Its name among the workers of the store."""
        self._numbers = (capacity, lease * 1000, retry.tries, retry.first * 1000, retry.longest * 1000)
        _arvo.Station.check(self._plans, self.name, self._numbers)
        self._parts = [_part(handler) for handler in handlers]
        self._own = Store(store) if isinstance(store, str) else None
        self._store = self._own or store
        self._on_error = on_error
        self._on_signals = on_signals
        self._lock = threading.Lock()
        self._station: Optional[_arvo.Station] = None
        self._stopped = False

    def stop(self) -> None:
        """Claim nothing more and finish what runs; then `run` ends. From any thread; for good."""
        with self._lock:
            self._stopped = True
            station = self._station
        if station is not None:
            station.stop()

    def tally(self) -> Tally:
        """What it did so far."""
        return Tally() if self._station is None else Tally(*self._station.tally())

    def _open(self) -> Optional[_arvo.Station]:
        with self._lock:
            if self._station is not None:
                raise ConfigViolation(f"worker {self.name} runs, or has run; make another one")
            if self._stopped:
                return None
            assert not isinstance(self._store, str)
            self._station = _arvo.Station(
                self._store._native, self._plans, self.name, self._numbers, recorder.is_measured()
            )
        if self._on_signals:
            signals.add(self)
        return self._station

    def _close(self) -> None:
        signals.remove(self)
        if self._own is not None:
            self._own.close()

    def _do(self, job: Job, part: _Part) -> None:
        try:
            driver.run(part.begin(job), self._plans[job.plan], job.event, part.functions)
        except Exception as error:
            job.fail(error)  # changes nothing where the execution has told its end
            self._tell(error, job.event)
        except BaseException as error:  # the program shall end
            job.fail(error)
            raise

    def _tell(self, error: BaseException, event: Event) -> None:
        if self._on_error is None:
            return
        try:
            self._on_error(error, event)
        except Exception as failure:  # nobody is left to tell, and the others' events must go on
            unraisable: Any = SimpleNamespace(
                exc_type=type(failure),
                exc_value=failure,
                exc_traceback=failure.__traceback__,
                err_msg="the worker's on_error failed",
                object=self._on_error,
            )
            sys.unraisablehook(unraisable)

    def __repr__(self) -> str:
        """Its class and name."""
        return f"{type(self).__name__}({self.name!r})"


class Worker(_Base):
    """A worker of plain handlers and workflows: one event after the other, in the thread that runs it.

    User code runs at least once for an event; its record, its answers and the acknowledgement take effect exactly once.
    The workflows' own memories are not used: their records are in the store. More workers, in this process or others,
    share the work.

    >>> import arvo, threading
    >>> def hello(input):
    ...     return arvo.Output("evt.greet.user.success", {"text": f"Hello, {input.data['name']}!"})
    >>> store = arvo.Store("sqlite::memory:")
    >>> worker = arvo.Worker(store, [arvo.handler(greet.contract, {"1.0.0": hello})])
    >>> thread = threading.Thread(target=worker.run)  # in a program of its own: worker.run()
    >>> thread.start()
    >>> store.wait(store.publish(greet.accepts({"name": "Ada"}, source="com.shop.web"))).data["text"]
    'Hello, Ada!'
    >>> worker.stop(); thread.join()
    >>> worker.tally().handled
    1
    """

    def __init__(
        self,
        store: Union[str, Store, AsyncStore],
        handlers: Iterable[PlainHandler],
        *,
        name: Optional[str] = None,
        capacity: int = 100,
        lease: float = 30.0,
        retry: Retry = Retry(),  # noqa: B008  # immutable
        on_error: Optional[OnError] = None,
        on_signals: bool = True,
    ) -> None:
        """Make a worker; it claims nothing before :meth:`run`.

        Args:
            store: an open store, or the URL of one, which the worker then opens, and closes once it is over.
            handlers: each serves the events of its type alone.
            name: its own among the workers of the store: one that starts under the name of another takes over what that
                one held, at once. Else a fresh one.
            capacity: how many events it holds at once, running or about to.
            lease: seconds that its claims outlive it. While it lives they are renewed, whatever its functions do.
            retry: what becomes of failures.
            on_error: told of every failure, with the event that it happened with; None: nobody is told, and the store
                keeps the causes.
            on_signals: whether SIGTERM and SIGINT stop it, if it runs in the main thread; a second one does what it
                would have done without the worker.

        Raises:
            ConfigViolation: there is no handler, two serve one type, or one is asynchronous, so that an
                :class:`AsyncWorker` is needed.
            StoreError: the URL or the file is not what it should be.
        """
        handlers = list(handlers)
        for handler in handlers:
            if isinstance(handler, (AsyncHandler, AsyncResumable, AsyncOrchestrator)):
                raise ConfigViolation(f"{handler!r} is asynchronous; make an arvo.AsyncWorker of it")
        super().__init__(store, handlers, name, capacity, lease, retry, on_error, on_signals)

    def run(self) -> None:
        """Run what comes, until it is stopped.

        Raises:
            StoreError: the store can't go on, or was opened before a `fork`.
        """
        station = self._open()
        if station is None:
            return
        try:
            while (taken := _take(station)) is not None:
                if isinstance(taken, Job):
                    self._do(taken, self._parts[taken.plan])
                else:
                    station.wait(taken)
        except BaseException:
            _leave(station)
            raise
        finally:
            self._close()


class AsyncWorker(_Base):
    """A worker of any handlers and workflows: all that can run runs at once, as tasks of the running event loop.

    >>> import arvo, asyncio
    >>> async def hello(input):
    ...     await asyncio.sleep(0)
    ...     return arvo.Output("evt.greet.user.success", {"text": f"Hello, {input.data['name']}!"})
    >>> async def main():
    ...     store = arvo.AsyncStore("sqlite::memory:")
    ...     worker = arvo.AsyncWorker(store, [arvo.handler(greet.contract, {"1.0.0": hello})])
    ...     running = asyncio.create_task(worker.run())  # in a program of its own: await worker.run()
    ...     answer = await store.wait(await store.publish(greet.accepts({"name": "Ada"}, source="com.shop.web")))
    ...     worker.stop()
    ...     await running
    ...     return answer.data["text"]
    >>> asyncio.run(main())
    'Hello, Ada!'
    """

    def __init__(
        self,
        store: Union[str, Store, AsyncStore],
        handlers: Iterable[AnyHandler],
        *,
        name: Optional[str] = None,
        capacity: int = 100,
        lease: float = 30.0,
        retry: Retry = Retry(),  # noqa: B008  # immutable
        on_error: Optional[OnError] = None,
        on_signals: bool = True,
    ) -> None:
        """Make a worker; everything as :class:`Worker`.

        Raises:
            ConfigViolation: there is no handler, or two serve one type.
            StoreError: the URL or the file is not what it should be.
        """
        super().__init__(store, list(handlers), name, capacity, lease, retry, on_error, on_signals)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Run what comes, until it is stopped.

        Cancelling it cancels what runs, which counts as a failed try of those events.

        Raises:
            StoreError: the store can't go on, or was opened before a `fork`.
        """
        station = self._open()
        if station is None:
            return
        loop = asyncio.get_running_loop()
        ear, over = Ear.of(loop), loop.create_future()
        here = contextvars.copy_context()  # the bell rings in whatever context the loop's first listener had
        number = ear.listen(lambda: here.run(self._pump, station, over))
        station.listen(ear.bell, number)
        try:
            self._pump(station, over)
            await asyncio.wait([over])
            over.result()
        except BaseException:
            for task in self._tasks:
                task.cancel()
            station.stop()
            await _leave_later(station)
            raise
        finally:
            station.listen(None, number)
            ear.forget(number)
            over.cancel()
            while self._tasks:
                await asyncio.wait(self._tasks)
            self._close()

    def _pump(self, station: _arvo.Station, over: asyncio.Future[None]) -> None:
        """Begin whatever there is to do."""
        if over.done():
            return
        try:
            for _ in range(TURN):
                taken = _take(station)
                if isinstance(taken, Job):
                    self._begin(taken)
                    continue
                if taken is None:
                    over.set_result(None)
                return  # the bell rings when there is more
        except BaseException as error:
            over.set_exception(error)
            return
        over.get_loop().call_soon(self._pump, station, over)

    def _begin(self, job: Job) -> None:
        part = self._parts[job.plan]
        if not part.is_async:
            self._do(job, part)
            return
        task = asyncio.get_running_loop().create_task(self._do_later(job, part))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do_later(self, job: Job, part: _Part) -> None:
        try:
            await driver.run_async(part.begin(job), self._plans[job.plan], job.event, part.functions)
        except Exception as error:
            job.fail(error)
            self._tell(error, job.event)
        except BaseException as error:  # cancelled, or the program shall end
            job.fail(error)
            raise


def _part(handler: AnyHandler) -> _Part:
    if isinstance(handler, Workflow):
        return _Part(handler._functions, handler._checks, handler._tables, isinstance(handler, AsyncResumable))
    return _Part(handler._functions, handler.contract._table.checks, None, isinstance(handler, AsyncHandler))


def _take(station: _arvo.Station) -> Union[Job, float, None]:
    """What there is to do next; what is measured is recorded before."""
    while isinstance(taken := station.take(recorder.is_measured()), tuple):
        recorder.measure(*taken)
    return taken


def _leave(station: _arvo.Station) -> None:
    """Give back what is held, so that others need not wait for the end of the lease."""
    station.stop()
    until = time.monotonic() + PATIENCE
    with contextlib.suppress(StoreError):
        while time.monotonic() < until and (taken := station.take()) is not None:
            if not isinstance(taken, Job):
                station.wait(0.02)


async def _leave_later(station: _arvo.Station) -> None:
    with contextlib.suppress(StoreError):
        for _ in range(int(PATIENCE / 0.01)):
            if station.take() is None:
                return
            await asyncio.sleep(0.01)
