"""Charts by themselves: a machine stepped through without contracts, events of the wire and memory, in a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Optional, Union

from arvo import _arvo
from arvo.errors import Problem
from arvo.functions import Functions, Log

__all__ = ["Chart", "ChartStep"]


class ChartStep(NamedTuple):
    """What a step led to."""

    snapshot: dict[str, Any]
    """Where the chart stands, as it is stored: `status`, `output`, `value`, `historyValue`, `context`, `children`."""
    emitted: list[Any]
    """The events sent by `emit`, in order, as the functions made them."""
    enqueued: list[Any]
    """Those of the action `enqueueArvoEvent`, which go out after them."""
    taken: list[int]
    """The transitions taken, by number: a trace for pictures."""
    tags: list[str]
    """Tags of the active states."""
    meta: dict[str, Any]
    """Meta data of the active states, by id."""


class Chart:
    """A statechart, checked and compiled; the chart of a machine is its `chart`.

    >>> import arvo
    >>> lamp = arvo.Chart({
    ...     "id": "lamp", "initial": "off", "context": {"times": 0},
    ...     "states": {
    ...         "off": {"on": {"PRESS": {
    ...             "target": "on", "actions": arvo.assign(times=lambda context: context["times"] + 1)}}},
    ...         "on": {"on": {"PRESS": "off"}}}})
    >>> step = lamp.send(lamp.start().snapshot, {"type": "PRESS"})
    >>> step.snapshot["value"], step.snapshot["context"]
    ('on', {'times': 1})
    """

    __slots__ = ("_functions", "_native")

    _functions: Functions
    _native: _arvo.Chart

    def __init__(
        self,
        definition: Mapping[str, Any],
        *,
        guards: Optional[Mapping[str, Any]] = None,
        actions: Optional[Mapping[str, Any]] = None,
        log: Optional[Log] = None,
    ) -> None:
        """Check and compile a definition; everything as :func:`~arvo.machine`, but for the contracts.

        Raises:
            ConfigViolation: what is wrong with it, all at once: see `problems`.
        """
        self._functions = Functions(log)
        taking = self._functions.taken
        setup = taking.setup(guards or {}, actions or {})
        self._native = _arvo.Chart.compile(taking.root(definition), setup["guards"], setup["actions"])

    @classmethod
    def _of(cls, native: _arvo.Chart, functions: Functions) -> Chart:
        chart = cls.__new__(cls)
        chart._native = native
        chart._functions = functions
        return chart

    @property
    def id(self) -> str:
        """Its id."""
        return self._native.id

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What looks wrong, though it runs."""
        return tuple(Problem(*each) for each in self._native.warnings)

    def start(self, input: Any = None) -> ChartStep:
        """Start a run; a machine's input is the event that begins it, as a dict.

        Raises:
            ChartError: the step failed; a guard's own exception is the `__cause__`.
            Exception: what another function raised, as it is.
        """
        return ChartStep(*self._native.start(self._functions, input))

    def send(self, snapshot: Union[Mapping[str, Any], str], event: Mapping[str, Any]) -> ChartStep:
        """Go on from a snapshot with an event, a mapping with a `type`.

        Raises:
            ChartError: the snapshot is not this chart's, or as :meth:`start`.
        """
        return ChartStep(*self._native.send(self._functions, snapshot, event))

    def transition(self, taken: int) -> Optional[str]:
        """A transition of :attr:`ChartStep.taken` as a person names it: ``lamp.off --PRESS--> lamp.on``."""
        return self._native.transition(taken)

    def mermaid(self, snapshot: Union[Mapping[str, Any], str, None] = None, *, trace: Sequence[int] = ()) -> str:
        """A Mermaid state diagram; the states of a snapshot are marked, the transitions of a trace numbered.

        Raises:
            ChartError: the snapshot is not this chart's.
        """
        return self._native.mermaid(snapshot, list(trace))

    def dot(self, snapshot: Union[Mapping[str, Any], str, None] = None, *, trace: Sequence[int] = ()) -> str:
        """The same as a Graphviz digraph."""
        return self._native.dot(snapshot, list(trace))

    def __repr__(self) -> str:
        """Its id."""
        return f"Chart({self.id!r})"
