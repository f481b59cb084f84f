"""telemetry.json: events into handlers and workflows, and events made, in OpenTelemetry's own SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Union
from unittest import mock

import arvo
import contracts
from case import Case, Expectations
from file_handler import handler
from file_orchestrator import orchestrator
from file_resumable import resumable
from language import evaluate
from matching import Labels, differences, input_value
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from outcomes import event_id, failure
from workflow import RecordedMemory

Handler = Union[arvo.Handler[Any], arvo.Resumable[Any], arvo.Orchestrator]


class Ids(RandomIdGenerator):
    """Ids whose randomness nobody vouches for: the recorded flags know of sampling alone."""

    def is_trace_id_random(self) -> bool:
        return False


class Spans(SpanProcessor):
    """All spans, in the order in which they began."""

    def __init__(self) -> None:
        self.begun: list[Span] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.begun.append(span)

    def take(self) -> list[dict[str, Any]]:
        """What there is, as the recorded cases write it."""
        begun, self.begun = self.begun, []
        ids = [span.get_span_context().span_id for span in begun]
        return [told(span, ids) for span in begun]


def told(span: ReadableSpan, ids: list[int]) -> dict[str, Any]:
    """One span; its parent is the index of another one."""
    context, parent = span.get_span_context(), span.parent
    assert context is not None
    where = None if parent is None else "remote" if parent.is_remote else ids.index(parent.span_id)
    status: dict[str, Any] = {"code": span.status.status_code.name}
    if span.status.description is not None:
        status["message"] = span.status.description
    return {
        "name": span.name,
        "kind": span.kind.name,
        "ended": span.end_time is not None,
        "trace": f"{context.trace_id:032x}",
        "span": f"{context.span_id:016x}",
        "parent": where,
        "attributes": dict(span.attributes or {}),
        "events": [{"name": each.name, "attributes": dict(each.attributes or {})} for each in span.events],
        "status": status,
    }


@contextmanager
def traced() -> Iterator[Spans]:
    """A program that traces; for this long only, since all other cases know no tracer."""
    spans = Spans()
    provider = TracerProvider(sampler=ParentBased(ALWAYS_ON), id_generator=Ids(), shutdown_on_exit=False)
    provider.add_span_processor(spans)
    with mock.patch.object(trace, "get_tracer_provider", return_value=provider):
        yield spans


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    for case in data["cases"]:
        yield expectations.case("cases", case["name"], case, partial(executed, data))
    for case in data["created"]:
        yield expectations.case("created", case["name"], case, partial(created, data))


def executed(data: Mapping[str, Any], case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """One event after the other."""
    made = made_of(data, case)
    labels: Labels = {}
    done: list[dict[str, Any]] = []
    for index, step in enumerate(case["steps"]):
        given = evaluate(step["event"], {"steps": done})
        event = arvo.Event.from_json(input_value(given))
        with traced() as spans:
            with ExitStack() as outer:
                if "insideOpenSpan" in case:
                    outer.enter_context(trace.get_tracer("test").start_as_current_span(case["insideOpenSpan"]))
                try:
                    inherit = "context" if case.get("inheritFrom") == "CONTEXT" else "event"
                    found = {"events": [each.to_dict() for each in made.execute(event, inherit_from=inherit)]}
                except arvo.Error as error:
                    found = failure(error)
            found["spans"] = spans.take()
        done.append({"event": given, "events": found.get("events", [])})
        yield from differences(step["expect"], found, labels, f"/{index}")


def made_of(data: Mapping[str, Any], case: Mapping[str, Any]) -> Handler:
    """The handler or workflow of a case."""
    if case["kind"] == "handler":
        definition = case["handler"]
        return handler(
            {definition["contract"]: contracts.contract(data["contracts"][definition["contract"]])}, definition
        )
    if case["kind"] == "resumable":
        return resumable(data, case["resumable"], RecordedMemory())
    return orchestrator(data, case["orchestrator"], RecordedMemory())


def created(data: Mapping[str, Any], case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """Events made, inside a span."""
    labels: Labels = {}
    factory = contracts.contract(data["contracts"]["calc"]).version("1.0.0")
    with traced() as spans:
        with trace.get_tracer("test").start_as_current_span("outer"):
            events = [made_as(each["how"], dict(each["input"]), factory) for each in case["made"]]
        found = {"made": [event.to_dict() for event in events], "spans": spans.take()}
    wanted = {"made": [each["event"] for each in case["made"]], "spans": case["spans"]}
    yield from differences(wanted, found, labels)


def made_as(how: str, given: dict[str, Any], factory: arvo.VersionedContract[Any]) -> arvo.Event:
    """An event, made in the way that is named."""
    if how == "factory accepts":
        return factory.accepts(given.pop("data"), **given)
    given["id"] = event_id(given["id"])
    return arvo.Event(traced="telemetry disabled" not in how, **given)
