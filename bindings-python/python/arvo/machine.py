"""Machines: statecharts with the contracts that they speak by, from a dict with functions or from a portable file.

The names are XState's. A definition is JSON as in a portable machine; wherever that may hold an expression, a function
may stand, which takes as many of context, event and params as it declares. A parameter with a default is the
function's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Optional, TypeVar, Union

from arvo import _arvo
from arvo.chart import Chart
from arvo.contract import Contract, VersionedContract
from arvo.errors import Problem
from arvo.functions import Functions, Log

__all__ = [
    "Machine",
    "MachineBuilder",
    "and_",
    "assign",
    "emit",
    "enqueue_actions",
    "expr",
    "log",
    "machine",
    "not_",
    "or_",
    "raise_",
    "state_in",
]

F = TypeVar("F", bound=Callable[..., Any])

Form = Any
"""A guard, an action or a value: a name, a function, or a dict of one of the forms."""


class Machine:
    """A machine, checked and compiled: every name is resolved, so that no step meets an unknown one.

    An :func:`~arvo.orchestrator` runs it; its :attr:`chart` can be stepped through in a test.
    """

    __slots__ = ("_functions", "_native", "contract", "services")

    def __init__(
        self,
        native: _arvo.Machine,
        contract: VersionedContract[Any],
        services: Mapping[str, VersionedContract[Any]],
        functions: Functions,
    ) -> None:
        """Made by :meth:`MachineBuilder.create` and :meth:`from_json`."""
        self._native = native
        self._functions = functions
        self.contract = contract
        """Its own contract, in the version that it serves."""
        self.services = dict(services)
        """The contracts of its services, by name."""

    @classmethod
    def from_json(
        cls,
        file: Union[str, bytes, Mapping[str, Any]],
        contracts: Iterable[Contract[Any]],
        *,
        guards: Optional[Mapping[str, Form]] = None,
        actions: Optional[Mapping[str, Form]] = None,
        strict: bool = False,
        log: Optional[Log] = None,
    ) -> Machine:
        """Read a machine from its file. One of expressions alone is portable: it runs the same in every language.

        Args:
            file: `{contract, services, guards, actions, machine}` as JSON text, or as read from it; `contract` and each
                of `services` name a version of one of the contracts as `{uri, version}`.
            contracts: all that it names.
            guards: those that the file names and leaves open: functions or other forms.
            actions: the same.
            strict: refuse it for warnings too.
            log: gets label and value of each `log`; else they go to the logger `arvo`.

        Raises:
            ConfigViolation: what is wrong, all at once: see `problems`.
            DataError: it is no JSON.

        >>> import arvo
        >>> flow = arvo.Contract.orchestrator(uri="#/flows/hello", name="hello", versions={
        ...     "1.0.0": arvo.OrchestratorSpec(init={"type": "object"}, complete={"type": "object"})})
        >>> hello = arvo.Machine.from_json({
        ...     "contract": {"uri": "#/flows/hello", "version": "1.0.0"},
        ...     "services": {"greet": {"uri": "#/services/greet", "version": "1.0.0"}},
        ...     "machine": {
        ...         "id": "hello", "context": {"name": {"$": "input.data.name"}, "said": None}, "initial": "asking",
        ...         "states": {
        ...             "asking": {
        ...                 "entry": {"emit": {"type": "com.greet.user", "data": {"name": {"$": "context.name"}}}},
        ...                 "on": {"evt.greet.user.success": {
        ...                     "target": "done", "actions": {"assign": {"said": {"$": "event.data.text"}}}}}},
        ...             "done": {"type": "final"}},
        ...         "output": {"said": {"$": "context.said"}}},
        ... }, [flow, greet.contract])
        >>> hello.id, hello.source, list(hello.services)
        ('hello', 'arvo.orc.hello', ['greet'])
        """
        known = {contract.uri: contract for contract in contracts}
        functions = Functions(log)
        setup = functions.taken.setup(guards or {}, actions or {})
        native = _arvo.Machine.from_json(file, [contract._native for contract in known.values()], setup, strict)
        (uri, version), services = native.contracts()
        found = {name: known[uri].version(version) for name, (uri, version) in services}
        return cls(native, known[uri].version(version), found, functions)

    @property
    def id(self) -> str:
        """Its id."""
        return self._native.id

    @property
    def version(self) -> str:
        """The version that it serves: that of its contract."""
        return self.contract.version

    @property
    def source(self) -> str:
        """The type of the event that begins it, and the source of those that it emits."""
        return self._native.source

    @property
    def requires_resource_locking(self) -> bool:
        """Whether several of its events can be under way at once: it has parallel states, or a service that emits
        more than one type."""
        return self._native.requires_resource_locking

    @property
    def definition(self) -> str:
        """The definition as records show it: JSON text without the functions."""
        return self._native.definition

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What looks wrong, though it runs."""
        return tuple(Problem(*each) for each in self._native.warnings)

    @property
    def chart(self) -> Chart:
        """Its chart, to be stepped through without contracts and memory."""
        return Chart._of(self._native.chart(), self._functions)

    def mermaid(self, record: Union[Mapping[str, Any], str, None] = None, *, trace: Sequence[int] = ()) -> str:
        """A Mermaid state diagram.

        Args:
            record: of a workflow, or a snapshot: its states are marked, and the transitions that wait in them.
            trace: transitions taken, as :class:`~arvo.ChartStep` tells them: they are numbered.

        Raises:
            ChartError: the record is not this machine's.
        """
        return self._native.mermaid(record, list(trace))

    def dot(self, record: Union[Mapping[str, Any], str, None] = None, *, trace: Sequence[int] = ()) -> str:
        """The same as a Graphviz digraph."""
        return self._native.dot(record, list(trace))

    def describe(self, record: Union[Mapping[str, Any], str]) -> dict[str, Any]:
        """Where a record or snapshot stands: `value`, `active` states, `tags`, `meta`, the events `awaiting`, and those
        of the services that it `can` take.

        Raises:
            ChartError: the record is not this machine's.
        """
        described: dict[str, Any] = self._native.describe(record)
        return described

    def __repr__(self) -> str:
        """Its id and version."""
        return f"Machine({self.id!r}, {self.version!r})"


