"""Performs the steps of an execution: calls the user's function or memory, hands back what it returned or raised.

The core never waits and never calls an asynchronous function. It says what to do next, and these loops do it: one for
plain functions, one for coroutines. Whatever ends a loop early tells the core so. Where the program traces, a recorder
stands between loop and core.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Optional, Protocol, Union

from arvo._arvo import Ask, Call, Event, Plan, Running, Trace
from arvo.errors import ConfigViolation
from arvo.output import Output, Resumed
from arvo.recorder import InheritFrom, recorder

Step = Union[Call, Ask, "list[Event]"]
"""What to do next: call a function, ask the memory, or hand out the events."""

_PLAIN = frozenset({type(None), bool, dict, list, tuple, Output, Resumed})
"""What functions return as a rule; asking whether it can be awaited is dear."""

Functions = Sequence[Callable[[Call], Any]]


class Begin(Protocol):
    """Begins an execution of an event."""

    def __call__(self, event: Event, trace: Optional[Trace], /) -> tuple[Running, Step]:
        """Give it with its first step."""
        ...


class Answered(Protocol):
    """An execution, or its recorder."""

    def returned(self, value: object) -> Step:
        """The last step gave this; what comes next?"""
        ...

    def raised(self, error: BaseException) -> Step:
        """The last step raised this; what comes next?"""
        ...

    def cancel(self) -> Union[Ask, list[Event], None]:
        """Give up; what is left to do?"""
        ...


def run(
    begin: Begin,
    plan: Plan,
    event: Event,
    functions: Functions,
    memory: object = None,
    inherit_from: InheritFrom = "event",
) -> list[Event]:
    """Execute an event with plain functions."""
    records = recorder(plan, event, inherit_from)
    if records is None:
        return perform(*begin(event, None), functions, memory)
    with records:
        return perform(*records.begin(functools.partial(begin, event)), functions, memory)


async def run_async(
    begin: Begin,
    plan: Plan,
    event: Event,
    functions: Functions,
    memory: object = None,
    inherit_from: InheritFrom = "event",
) -> list[Event]:
    """Execute an event, awaiting what the functions return where it can be awaited."""
    records = recorder(plan, event, inherit_from)
    if records is None:
        return await perform_async(*begin(event, None), functions, memory)
    with records:
        return await perform_async(*records.begin(functools.partial(begin, event)), functions, memory)


def perform(running: Answered, step: Step, functions: Functions, memory: object = None) -> list[Event]:
    """Perform all steps with plain functions."""
    while not isinstance(step, list):
        try:
            try:
                returned = _perform(step, functions, memory)
                if type(returned) not in _PLAIN and inspect.isawaitable(returned):
                    raise _asynchronous(returned, step)
            except Exception as error:
                step = running.raised(error)
            else:
                step = running.returned(returned)
        except BaseException:  # it is over; or an interrupt, which is the caller's and no failure of the workflow
            left = running.cancel()
            if isinstance(left, Ask):
                with contextlib.suppress(Exception):
                    _perform(left, functions, memory)
                running.cancel()
            raise
    return step


async def perform_async(running: Answered, step: Step, functions: Functions, memory: object = None) -> list[Event]:
    """Perform all steps, awaiting what the functions return where it can be awaited."""
    while not isinstance(step, list):
        try:
            try:
                returned = _perform(step, functions, memory)
                if type(returned) not in _PLAIN and inspect.isawaitable(returned):
                    returned = await returned
            except Exception as error:
                step = running.raised(error)
            else:
                step = running.returned(returned)
        except BaseException as stop:  # it is over; or cancelled, or closed while waiting
            left = running.cancel()
            if isinstance(left, list):
                return left  # all is written, only the lock was to be given back: what happened stands
            if isinstance(left, Ask):
                await _give_back(left, memory, may_wait=not isinstance(stop, GeneratorExit))
                running.cancel()
            raise
    return step


def is_async(function: Optional[Callable[..., Any]]) -> bool:
    """Does this give something to await?"""
    while isinstance(function, functools.partial):
        function = function.func
    called = function if inspect.isroutine(function) else type(function).__call__
    return inspect.iscoroutinefunction(called)


def _perform(step: Union[Call, Ask], functions: Functions, memory: object) -> Any:
    if isinstance(step, Call):
        return functions[step.function](step)
    return getattr(memory, step.operation)(*step.arguments)


async def _give_back(lock: Ask, memory: object, *, may_wait: bool) -> None:
    with contextlib.suppress(Exception):  # locks end by themselves, this one only sooner
        returned = _perform(lock, (), memory)
        if inspect.iscoroutine(returned) and not may_wait:
            returned.close()
        elif inspect.isawaitable(returned) and may_wait:
            await returned


def _asynchronous(returned: Any, step: Union[Call, Ask]) -> ConfigViolation:
    if inspect.iscoroutine(returned):
        returned.close()
    if isinstance(step, Ask):
        return ConfigViolation(
            f"the memory's {step.operation} returned an awaitable, but it is no `async def`, so the workflow was made "
            "of plain functions; write the method as `async def`, so that the workflow knows and can be awaited"
        )
    return ConfigViolation(
        "a handler function returned an awaitable, but the handler was made of plain functions; "
        "write the function as `async def`, so that the handler knows and its execute can be awaited"
    )
