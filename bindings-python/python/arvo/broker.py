"""Local brokers: handlers and workflows in one process, their events handed from one to the other.

Who gets an event, who is busy and what is left of a conversation is the core's to say; the loops here do the work. The
plain broker does one thing after the other, the asynchronous one as much at once as there is.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from types import SimpleNamespace
from typing import Any, Optional, Protocol, Union

from arvo._arvo import Dispatcher, Event, Work
from arvo.errors import ConfigViolation
from arvo.handler import AsyncHandler, Handler
from arvo.orchestrator import AsyncOrchestrator, Orchestrator
from arvo.recorder import measure_queue
from arvo.resumable import AsyncResumable, Resumable
from arvo.workflow import Workflow

__all__ = ["AsyncBroker", "Broker", "Publish"]

PlainHandler = Union[Handler[Any], Resumable[Any], Orchestrator]
AnyHandler = Union[PlainHandler, AsyncHandler[Any], AsyncResumable[Any], AsyncOrchestrator]
OnError = Callable[[BaseException, Event], object]


class Publish(Protocol):
    """Publishes an event within the conversation at hand."""

    def __call__(self, event: Event, /) -> None:
        """Queue it; raises BrokerError where it has no `to`, or the queue is full."""


class _Base:
    def __init__(
        self,
        handlers: Iterable[AnyHandler],
        on_error: Optional[OnError],
        on_domained_event: Optional[Callable[[Event, Publish], Any]],
        queue_limit: int,
    ) -> None:
        self._dispatcher = Dispatcher(queue_limit, on_domained_event is not None)
        self._handlers: dict[int, AnyHandler] = {}
        for handler in handlers:
            serial = isinstance(handler, Workflow)
            self._handlers[self._dispatcher.subscribe(handler.source, True, serial)] = handler
        self._on_error = on_error
        self._on_domained_event = on_domained_event

    @property
    def history(self) -> list[Event]:
        """All events published so far, in order."""
        return self._dispatcher.history

    @property
    def topics(self) -> list[str]:
        """What the handlers accept, in their order."""
        return self._dispatcher.topics

    @property
    def queued(self) -> int:
        """How many events wait."""
        return self._dispatcher.queued

    def clear_history(self) -> None:
        """Forget the events published so far."""
        self._dispatcher.clear_history()

    def _next(self) -> Optional[Work]:
        work = self._dispatcher.next()
        measure_queue(self._dispatcher)
        return work

    def _begin(self, work: Work) -> Any:
        """Hand out a piece of work; what comes of it may have to be awaited."""
        if work.kind == "deliver":
            return self._handlers[work.subscriber].execute(work.event)
        assert self._on_domained_event is not None, "the core hands out such work only where there is a callback"
        return self._on_domained_event(work.event, self._publisher(work.errand))

    def _publisher(self, errand: int) -> Publish:
        def publish(event: Event) -> None:
            self._dispatcher.publish(event, errand)

        return publish

    def _finish(self, work: Work, returned: Any) -> None:
        self._dispatcher.answer(work.delivery, returned if work.kind == "deliver" else [])

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
                err_msg="the broker's on_error failed",
                object=self._on_error,
            )
            sys.unraisablehook(unraisable)

    def __repr__(self) -> str:
        """Its class and topics."""
        return f"{type(self).__name__}({self.topics!r})"


class Broker(_Base):
    """A broker of plain handlers and workflows: one thing after the other, in the thread that asks.

    Several threads may ask at once; each does whatever work there is.

    >>> import arvo
    >>> def hello(input):
    ...     return arvo.Output("evt.greet.user.success", {"text": f"Hello, {input.data['name']}!"})
    >>> broker = arvo.Broker([arvo.handler(greet.contract, {"1.0.0": hello})])
    >>> broker.resolve(greet.accepts({"name": "Ada"}, source="com.shop.web")).data["text"]
    'Hello, Ada!'
    """

    def __init__(
        self,
        handlers: Iterable[PlainHandler],
        *,
        on_error: Optional[OnError] = None,
        on_domained_event: Optional[Callable[[Event, Publish], object]] = None,
        queue_limit: int = 1_000_000,
    ) -> None:
        """Make a broker.

        Args:
            handlers: each has the topic that it accepts alone.
            on_error: told of every failure, with the event that it happened with; None: nobody is told.
            on_domained_event: gets the events that leave the local flow, and a function that publishes within the same
                conversation. Without it such an event is a failure.
            queue_limit: events that may wait.

        Raises:
            BrokerError: two handlers accept one topic.
            ConfigViolation: a handler is asynchronous, so that an :class:`AsyncBroker` is needed.
        """
        handlers = list(handlers)
        for handler in handlers:
            if isinstance(handler, (AsyncHandler, AsyncResumable, AsyncOrchestrator)):
                raise ConfigViolation(f"{handler!r} is asynchronous; make an arvo.AsyncBroker of it")
        super().__init__(handlers, on_error, on_domained_event, queue_limit)
        self._changed = threading.Condition()
        self._answers: dict[int, Optional[Event]] = {}

    def publish(self, event: Event) -> None:
        """Queue an event; :meth:`run`, or anybody's :meth:`resolve`, delivers it.

        Raises:
            BrokerError: the event has no `to`, or the queue is full.
        """
        self._dispatcher.publish(event)
        measure_queue(self._dispatcher)

    def resolve(self, event: Event, *, timeout: Optional[float] = None) -> Optional[Event]:
        """Publish an event, and do all work until nothing is left of that conversation.

        Args:
            event: its source gets the answer; it must not be a handler's.
            timeout: seconds; looked at between two pieces of work.

        Returns:
            The last event that came back to the event's source, or None.

        Raises:
            BrokerError: the event has no `to`, its source is a handler's topic, or the queue is full.
            TimeoutError: time is up; what was begun goes on with the next call.
        """
        until = None if timeout is None else time.monotonic() + timeout
        errand = self._dispatcher.resolve(event)
        try:
            self._work(lambda: errand in self._answers, until)
            return self._answers.pop(errand)
        finally:
            self._dispatcher.forget(errand)

    def run(self) -> None:
        """Do all work until nothing is queued and nothing runs."""
        self._work(lambda: self._dispatcher.is_quiet, None)

    def _work(self, is_over: Callable[[], bool], until: Optional[float]) -> None:
        while not is_over():
            if until is not None and time.monotonic() >= until:
                raise TimeoutError("the conversation is not over yet; give it more time, or look at the history")
            work = self._next()
            if work is not None:
                self._do(work)
                with self._changed:
                    self._changed.notify_all()
                continue
            with self._changed:  # another thread is at work: what it gives may be for us
                self._changed.wait(0.01 if until is None else min(0.01, max(0.0, until - time.monotonic())))

    def _do(self, work: Work) -> None:
        if work.kind == "resolved":
            self._answers[work.errand] = work.event
        elif work.kind == "failed":
            self._tell(work.error, work.event)
        else:
            try:
                returned = self._begin(work)
                if inspect.iscoroutine(returned):
                    returned.close()
                    raise ConfigViolation("on_domained_event is asynchronous; make an arvo.AsyncBroker")
            except Exception as error:
                self._dispatcher.fail(work.delivery)
                self._tell(error, work.event)
            except BaseException:
                self._dispatcher.fail(work.delivery)
                raise
            else:
                self._finish(work, returned)


class AsyncBroker(_Base):
    """A broker of any handlers and workflows: all that can run runs at once, as tasks of the running event loop.

    >>> import arvo, asyncio
    >>> async def hello(input):
    ...     await asyncio.sleep(0)
    ...     return arvo.Output("evt.greet.user.success", {"text": f"Hello, {input.data['name']}!"})
    >>> broker = arvo.AsyncBroker([arvo.handler(greet.contract, {"1.0.0": hello})])
    >>> answer = asyncio.run(broker.resolve(greet.accepts({"name": "Ada"}, source="com.shop.web")))
    >>> answer.data["text"]
    'Hello, Ada!'
    """

    def __init__(
        self,
        handlers: Iterable[AnyHandler],
        *,
        on_error: Optional[OnError] = None,
        on_domained_event: Optional[Callable[[Event, Publish], Union[Awaitable[object], object]]] = None,
        queue_limit: int = 1_000_000,
    ) -> None:
        """Make a broker; everything as :class:`Broker`, but that `on_domained_event` may be a coroutine function.

        Raises:
            BrokerError: two handlers accept one topic.
        """
        super().__init__(handlers, on_error, on_domained_event, queue_limit)
        self._futures: dict[int, asyncio.Future[Optional[Event]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def publish(self, event: Event) -> None:
        """Queue an event, and begin its delivery; needs a running event loop.

        Raises:
            BrokerError: the event has no `to`, or the queue is full.
        """
        self._dispatcher.publish(event)
        self._pump()

    async def resolve(self, event: Event, *, timeout: Optional[float] = None) -> Optional[Event]:
        """Publish an event, and wait until nothing is left of that conversation.

        May be called many times at once, also from inside a handler. Cancelling it gives up the answer; what was begun
        goes on.

        Args:
            event: its source gets the answer; it must not be a handler's.
            timeout: seconds.

        Returns:
            The last event that came back to the event's source, or None.

        Raises:
            BrokerError: the event has no `to`, its source is a handler's topic, or the queue is full.
            TimeoutError: time is up; what was begun goes on.
        """
        errand = self._dispatcher.resolve(event)
        future = self._futures[errand] = asyncio.get_running_loop().create_future()
        try:
            self._pump()
            return await asyncio.wait_for(future, timeout)
        except asyncio.TimeoutError:  # of its own class before Python 3.11
            raise TimeoutError(f"the conversation of {event.id} was not over in {timeout} seconds") from None
        finally:
            self._futures.pop(errand, None)
            self._dispatcher.forget(errand)

    async def run(self) -> None:
        """Wait until nothing is queued and nothing runs."""
        self._pump()
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _publisher(self, errand: int) -> Publish:
        def publish(event: Event) -> None:
            self._dispatcher.publish(event, errand)
            self._pump()

        return publish

    def _pump(self) -> None:
        """Begin whatever there is to do."""
        while (work := self._next()) is not None:
            if work.kind == "resolved":
                future = self._futures.pop(work.errand, None)
                if future is not None and not future.done():
                    future.set_result(work.event)
            elif work.kind == "failed":
                self._tell(work.error, work.event)
            else:
                task = asyncio.get_running_loop().create_task(self._do(work))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _do(self, work: Work) -> None:
        try:
            returned = self._begin(work)
            if inspect.isawaitable(returned):
                returned = await returned
        except Exception as error:
            self._dispatcher.fail(work.delivery)
            self._tell(error, work.event)
        except BaseException as error:  # the loop ends
            self._dispatcher.fail(work.delivery)
            self._tell(error, work.event)
            raise
        else:
            self._finish(work, returned)
        self._pump()
