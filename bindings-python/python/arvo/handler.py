"""Handlers: a contract and one function for each of its versions.

A handler keeps no state. `execute` checks the event against the contract, calls the function of its version, checks
what that returns and gives back the events to send; every rule of that is the core's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, Optional, TypeVar, Union, overload

from arvo import _arvo, driver, telemetry
from arvo._arvo import Call, Event
from arvo.contract import Contract, VersionedContract
from arvo.output import Returned
from arvo.recorder import InheritFrom
from arvo.telemetry import SpanSpec

__all__ = ["AsyncHandler", "Domains", "Handler", "Input", "handler"]

In = TypeVar("In")
In_co = TypeVar("In_co", covariant=True)


class Domains(NamedTuple):
    """Where the handler and the event at hand belong."""

    self: Optional[str]  # the reference's name for it
    """Domain of the handler's contract."""
    event: Optional[str]
    """Domain of the event."""


class Input(Generic[In_co]):
    """What a handler function gets."""

    __slots__ = ("contract", "data", "event")

    data: In_co
    """The event's data as the contract's schema makes it: defaults filled, a dict or an instance of the model."""
    event: Event
    """The event as it came."""
    contract: VersionedContract[In_co]
    """The contract's version that the event follows."""

    def __init__(self, data: In_co, event: Event, contract: VersionedContract[In_co]) -> None:
        """Made by the handler; in a test, by hand."""
        self.data = data
        self.event = event
        self.contract = contract

    @property
    def source(self) -> str:
        """The handler's name as a source of events."""
        return self.contract.accepts_type

    @property
    def domain(self) -> Domains:
        """Where the handler and the event belong."""
        return Domains(self.contract.domain, self.event.domain)

    def __repr__(self) -> str:
        """The event and the version; data may be private."""
        return f"Input(event={self.event!r}, contract={self.contract.dataschema!r})"


Function = Callable[[Input[In]], Returned]
AsyncFunction = Callable[[Input[In]], Awaitable[Returned]]


class _Base(Generic[In]):
    __slots__ = ("_functions", "_plan", "contract")

    def __init__(
        self,
        contract: Contract[In],
        functions: Mapping[str, Callable[[Input[In]], Any]],
        executionunits: Optional[float],
        emits_domains: Optional[Iterable[Optional[str]]],
        error_domains: Optional[Iterable[Optional[str]]],
        span: Optional[SpanSpec],
    ) -> None:
        self.contract = contract
        """The contract that it serves."""
        self._plan = _arvo.Plan(
            contract._native,
            list(functions),
            executionunits,
            None if emits_domains is None else list(emits_domains),
            None if error_domains is None else list(error_domains),
            telemetry.wishes(span),
        )
        self._functions = [_called(functions[version], contract.version(version)) for version in contract.versions]

    @property
    def source(self) -> str:
        """Its name as a source of events: the type that its contract accepts."""
        return self.contract.type

    def _begin(self, event: Event, trace: Optional[_arvo.Trace], /) -> tuple[_arvo.Running, driver.Step]:
        return self._plan.begin(event, self.contract._table.checks, None, None, trace)

    def __repr__(self) -> str:
        """Its class and source."""
        return f"{type(self).__name__}({self.source!r})"


class Handler(_Base[In]):
    """A handler of plain functions; made by :func:`handler`."""

    __slots__ = ()

    def execute(self, event: Event, *, inherit_from: InheritFrom = "event") -> list[Event]:
        """Handle one event; give back the events to send.

        May be called from any thread, and from async code where the functions do not block for long. Where the program
        traces, the span is a child of the event's; or of the active one, with `inherit_from="context"`.

        Raises:
            ConfigViolation: the event is of another type, or names an unknown version.
            ContractViolation: the event's data, or what the function returned, breaks the contract: see `issues`.
            Violation: one that the function raised, the very same object. Any other exception of the function becomes
                a system error event.
        """
        return driver.run(self._begin, self._plan, event, self._functions, None, inherit_from)


