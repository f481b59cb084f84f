"""Resumable workflows: one function for each version, called anew for each event of a workflow.

Between two calls the workflow is a record in a memory. `execute` locks and reads it, calls the function of the version
that the workflow began with, writes what comes of it and gives back the events to send; every rule of that is the
core's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, Optional, TypeVar, Union, overload

from arvo import _arvo, driver, telemetry
from arvo._arvo import Call, Event, InMemory
from arvo.contract import Contract, VersionedContract
from arvo.handler import Domains
from arvo.memory import AsyncMemory, Memory, Record
from arvo.output import Continued
from arvo.recorder import InheritFrom
from arvo.telemetry import SpanSpec
from arvo.workflow import AnyMemory, Workflow, WorkflowDomains, domain_lists, memory_functions

__all__ = ["AsyncResumable", "Contracts", "Resumable", "ResumableInput", "resumable"]

In = TypeVar("In")


class Contracts(NamedTuple):
    """The contracts that a workflow knows."""

    self: VersionedContract[Any]
    """Its own, in the version that it runs in."""
    services: Mapping[str, VersionedContract[Any]]
    """Those of its services, by name."""


class ResumableInput:
    """What a workflow's function gets."""

    __slots__ = ("_call", "_collected", "contracts")

    contracts: Contracts
    """The contracts that the workflow knows."""

    def __init__(self, call: Call, contracts: Contracts) -> None:
        """Made by the workflow."""
        self._call = call
        self._collected: Optional[Mapping[str, tuple[Event, ...]]] = None
        self.contracts = contracts

    @property
    def event(self) -> Event:
        """The event as it came."""
        return self._call.event

    @property
    def data(self) -> Any:
        """Its data as the schema makes it: defaults filled, a dict or an instance of the model."""
        return self._call.data

    @property
    def init(self) -> Optional[Event]:
        """The event, if it begins the workflow."""
        return self._call.event if self._call.is_init else None

    @property
    def service(self) -> Optional[Event]:
        """The event, if it comes from a service."""
        return None if self._call.is_init else self._call.event

    @property
    def context(self) -> Any:
        """The state that the last call left, a fresh copy; None when none did."""
        return self._call.context()

    @property
    def metadata(self) -> Optional[Record]:
        """The record, the event already among the responses; None at the beginning. Read anew each time."""
        return self._call.metadata()

    @property
    def collected_events(self) -> Mapping[str, tuple[Event, ...]]:
        """The responses so far to the events last sent, by type; read when first asked for.

        Raises:
            ContractViolation: one of them breaks its contract by now.
        """
        if self._collected is None:
            collected: dict[str, tuple[Event, ...]] = {}
            for event in self._call.collected():
                collected[event.type] = (*collected.get(event.type, ()), event)
            self._collected = collected
        return self._collected

    @property
    def domain(self) -> Domains:
        """Where the workflow and the event belong."""
        return Domains(self.contracts.self.domain, self.event.domain)

    @property
    def source(self) -> str:
        """The workflow's name as a source of events."""
        return self.contracts.self.accepts_type

    def __repr__(self) -> str:
        """The event and the version; state and data may be private."""
        return f"ResumableInput(event={self.event!r}, contract={self.contracts.self.dataschema!r})"


Function = Callable[[ResumableInput], Continued]
AsyncFunction = Callable[[ResumableInput], Awaitable[Continued]]


class _Base(Workflow[In]):
    __slots__ = ("services",)

    def __init__(
        self,
        contract: Contract[In],
        functions: Mapping[str, Callable[[ResumableInput], Any]],
        services: Mapping[str, VersionedContract[Any]],
        memory: AnyMemory,
        executionunits: Optional[float],
        locking: Optional[bool],
        domains: WorkflowDomains,
        span: Optional[SpanSpec],
    ) -> None:
        self.services = dict(services)
        """The contracts of its services, by name."""
        plan = _arvo.Plan.resumable(
            contract._native,
            list(functions),
            [(name, service._native) for name, service in self.services.items()],
            executionunits,
            locking,
            domain_lists(domains),
            telemetry.wishes(span),
        )
        called = [
            _called(functions[version], Contracts(contract.version(version), self.services))
            for version in contract.versions
        ]
        super().__init__(plan, contract, self.services.values(), memory, called)


class Resumable(_Base[In]):
    """A workflow of plain functions; made by :func:`resumable`."""

    __slots__ = ()

    def execute(self, event: Event, *, inherit_from: InheritFrom = "event") -> list[Event]:
        """Handle one event of a workflow; give back the events to send.

        Where the program traces, the span is a child of the event's; or of the active one, with
        `inherit_from="context"`.

        Raises:
            TransactionViolation: the memory failed (what it raised is the `__cause__`), or somebody else holds the lock
                or wrote first; nothing has changed, so the event may be given again.
            ConfigViolation: no contract has the event's type, or its version is unknown.
            ContractViolation: the event's data, or what the function returned, breaks a contract: see `issues`.
            ExecutionViolation: the event's subject is no workflow's.
            Violation: one that the function raised, the very same object. Any other exception of the function ends the
                workflow with system error events.
        """
        return self._run(event, inherit_from)


