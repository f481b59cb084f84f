"""Does a handler keep its contract? Random data that fits the contract, and data that does not, tell.

What is tried, what counts as a breach and how it is made smaller is the core's; the loop here calls the handler.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple, Optional

from arvo import _arvo, driver
from arvo._arvo import Call, Event, Trace
from arvo.broker import AnyHandler
from arvo.handler import AsyncHandler
from arvo.orchestrator import AsyncOrchestrator
from arvo.resumable import AsyncResumable
from arvo.suite import LoopRunsError, Waiting

__all__ = ["Breach", "Conformity", "ConformityError", "conforms"]


class Breach(NamedTuple):
    """How a handler breaks its contract."""

    type: str
    """Type of event that the contract accepts."""
    version: str
    """Version of the contract."""
    seed: int
    """Replays the same inputs."""
    case: int
    """The case that failed first, from 1."""
    input: Any
    """The smallest data that fails in the same way."""
    shrunk: int
    """How often smaller data was found."""
    wrong: str
    """What is wrong."""


class Conformity(NamedTuple):
    """The contract was kept, as far as was tried."""

    valid: int
    """Inputs tried that fit it."""
    invalid: int
    """Inputs tried that do not."""


class ConformityError(AssertionError):
    """A handler does not keep its contract, or it can't be told."""

    def __init__(self, report: str, breach: Optional[Breach] = None) -> None:
        """Keep the report and what it tells of."""
        super().__init__(report)
        self.breach = breach
        """The breach; None where no data could be made."""


def conforms(handler: AnyHandler, *, seed: Optional[int] = None, valid: int = 100, invalid: int = 50) -> Conformity:
    """Try random data on a handler or workflow, which gets the events that begin it.

    Input that fits the contract must end without a violation, but for those that user code raises on purpose. Input
    that does not must be refused with a contract violation before user code runs. Coroutine functions are awaited on an
    event loop of its own.

    Args:
        handler: what is tested.
        seed: the same one tries the same; absent: the environment variable `ARVO_SEED`, else a fresh one.
        valid: inputs that fit, for each version.
        invalid: inputs that do not, for each version.

    Raises:
        ConformityError: an `AssertionError` with a report: the smallest input found, what it led to, and the seed.

    >>> import arvo
    >>> def hello(input):
    ...     text = {"text": f"Hello, {input.data['name']}!"} if len(input.data["name"]) < 4 else {}
    ...     return arvo.Output("evt.greet.user.success", text)
    >>> try:
    ...     arvo.conforms(arvo.handler(greet.contract, {"1.0.0": hello}), seed=1)
    ... except arvo.ConformityError as error:
    ...     print(len(error.breach.input["name"]))
    4
    """
    chosen = os.environ.get("ARVO_SEED", "").strip() if seed is None else str(seed)
    check = _arvo.Conforms(handler._plan, chosen or None, valid, invalid)
    counted = _Counted(handler)
    with Waiting() as waiting:
        while isinstance(asked := check.next(), Event):
            trace = Trace((None, None), False, False)
            counted.calls = 0
            try:
                events = waiting.result(counted.execute(asked, trace))
            except LoopRunsError:
                raise
            except Exception as error:
                check.raised(error, trace, counted.calls)
            else:
                check.emitted([event.type for event in events], counted.calls)
    report, told = asked
    if report is not None:
        raise ConformityError(report, None if told is None else Breach(**told))
    if told == (0, 0):
        raise ConformityError("nothing was tried")
    return Conformity(*told)


class _Counted:
    """A handler whose functions are counted when they are called; those of machines are not."""

    def __init__(self, handler: AnyHandler) -> None:
        self.calls = 0
        self._handler = handler
        self._functions = [self._counting(function) for function in handler._functions]
        is_async = isinstance(handler, (AsyncHandler, AsyncResumable, AsyncOrchestrator))
        self._perform: Callable[..., Any] = driver.perform_async if is_async else driver.perform

    def _counting(self, function: Callable[[Call], Any]) -> Callable[[Call], Any]:
        def counting(call: Call) -> Any:
            self.calls += 1
            return function(call)

        return counting

    def execute(self, event: Event, trace: Trace) -> Any:
        """Its events, or what must be awaited for them."""
        memory = getattr(self._handler, "memory", None)
        return self._perform(*self._handler._begin(event, trace), self._functions, memory)
