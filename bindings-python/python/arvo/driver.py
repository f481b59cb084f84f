"""Performs the steps of an execution: calls the user's function, hands back what it returned or raised.

The core never waits and never calls an asynchronous function. It says what to do next, and these loops do it: one for
plain functions, one for coroutines. Whatever ends a loop early tells the core so.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Union

from arvo._arvo import Call, Event, Running
from arvo.errors import ConfigViolation
from arvo.output import Output

Step = Union[Call, "list[Event]"]
"""What to do next: call a function, or hand out the events."""

_PLAIN = frozenset({type(None), dict, list, tuple, Output})
"""What functions return as a rule; asking whether it can be awaited is dear."""

Functions = Sequence[Callable[[Event, Any], Any]]


def run(running: Running, step: Step, functions: Functions) -> list[Event]:
    """Perform all steps with plain functions."""
    while isinstance(step, Call):
        try:
            returned = functions[step.function](step.event, step.data)
            if type(returned) not in _PLAIN and inspect.isawaitable(returned):
                raise _asynchronous(returned)
        except Exception as error:
            step = running.raised(error)
        except BaseException:  # an interrupt is the caller's, not a failure of the handler
            running.cancel()
            raise
        else:
            step = running.returned(returned)
    return step


async def run_async(running: Running, step: Step, functions: Functions) -> list[Event]:
    """Perform all steps, awaiting what the functions return where it can be awaited."""
    while isinstance(step, Call):
        try:
            returned = functions[step.function](step.event, step.data)
            if type(returned) not in _PLAIN and inspect.isawaitable(returned):
                returned = await returned
        except Exception as error:
            step = running.raised(error)
        except BaseException:  # cancelled, or closed while waiting: nothing is emitted
            running.cancel()
            raise
        else:
            step = running.returned(returned)
    return step


def _asynchronous(returned: Any) -> ConfigViolation:
    if inspect.iscoroutine(returned):
        returned.close()
    return ConfigViolation(
        "a handler function returned an awaitable, but the handler was made of plain functions; "
        "write the function as `async def`, so that the handler knows and its execute can be awaited"
    )