class MachineBuilder:
    """The parts of a machine, until :meth:`create` makes it; made by :func:`machine`."""

    def __init__(
        self,
        contract: VersionedContract[Any],
        services: Mapping[str, VersionedContract[Any]],
        guards: Mapping[str, Form],
        actions: Mapping[str, Form],
        strict: bool,
        log: Optional[Log],
    ) -> None:
        self._contract = contract
        self._services = dict(services)
        self._guards: dict[str, Form] = dict(guards)
        self._actions: dict[str, Form] = dict(actions)
        self._strict = strict
        self._log = log

    def guard(self, function: F) -> F:
        """A guard of this function's name: the truth of what it returns."""
        self._guards[_name(function)] = function
        return function

    def action(self, function: F) -> F:
        """An action of this function's name, called for its effect."""
        return self._add(function, function)

    def assign(self, function: F) -> F:
        """An action that overlays the context with the mapping that the function returns."""
        return self._add(function, {"assign": function})

    def emit(self, function: F) -> F:
        """An action that sends the event that the function returns."""
        return self._add(function, {"emit": function})

    def raise_(self, function: F) -> F:
        """An action that gives the machine itself the event that the function returns."""
        return self._add(function, {"raise": function})

    def enqueue(self, function: F) -> F:
        """An action that does what the function tells its first argument, an :class:`~arvo.Enqueue`."""
        return self._add(function, {"enqueueActions": function})

    def create(self, definition: Mapping[str, Any]) -> Machine:
        """Check and compile the machine.

        Args:
            definition: of the root state; functions and expressions may stand in it.

        Raises:
            ConfigViolation: what is wrong with it, all at once: see `problems`.
        """
        functions = Functions(self._log)
        taking = functions.taken
        native = _arvo.Machine.compile(
            self._contract._native,
            [(name, service._native) for name, service in self._services.items()],
            taking.root(definition),
            taking.setup(self._guards, self._actions),
            self._strict,
        )
        return Machine(native, self._contract, self._services, functions)

    def _add(self, function: F, form: Form) -> F:
        self._actions[_name(function)] = form
        return function


