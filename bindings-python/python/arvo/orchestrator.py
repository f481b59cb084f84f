"""Orchestrators: workflows whose versions are machines.

Between two events a workflow is a record in a memory. `execute` locks and reads it, lets the machine of its version
take one step, writes where that stands and gives back the events to send; every rule of that is the core's.
"""

from __future__ import annotations

from typing import Any, Optional, Union, overload

from arvo import _arvo, driver, telemetry
from arvo._arvo import Event, InMemory
from arvo.machine import Machine
from arvo.memory import AsyncMemory, Memory
from arvo.recorder import InheritFrom
from arvo.telemetry import SpanSpec
from arvo.workflow import AnyMemory, Workflow, WorkflowDomains, domain_lists, memory_functions

__all__ = ["AsyncOrchestrator", "Orchestrator", "orchestrator"]


class _Base(Workflow[Any]):
    __slots__ = ("machines",)

    def __init__(
        self,
        machines: tuple[Machine, ...],
        memory: AnyMemory,
        executionunits: Optional[float],
        locking: Optional[bool],
        domains: WorkflowDomains,
        span: Optional[SpanSpec],
    ) -> None:
        self.machines = machines
        """Its machines, one for each version that it serves."""
        native = [machine._native for machine in machines]
        plan = _arvo.Plan.orchestrator(native, executionunits, locking, domain_lists(domains), telemetry.wishes(span))
        services = (service for machine in machines for service in machine.services.values())
        tables = [machine._functions for machine in machines]
        super().__init__(plan, machines[0].contract.contract, services, memory, tables=tables)


class Orchestrator(_Base):
    """A workflow of machines; made by :func:`orchestrator`."""

    __slots__ = ()

    def execute(self, event: Event, *, inherit_from: InheritFrom = "event") -> list[Event]:
        """Handle one event of a workflow; give back the events to send.

        Where the program traces, the span is a child of the event's; or of the active one, with
        `inherit_from="context"`.

        Raises:
            TransactionViolation: the memory failed (what it raised is the `__cause__`), or somebody else holds the lock
                or wrote first; nothing has changed, so the event may be given again.
            ConfigViolation: no contract has the event's type, or no machine its version; or a function of the machine
                returned something to be awaited.
            ContractViolation: the event's data, or what the machine sends, breaks a contract: see `issues`.
            ExecutionViolation: the event's subject is no workflow's, or the record does not fit the machine any more.
            Violation: one that a function raised, the very same object. Any other exception of a function ends the
                workflow with system error events.
        """
        return self._run(event, inherit_from)


class AsyncOrchestrator(_Base):
    """The same with an asynchronous memory; made by :func:`orchestrator`."""

    __slots__ = ()

    async def execute(self, event: Event, *, inherit_from: InheritFrom = "event") -> list[Event]:
        """Handle one event of a workflow; give back the events to send.

        Where the program traces, the span is a child of the event's; or of the active one, with
        `inherit_from="context"`.

        Cancelling it emits nothing, writes nothing and gives the lock back. Where all is written already and only the
        lock is to be given back, the events come out all the same.

        Raises:
            Violation: as :meth:`Orchestrator.execute`.
        """
        return await self._run_async(event, inherit_from)


@overload
def orchestrator(
    *machines: Machine,
    memory: Union[InMemory, Memory, None] = None,
    executionunits: Optional[float] = None,
    locking: Optional[bool] = None,
    domains: Optional[WorkflowDomains] = None,
    span: Optional[SpanSpec] = None,
) -> Orchestrator: ...


@overload
def orchestrator(
    *machines: Machine,
    memory: AsyncMemory,
    executionunits: Optional[float] = None,
    locking: Optional[bool] = None,
    domains: Optional[WorkflowDomains] = None,
    span: Optional[SpanSpec] = None,
) -> AsyncOrchestrator: ...


def orchestrator(
    *machines: Machine,
    memory: Optional[AnyMemory] = None,
    executionunits: Optional[float] = None,
    locking: Optional[bool] = None,
    domains: Optional[WorkflowDomains] = None,
    span: Optional[SpanSpec] = None,
) -> Union[Orchestrator, AsyncOrchestrator]:
    """Make a workflow of machines, one for each version that it serves.

    If a method of the memory is a coroutine function, it is an :class:`AsyncOrchestrator`, whose `execute` is awaited.

    Args:
        machines: of one contract; workflows go on with the machine of the version that they began with.
        memory: where it is kept; absent: an :class:`InMemory` of its own.
        executionunits: what events cost that do not say.
        locking: whether to lock the workflow while an event is handled; absent: when a machine asks for it.
        domains: where events go that do not say.
        span: what is different about the spans of its executions.

    Raises:
        ConfigViolation: two machines serve one version, or follow several contracts.
        ContractError: there is no machine.

    >>> import arvo
    >>> flow = arvo.Contract.orchestrator(uri="#/flows/hello", name="hello", versions={
    ...     "1.0.0": arvo.OrchestratorSpec(init={"type": "object"}, complete={"type": "object"})})
    >>> hello = arvo.machine(self=flow.version("1.0.0"), services={"greet": greet}).create({
    ...     "id": "hello", "initial": "asking", "context": {"said": None},
    ...     "states": {
    ...         "asking": {
    ...             "entry": arvo.emit({"type": "com.greet.user", "data": {"name": "Ada"}}),
    ...             "on": {"evt.greet.user.success": {
    ...                 "target": "done", "actions": arvo.assign(said=lambda context, event: event["data"]["text"])},
    ...                 "sys.com.greet.user.error": "done"}},
    ...         "done": {"type": "final"}},
    ...     "output": lambda context: {"said": context["said"]}})
    >>> def reply(input):
    ...     return arvo.Output("evt.greet.user.success", {"text": f"Hello, {input.data['name']}!"})
    >>> broker = arvo.Broker([arvo.handler(greet.contract, {"1.0.0": reply}), arvo.orchestrator(hello)])
    >>> event = flow.version("1.0.0").init({"parentSubject$$": None}, source="com.shop.web")
    >>> broker.resolve(event).data["said"]
    'Hello, Ada!'
    """
    memory = InMemory() if memory is None else memory
    kind = AsyncOrchestrator if any(map(driver.is_async, memory_functions(memory))) else Orchestrator
    return kind(machines, memory, executionunits, locking, domains or {}, span)
