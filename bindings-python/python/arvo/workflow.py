"""What resumables and orchestrators have in common: a plan, a memory, and the steps between them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, Optional, TypedDict, TypeVar, Union

from arvo import _arvo, driver
from arvo._arvo import Event, InMemory
from arvo.contract import Contract, VersionedContract
from arvo.functions import Functions
from arvo.memory import AsyncMemory, Memory
from arvo.recorder import InheritFrom

__all__ = ["AnyMemory", "Workflow", "WorkflowDomains", "domain_lists", "memory_functions"]

In = TypeVar("In")

AnyMemory = Union[InMemory, Memory, AsyncMemory]

DomainList = Optional[Iterable[Optional[str]]]


class WorkflowDomains(TypedDict, total=False):
    """Where a workflow's events go that do not say; names or :class:`~arvo.Domain`."""

    services: DomainList
    complete: DomainList
    system_error: DomainList


class Workflow(Generic[In]):
    """A workflow of either kind."""

    __slots__ = ("_checks", "_functions", "_in_process", "_plan", "_tables", "contract", "memory")

    def __init__(
        self,
        plan: _arvo.Plan,
        contract: Contract[In],
        services: Iterable[VersionedContract[Any]],
        memory: AnyMemory,
        functions: driver.Functions = (),
        tables: Optional[list[Functions]] = None,
    ) -> None:
        self.contract = contract
        """The contract that it serves."""
        self.memory = memory
        """Where it is kept."""
        self._plan = plan
        self._functions = functions
        self._tables = tables
        self._in_process = memory if isinstance(memory, InMemory) else None
        self._checks = dict(contract._table.checks)
        for service in services:
            self._checks.update(service.contract._table.checks)

    @property
    def source(self) -> str:
        """Its name as a source of events: the type that its contract accepts."""
        return self.contract.type

    @property
    def locking(self) -> bool:
        """Whether executions lock their workflow."""
        return self._plan.locking

    def _run(self, event: Event, inherit_from: InheritFrom) -> list[Event]:
        return driver.run(self._begin, self._plan, event, self._functions, self.memory, inherit_from)

    async def _run_async(self, event: Event, inherit_from: InheritFrom) -> list[Event]:
        return await driver.run_async(self._begin, self._plan, event, self._functions, self.memory, inherit_from)

    def _begin(self, event: Event, trace: Optional[_arvo.Trace], /) -> tuple[_arvo.Running, driver.Step]:
        return self._plan.begin(event, self._checks, self._in_process, self._tables, trace)

    def __repr__(self) -> str:
        """Its class and source."""
        return f"{type(self).__name__}({self.source!r})"


def domain_lists(domains: WorkflowDomains) -> list[Optional[list[Optional[str]]]]:
    """The domains of calls, of the completion and of system errors, as the core takes them."""
    lists = (domains.get(place) for place in ("services", "complete", "system_error"))
    return [None if entries is None else list(entries) for entries in lists]


def memory_functions(memory: AnyMemory) -> list[Any]:
    """What the user's own memory may make a workflow wait for."""
    if isinstance(memory, InMemory):
        return []
    return [getattr(memory, name) for name in ("read", "write", "lock", "unlock")]