def machine(
    *,
    self: VersionedContract[Any],
    services: Optional[Mapping[str, VersionedContract[Any]]] = None,
    guards: Optional[Mapping[str, Form]] = None,
    actions: Optional[Mapping[str, Form]] = None,
    strict: bool = False,
    log: Optional[Log] = None,
) -> MachineBuilder:
    """Begin a machine: its contracts first, then functions by decorators, then the definition.

    Args:
        self: its own contract, an orchestrator's, in the version that it serves.
        services: the contracts of the services that it calls, by name.
        guards: named guards: functions, expressions, or other forms.
        actions: named actions: functions, or forms such as :func:`assign` returns.
        strict: refuse the machine for warnings too.
        log: gets label and value of each :func:`log`; else they go to the logger `arvo`.

    >>> import arvo
    >>> flow = arvo.Contract.orchestrator(uri="#/flows/welcome", name="welcome", versions={
    ...     "1.0.0": arvo.OrchestratorSpec(init={"type": "object"}, complete={"type": "object"})})
    >>> m = arvo.machine(self=flow.version("1.0.0"), services={"greet": greet})
    >>> @m.guard
    ... def polite(context, event):
    ...     return event["data"]["text"].startswith("Hello")
    >>> welcome = m.create({
    ...     "id": "welcome", "initial": "asking",
    ...     "context": lambda input: {"name": input["data"]["name"]},
    ...     "states": {
    ...         "asking": {
    ...             "entry": arvo.emit(lambda context: {"type": "com.greet.user", "data": {"name": context["name"]}}),
    ...             "on": {"evt.greet.user.success": [{"guard": "polite", "target": "done"}, {"target": "asking"}],
    ...                    "sys.com.greet.user.error": "done"}},
    ...         "done": {"type": "final"}},
    ...     "output": {"greeted": True},
    ... })
    >>> event = flow.version("1.0.0").init({"name": "Ada", "parentSubject$$": None}, source="com.shop.web")
    >>> [call] = arvo.orchestrator(welcome).execute(event)
    >>> call.type, call.data["name"]
    ('com.greet.user', 'Ada')
    """
    return MachineBuilder(self, services or {}, guards or {}, actions or {}, strict, log)


def assign(patch: Form = None, /, **values: Form) -> dict[str, Form]:
    """An action: overlay the context, one level deep, with values, or with what a function returns.

    >>> import arvo
    >>> arvo.assign(tries=0), arvo.assign({"tries": arvo.expr("context.tries + 1")})
    ({'assign': {'tries': 0}}, {'assign': {'tries': {'$': 'context.tries + 1'}}})
    """
    if patch is None:
        return {"assign": values}
    return {"assign": {**patch, **values} if values else patch}


def emit(event: Form) -> dict[str, Form]:
    """An action: send an event, `{type, data, …}`, or the one that a function returns: that may be an
    :class:`~arvo.Output` too, and its data a Pydantic model."""
    return {"emit": event}


def raise_(event: Form) -> dict[str, Form]:
    """An action: give the machine itself an event, handled within the same step."""
    return {"raise": event}


def log(value: Form, label: Optional[str] = None) -> dict[str, Form]:
    """An action: log a value."""
    return {"log": value} if label is None else {"log": value, "label": label}


def enqueue_actions(function: Callable[..., object]) -> dict[str, Form]:
    """An action: do what a function says that gets an :class:`~arvo.Enqueue`, then context, event and params."""
    return {"enqueueActions": function}


def and_(*guards: Form) -> dict[str, Form]:
    """A guard: all of these pass."""
    return {"and": [*guards]}


def or_(*guards: Form) -> dict[str, Form]:
    """A guard: one of these passes."""
    return {"or": [*guards]}


def not_(guard: Form) -> dict[str, Form]:
    """A guard: this one does not pass."""
    return {"not": guard}


def state_in(state: Union[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A guard: the machine is in this state: `#id`, a dotted path, or a state value."""
    return {"stateIn": state}


def expr(text: str) -> dict[str, str]:
    """An expression over `context`, `event` and `params` (`docs/expressions.md`): a guard or a value as data.

    >>> import arvo
    >>> arvo.expr("context.tries < 3")
    {'$': 'context.tries < 3'}
    """
    return {"$": text}


def _name(function: Callable[..., Any]) -> str:
    name: str = getattr(function, "__name__", "")
    if not name:
        raise TypeError(f"{function!r} has no name; give it by arvo.machine(guards={{name: …}}, actions={{name: …}})")
    return name