class AsyncHandler(_Base[In]):
    """A handler with coroutine functions; made by :func:`handler`.

    From plain code: ``asyncio.run(handler.execute(event))``.
    """

    __slots__ = ()

    async def execute(self, event: Event, *, inherit_from: InheritFrom = "event") -> list[Event]:
        """Handle one event; give back the events to send. Cancelling it emits nothing.

        Where the program traces, the span is a child of the event's; or of the active one, with
        `inherit_from="context"`.

        Raises:
            ConfigViolation: the event is of another type, or names an unknown version.
            ContractViolation: the event's data, or what the function returned, breaks the contract: see `issues`.
            Violation: one that the function raised, the very same object. Any other exception of the function becomes
                a system error event.

        >>> import arvo, asyncio
        >>> async def slowly(input):
        ...     await asyncio.sleep(0)
        ...     return arvo.Output("evt.greet.user.success", {"text": "Hello"})
        >>> event = greet.accepts({"name": "Ada"}, source="com.shop.web")
        >>> [answer] = asyncio.run(arvo.handler(greet.contract, {"1.0.0": slowly}).execute(event))
        >>> answer.data["text"]
        'Hello'
        """
        return await driver.run_async(self._begin, self._plan, event, self._functions, None, inherit_from)


@overload
def handler(
    contract: Contract[In],
    functions: Mapping[str, Function[In]],
    *,
    executionunits: Optional[float] = None,
    emits_domains: Optional[Iterable[Optional[str]]] = None,
    error_domains: Optional[Iterable[Optional[str]]] = None,
    span: Optional[SpanSpec] = None,
) -> Handler[In]: ...


@overload
def handler(
    contract: Contract[In],
    functions: Mapping[str, AsyncFunction[In]],
    *,
    executionunits: Optional[float] = None,
    emits_domains: Optional[Iterable[Optional[str]]] = None,
    error_domains: Optional[Iterable[Optional[str]]] = None,
    span: Optional[SpanSpec] = None,
) -> AsyncHandler[In]: ...


def handler(
    contract: Contract[In],
    functions: Mapping[str, Callable[[Input[In]], Any]],
    *,
    executionunits: Optional[float] = None,
    emits_domains: Optional[Iterable[Optional[str]]] = None,
    error_domains: Optional[Iterable[Optional[str]]] = None,
    span: Optional[SpanSpec] = None,
) -> Union[Handler[In], AsyncHandler[In]]:
    """Make a handler of a contract and a function for each of its versions.

    Plain functions make a :class:`Handler`. If one of them is a coroutine function, it is an :class:`AsyncHandler`,
    whose `execute` is awaited. Where versions accept different models, annotate the contract as ``Contract[Any]``.

    Args:
        contract: what the handler serves.
        functions: by version. Each gets an :class:`Input` and returns nothing, an :class:`Output`, or a list of them.
        executionunits: what events cost where an output does not say.
        emits_domains: where outputs go that do not say; names or :class:`~arvo.Domain`. Absent: back to the workflow.
        error_domains: the same for system errors.
        span: what is different about the spans of its executions.

    Raises:
        ContractError: a version has no function.

    >>> import arvo
    >>> def friendly(input):
    ...     return arvo.Output("evt.greet.user.success", {"text": f"Hello, {input.data['name']}!"})
    >>> event = greet.accepts({"name": "Ada"}, source="com.shop.web")
    >>> [answer] = arvo.handler(greet.contract, {"1.0.0": friendly}).execute(event)
    >>> answer.type, answer.to, answer.data["text"]
    ('evt.greet.user.success', 'com.shop.web', 'Hello, Ada!')
    """
    kind = AsyncHandler if any(map(driver.is_async, functions.values())) else Handler
    return kind(contract, functions, executionunits, emits_domains, error_domains, span)


def _called(function: Callable[[Input[In]], Any], contract: VersionedContract[In]) -> Callable[[Call], Any]:
    return lambda call: function(Input(call.data, call.event, contract))