class AsyncResumable(_Base[In]):
    """A workflow of coroutine functions, or with an asynchronous memory; made by :func:`resumable`."""

    __slots__ = ()

    async def execute(self, event: Event, *, inherit_from: InheritFrom = "event") -> list[Event]:
        """Handle one event of a workflow; give back the events to send.

        Where the program traces, the span is a child of the event's; or of the active one, with
        `inherit_from="context"`.

        Cancelling it emits nothing, writes nothing and gives the lock back. Where all is written already and only the
        lock is to be given back, the events come out all the same.

        Raises:
            Violation: as :meth:`Resumable.execute`.
        """
        return await self._run_async(event, inherit_from)


@overload
def resumable(
    contract: Contract[In],
    functions: Mapping[str, Function],
    *,
    services: Optional[Mapping[str, VersionedContract[Any]]] = None,
    memory: Union[InMemory, Memory, None] = None,
    executionunits: Optional[float] = None,
    locking: Optional[bool] = None,
    domains: Optional[WorkflowDomains] = None,
    span: Optional[SpanSpec] = None,
) -> Resumable[In]: ...


@overload
def resumable(
    contract: Contract[In],
    functions: Mapping[str, Function],
    *,
    services: Optional[Mapping[str, VersionedContract[Any]]] = None,
    memory: AsyncMemory,
    executionunits: Optional[float] = None,
    locking: Optional[bool] = None,
    domains: Optional[WorkflowDomains] = None,
    span: Optional[SpanSpec] = None,
) -> AsyncResumable[In]: ...


@overload
def resumable(
    contract: Contract[In],
    functions: Mapping[str, AsyncFunction],
    *,
    services: Optional[Mapping[str, VersionedContract[Any]]] = None,
    memory: Optional[AnyMemory] = None,
    executionunits: Optional[float] = None,
    locking: Optional[bool] = None,
    domains: Optional[WorkflowDomains] = None,
    span: Optional[SpanSpec] = None,
) -> AsyncResumable[In]: ...


def resumable(
    contract: Contract[In],
    functions: Mapping[str, Callable[[ResumableInput], Any]],
    *,
    services: Optional[Mapping[str, VersionedContract[Any]]] = None,
    memory: Optional[AnyMemory] = None,
    executionunits: Optional[float] = None,
    locking: Optional[bool] = None,
    domains: Optional[WorkflowDomains] = None,
    span: Optional[SpanSpec] = None,
) -> Union[Resumable[In], AsyncResumable[In]]:
    """Make a workflow of an orchestrator's contract and a function for each of its versions.

    Plain functions make a :class:`Resumable`. If one of them, or a method of the memory, is a coroutine function, it is
    an :class:`AsyncResumable`, whose `execute` is awaited.

    Args:
        contract: what the workflow serves.
        functions: by version. Each gets a :class:`ResumableInput` and returns nothing, a :class:`Resumed`, or a dict of
            the same members.
        services: the contracts of the services that it calls, by name.
        memory: where it is kept; absent: an :class:`InMemory` of its own.
        executionunits: what events cost where an output does not say.
        locking: whether to lock the workflow while an event is handled; absent: with more than one service.
        domains: where events go that do not say.
        span: what is different about the spans of its executions.

    Raises:
        ConfigViolation: two services are versions of one contract, or the workflow is its own service.
        ContractError: a version has no function, or the contract is no orchestrator's.

    >>> import arvo
    >>> contract = arvo.Contract.orchestrator(
    ...     uri="#/flows/welcome", name="welcome",
    ...     versions={"1.0.0": arvo.OrchestratorSpec(init={"type": "object"}, complete={"type": "object"})},
    ... )
    >>> def welcome(input):
    ...     if input.init:
    ...         return arvo.Resumed(services=[arvo.Output("com.greet.user", {"name": input.data["name"]})])
    ...     return arvo.Resumed(output={"said": input.data["text"]})
    >>> flow = arvo.resumable(contract, {"1.0.0": welcome}, services={"greet": greet})
    >>> event = contract.version("1.0.0").init({"name": "Ada", "parentSubject$$": None}, source="com.shop.web")
    >>> [call] = flow.execute(event)
    >>> call.type, call.data["name"]
    ('com.greet.user', 'Ada')
    """
    memory = InMemory() if memory is None else memory
    called = [*functions.values(), *memory_functions(memory)]
    kind = AsyncResumable if any(map(driver.is_async, called)) else Resumable
    return kind(contract, functions, services or {}, memory, executionunits, locking, domains or {}, span)


def _called(function: Callable[[ResumableInput], Any], contracts: Contracts) -> Callable[[Call], Any]:
    return lambda call: function(ResumableInput(call, contracts))
