"""What a program may say of the spans of its executions, and what its own code may write on them.

See :doc:`docs/telemetry.md`; who records is `recorder.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, NamedTuple, Optional, TypedDict

from arvo import _arvo
from arvo.attributes import Scalar
from arvo.recorder import active, headers_of

if TYPE_CHECKING:
    from opentelemetry.trace import Span

__all__ = ["Severity", "SpanHeaders", "SpanSpec", "exception_to_span", "log_to_span", "span_headers"]

Severity = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
"""How much a line of a span's log matters."""


class SpanSpec(NamedTuple):
    """What is different about the spans of a handler or workflow.

    >>> import arvo
    >>> payments = arvo.SpanSpec(name="Payments", attributes={"team": "billing"})
    >>> arvo.handler(greet.contract, {"1.0.0": lambda input: None}, span=payments)
    Handler('com.greet.user')
    """

    name: Optional[str] = None
    """Their name; None: the usual one."""
    attributes: Mapping[str, Scalar] = {}
    """Attributes, which may override the span kinds but not what the execution says of itself."""


def wishes(span: Optional[SpanSpec]) -> Optional[tuple[Optional[str], dict[str, Scalar]]]:
    """A specification as it crosses."""
    return None if span is None else (span.name, dict(span.attributes))


class SpanHeaders(TypedDict):
    """A span's W3C headers, as events carry them; both None where there is no span."""

    traceparent: Optional[str]
    tracestate: Optional[str]


def log_to_span(message: str, severity: Severity = "INFO", *, span: Optional[Span] = None) -> None:
    """Write a line into the log of a span; of the active one, where none is given. Without a tracer: nothing.

    >>> import arvo
    >>> arvo.log_to_span("half way", "DEBUG")
    """
    if (span := span or active()) is not None:
        name, attributes, at = _arvo.log_mark(severity, message)
        with suppress(Exception):
            span.add_event(name, attributes, at)


def exception_to_span(error: BaseException, *, span: Optional[Span] = None) -> None:
    """Tell a span of an exception; the active one, where none is given. Its status stays. Without a tracer: nothing.

    >>> import arvo
    >>> arvo.exception_to_span(ValueError("no name"))
    """
    if (span := span or active()) is not None:
        name, attributes, at = _arvo.exception_mark(error)
        with suppress(Exception):
            span.set_attributes({key: attributes[key] for key in ("exception.type", "exception.message")})
            span.add_event(name, attributes, at)


def span_headers(span: Optional[Span] = None) -> SpanHeaders:
    """The headers of a span, to be passed on; of the active one, where none is given.

    >>> import arvo
    >>> greet.accepts({"name": "Ada"}, source="com.shop.web", **arvo.span_headers()).traceparent is None
    True
    """
    traceparent, tracestate = None, None
    if (span := span or active()) is not None:
        with suppress(Exception):
            traceparent, tracestate = headers_of(span)
    return {"traceparent": traceparent, "tracestate": tracestate}
