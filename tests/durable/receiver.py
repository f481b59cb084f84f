"""A receiver of spans: OTLP/HTTP, by OpenTelemetry's own protobuf definitions."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

PATH = "/v1/traces"
IDS = ("traceId", "spanId", "parentSpanId")


@dataclass(frozen=True)
class Span:
    """A span as it came, with the name of the service that it came from."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    start: int
    end: int
    failed: bool
    attributes: dict[str, Any] = field(repr=False)
    events: int

    @property
    def is_execution(self) -> bool:
        """Whether it is an execution's, and no step inside one."""
        return "arvo.handler.execution.type" in self.attributes

    @property
    def consumed(self) -> str:
        """The id of the event that was handled."""
        return self.attributes["consumable.0.cloudevents.event_id"]

    @property
    def emitted(self) -> list[str]:
        """The ids of the events that were emitted."""
        number = len([key for key in self.attributes if key.startswith("emittables.") and key.endswith(".event_id")])
        return [self.attributes[f"emittables.{index}.cloudevents.event_id"] for index in range(number)]


class Receiver:
    """Takes spans on a port of its own, inside the block."""

    def __init__(self) -> None:
        """It listens from now on, and answers inside the block."""
        self.spans: list[Span] = []
        self.refused: list[str] = []
        """What could not be read, and why."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status = receiver.take(self.path, self.headers.get_content_type(), self.body())
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(status)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def body(self) -> bytes:
                """All of it; Node sends it in chunks."""
                if self.headers["transfer-encoding"] != "chunked":
                    return self.rfile.read(int(self.headers["content-length"]))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def url(self) -> str:
        """What `OTEL_EXPORTER_OTLP_ENDPOINT` is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Receiver:  # noqa: PYI034  # nothing derives from it
        """Answers from now on."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Takes nothing more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, path: str, kind: str, body: bytes) -> int:
        """Keeps what came; gives the status of the answer."""
        try:
            if path != PATH:
                raise ValueError(f"{path} is not {PATH}")
            request = read(kind, body)
        except Exception as error:
            self.refused.append(f"{kind}, {len(body)} bytes: {error}")
            return 400
        for resource in request.resource_spans:
            service = attributes(resource.resource.attributes).get("service.name", "")
            for scope in resource.scope_spans:
                self.spans.extend(span_of(service, span) for span in scope.spans)
        return 200


def read(kind: str, body: bytes) -> ExportTraceServiceRequest:
    """A request in either encoding; JSON of OTLP writes ids in hexadecimal, where protobuf's own has base64."""
    if kind == "application/json":
        return ParseDict(with_bytes(json.loads(body)), ExportTraceServiceRequest())
    if kind == "application/x-protobuf":
        return ExportTraceServiceRequest.FromString(body)
    raise ValueError("this content type is none of OTLP's")


def with_bytes(value: Any) -> Any:
    """The same with ids as protobuf's JSON has them."""
    if isinstance(value, list):
        return [with_bytes(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(item)).decode() if key in IDS else with_bytes(item)
        for key, item in value.items()
    }


def attributes(pairs: Any) -> dict[str, Any]:
    """Attributes by name."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


def span_of(service: str, span: Any) -> Span:
    """A span as this program sees it."""
    return Span(
        service=service,
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        start=span.start_time_unix_nano,
        end=span.end_time_unix_nano,
        failed=span.status.code == span.status.STATUS_CODE_ERROR,
        attributes=attributes(span.attributes),
        events=len(span.events),
    )
