"""What telemetry costs a handler's step. This loads OpenTelemetry: whatever is measured without it comes first."""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF


def figures(step: Callable[[], object], microseconds: Callable[[Callable[[], object]], float]) -> dict[str, float]:
    """The same step, by who listens; spans go to a processor that drops them."""
    unsampled, recorded = TracerProvider(sampler=ALWAYS_OFF), TracerProvider()
    recorded.add_span_processor(SpanProcessor())
    found = {"step, small, OpenTelemetry loaded": microseconds(step)}
    for name, module, getter, provider in (
        ("traced, not sampled", trace, "get_tracer_provider", unsampled),
        ("traced, recorded", trace, "get_tracer_provider", recorded),
        ("measured", metrics, "get_meter_provider", MeterProvider()),
    ):
        with mock.patch.object(module, getter, new=lambda provider=provider: provider):
            found[f"step, small, {name}"] = microseconds(step)
    return found
