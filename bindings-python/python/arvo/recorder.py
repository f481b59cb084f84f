"""Records executions, and events being made, in the program's own OpenTelemetry, where it uses that.

What is recorded, and when, is the core's to say; here it is written with the tracer and the meter that the program
registered. Without them nothing happens: OpenTelemetry is looked for among the loaded modules, never loaded.

Nothing here may harm an execution. Whatever a tracer or meter raises is ignored, and it is left alone for the rest of
that execution.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

from arvo import _arvo

if TYPE_CHECKING:
    from types import ModuleType

    from opentelemetry.trace import Span, SpanContext, Status, Tracer
    from typing_extensions import Self

    from arvo._arvo import Ask, Call, Dispatcher, Event, Plan, Running, Trace

    Step = Union[Call, Ask, "list[Event]"]

InheritFrom = Literal["event", "context"]
"""Whose child an execution's span is: of the span in the event's headers, or of whatever span is active."""

Record = Callable[[float, "dict[str, Any]"], None]
"""Records a value on an instrument."""

Headers = tuple[Optional[str], Optional[str]]
"""`traceparent` and `tracestate`."""

Opening = tuple[str, str, "dict[str, Any]", Optional[tuple[str, Optional[str]]], int]
"""Name, kind, attributes, headers of the parent and time of a span that begins."""

Note = tuple[str, Any]
"""What is to be recorded: its kind, and what belongs to it."""

_made: dict[str, tuple[object, Any]] = {}
"""What was made of the provider that was last seen, by the module that has it."""
_here: ContextVar[object] = ContextVar("arvo_here")
"""Tells whether a span is left in the context that it was entered in."""


def recorder(plan: Plan, event: Event, inherit_from: InheritFrom) -> Optional[Recorder]:
    """Whoever records an execution; None where nobody listens."""
    if "opentelemetry" not in sys.modules:
        return None
    listening, instruments = tracer(), _instruments()
    if listening is None and instruments is None:
        return None
    span = None if listening is None else _Span(listening, plan.opening(event), inherit_from)
    return Recorder(span, instruments)


def tracer() -> Optional[Tracer]:
    """The tracer that the program registered, if it did."""
    return _of_provider("opentelemetry.trace", "get_tracer_provider", _tracer_of)


def active() -> Optional[Span]:
    """The active span; without one, the one that records nothing."""
    trace = sys.modules.get("opentelemetry.trace")
    return None if trace is None else trace.get_current_span()


def headers_of(span: Span) -> Headers:
    """What is passed on of a span."""
    context = span.get_span_context()
    if not context.is_valid:
        return None, None
    traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
    return traceparent, context.trace_state.to_header() or None


def measure_queue(dispatcher: Dispatcher) -> None:
    """How many events wait in a broker."""
    if "opentelemetry" in sys.modules and (instruments := _instruments()) is not None:
        with suppress(Exception):
            instruments["arvo.queue.depth"](dispatcher.queued, {})


def is_measured() -> bool:
    """Whether the program measures."""
    return _instruments() is not None


def measure(name: str, value: float, attributes: dict[str, Any]) -> None:
    """Record what was measured outside of executions."""
    if (instruments := _instruments()) is not None:
        with suppress(Exception):
            instruments[name](value, attributes)


class Recorder:
    """Records one execution: active in its `with`, and between the loop and the core in the place of the execution."""

    __slots__ = ("_instruments", "_running", "_span", "_trace")
    _running: Running

    def __init__(self, span: Optional[_Span], instruments: Optional[Mapping[str, Record]]) -> None:
        """Begin nothing yet; the span has begun."""
        self._span = span
        self._instruments = instruments
        headers, is_recorded = ((None, None), False) if span is None else (span.headers, span.is_recorded)
        self._trace = _arvo.Trace(headers, is_recorded, instruments is not None)

    def __enter__(self) -> Self:
        """User code that is called from here on has the span for its own."""
        if self._span is not None:
            self._span.enter()
        return self

    def __exit__(self, *_: object) -> None:
        """End the span."""
        if self._span is not None:
            self._span.leave()
            self._span.end()

    def begin(self, begin: Callable[[Trace], tuple[Running, Step]]) -> tuple[Recorder, Step]:
        """Begin the execution."""
        try:
            self._running, step = begin(self._trace)
        finally:
            self._write()
        return self, step

    def returned(self, value: object) -> Step:
        """As the execution's own."""
        try:
            return self._running.returned(value)
        finally:
            self._write()

    def raised(self, error: BaseException) -> Step:
        """As the execution's own."""
        try:
            return self._running.raised(error)
        finally:
            self._write()

    def cancel(self) -> Union[Ask, list[Event], None]:
        """As the execution's own."""
        try:
            return self._running.cancel()
        finally:
            self._write()

    def _write(self) -> None:
        for note in self._trace.take():
            if note[0] != "measure":
                if self._span is not None:
                    self._span.write(note)
            elif self._instruments is not None:
                name, value, attributes = note[1]
                try:
                    self._instruments[name](value, attributes)
                except Exception:
                    self._instruments = None


class Making:
    """The span of an event that is being made."""

    __slots__ = ("_span", "headers")

    def __init__(self, tracer: Tracer, opening: Opening) -> None:
        """Begin it; it is active until it ends."""
        self._span = _Span(tracer, opening, "context")
        self._span.enter()
        self.headers = self._span.headers
        """What the event carries, unless it has headers of its own."""

    def end(self, notes: Iterable[Note]) -> None:
        """The event is made, or can't be."""
        self._span.leave()
        for note in notes:
            self._span.write(note)
        self._span.end()


class _Span:
    """A span of the program's tracer, each call guarded; after a failure there is one more call, to its end."""

    __slots__ = ("_is_left_alone", "_span", "_tokens", "_trace", "_tracer", "headers", "is_recorded")

    def __init__(self, tracer: Tracer, opening: Opening, inherit_from: InheritFrom) -> None:
        self._tracer = tracer
        self._trace: Any = sys.modules["opentelemetry.trace"]
        self._tokens: Optional[tuple[ModuleType, Token[object], Any]] = None
        self._span: Any = None
        self._is_left_alone = False
        self.headers: Headers = (None, None)
        self.is_recorded = False
        try:
            self._span = self._begin(opening, inherit_from)
            self.headers = headers_of(self._span)
            self.is_recorded = bool(self._span.is_recording())
        except Exception:
            self._is_left_alone = True

    def _begin(self, opening: Opening, inherit_from: InheritFrom) -> Span:
        name, kind, attributes, parent, at = opening
        context = None
        if parent is not None and inherit_from == "event":
            context = self._trace.set_span_in_context(self._trace.NonRecordingSpan(self._remote(*parent)))
        return self._tracer.start_span(
            name, context=context, kind=self._trace.SpanKind[kind], attributes=attributes, start_time=at
        )

    def _remote(self, traceparent: str, tracestate: Optional[str]) -> SpanContext:
        _, trace_id, span_id, flags = traceparent.split("-")[:4]
        members = [member.partition("=")[::2] for member in tracestate.split(",")] if tracestate else []
        return self._trace.SpanContext(
            trace_id=int(trace_id, 16),
            span_id=int(span_id, 16),
            is_remote=True,
            trace_flags=self._trace.TraceFlags(int(flags, 16)),
            trace_state=self._trace.TraceState(members),
        )

    def enter(self) -> None:
        """Make it the active one."""
        if self._span is None:
            return
        with suppress(Exception):
            context: Any = sys.modules["opentelemetry.context"]
            token = context.attach(self._trace.set_span_in_context(self._span))
            self._tokens = (context, _here.set(self), token)

    def leave(self) -> None:
        """Make the one active that was before."""
        if self._tokens is None:
            return
        context, here, token = self._tokens
        self._tokens = None
        with suppress(Exception):
            _here.reset(here)  # fails where a coroutine is closed from another context, which has nothing to leave
            context.detach(token)

    def write(self, note: Note) -> None:
        """Record a note of the core's."""
        if self._is_left_alone:
            return
        try:
            kind, told = note
            if kind == "mark":
                self._span.add_event(*told)
            elif kind == "attributes":
                self._span.set_attributes(told)
            elif kind == "status":
                self._span.set_status(self._status(told))
            elif kind == "child":
                self._child(*told)
        except Exception:
            self._is_left_alone = True

    def _child(
        self,
        name: str,
        started: int,
        ended: int,
        attributes: dict[str, Any],
        marks: Iterable[tuple[str, dict[str, Any], int]],
        failure: Optional[str],
    ) -> None:
        context = self._trace.set_span_in_context(self._span)
        child = self._tracer.start_span(name, context=context, attributes=attributes, start_time=started)
        for mark in marks:
            child.add_event(*mark)
        child.set_status(self._status(failure))
        child.end(ended)

    def _status(self, failure: Optional[str]) -> Status:
        codes = self._trace.StatusCode
        return self._trace.Status(codes.OK if failure is None else codes.ERROR, failure)

    def end(self) -> None:
        """End it now."""
        if self._span is not None:
            with suppress(Exception):
                self._span.end(_arvo.nanos())


def _instruments() -> Optional[Mapping[str, Record]]:
    return _of_provider("opentelemetry.metrics", "get_meter_provider", _instruments_of)


def _of_provider(module: str, getter: str, make: Callable[[Any], Any]) -> Any:
    """What is made of the provider that the program registered; of those that the API itself has, which do nothing,
    nothing is made."""
    loaded = sys.modules.get(module)
    if loaded is None:
        return None
    try:
        provider = getattr(loaded, getter)()
        seen = _made.get(module)
        if seen is None or seen[0] is not provider:
            is_idle = type(provider).__module__.startswith(module)
            seen = _made[module] = (provider, None if is_idle else make(provider))
    except Exception:
        return None
    return seen[1]


def _tracer_of(provider: Any) -> Tracer:
    return provider.get_tracer("arvo", _arvo.VERSION)


def _instruments_of(provider: Any) -> dict[str, Record]:
    meter = provider.get_meter("arvo", _arvo.VERSION)

    def record(name: str, kind: str, unit: str, description: str, bounds: list[float]) -> Record:
        if kind == "counter":
            return meter.create_counter(name, unit, description).add
        if kind == "gauge":
            return meter.create_gauge(name, unit, description).set
        return meter.create_histogram(name, unit, description, explicit_bucket_boundaries_advisory=bounds).record

    return {metric[0]: record(*metric) for metric in _arvo.metrics()}
