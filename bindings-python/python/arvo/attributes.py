"""The attributes that whoever makes an event may give; the rest follows from the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, Union

if TYPE_CHECKING:
    from typing_extensions import Required

    from arvo._arvo import EventId

__all__ = ["Attributes", "EventAttributes", "Scalar"]

Scalar = Union[str, float, bool, None]
"""What an extension may hold."""


class SupportsModelDump(Protocol):
    """An instance of a Pydantic model, as far as this package needs one."""

    def model_dump(self, *, mode: str = ..., by_alias: bool = ...) -> dict[str, Any]:
        """The data that it stands for."""
        ...


class Attributes(TypedDict, total=False):
    """Keyword arguments of the factories; all but `source` may be left out."""

    source: Required[str]
    """Who makes the event."""
    subject: str | None
    """The workflow it belongs to; a new one is begun where it is absent (the source must then be an event type)."""
    id: str | EventId | None
    """Its id; a fresh UUID where it is absent."""
    time: str | None
    """When it was made, with an offset; now where it is absent."""
    to: str | None
    """Who shall get it; its own type where it is absent."""
    accesscontrol: str | None
    """Who may see it."""
    redirectto: str | None
    """Who shall get the answers."""
    executionunits: float | None
    """What handling cost."""
    parentid: str | None
    """Id of the event that caused it."""
    domain: str | None
    """Processing context it leaves the local flow for."""
    traceparent: str | None
    """The W3C trace header `traceparent`."""
    tracestate: str | None
    """The W3C trace header `tracestate`."""
    extensions: Mapping[str, Scalar] | None
    """Custom attributes; keys of a-z and 0-9."""


class EventAttributes(TypedDict, total=False):
    """Keyword arguments of :class:`arvo.Event`; `type`, `source`, `subject` and `data` are needed."""

    type: Required[str]
    """What the event says: three or more parts of a-z and 0-9, such as `com.order.placed`."""
    source: Required[str]
    """Who makes the event."""
    subject: Required[str]
    """The workflow it belongs to."""
    data: Required[Mapping[str, object] | SupportsModelDump]
    """The data, a JSON object."""
    id: str | EventId | None
    """Its id; a fresh UUID where it is absent."""
    specversion: str | None
    """The version of CloudEvents, `1.0`."""
    datacontenttype: str | None
    """Format of the data; Arvo's own where it is absent."""
    dataschema: str | None
    """Contract and version that the data follows."""
    time: str | None
    """When it was made, with an offset; now where it is absent."""
    to: str | None
    """Who shall get it; its own type where it is absent."""
    accesscontrol: str | None
    """Who may see it."""
    redirectto: str | None
    """Who shall get the answers."""
    executionunits: float | None
    """What handling cost."""
    parentid: str | None
    """Id of the event that caused it."""
    domain: str | None
    """Processing context it leaves the local flow for."""
    traceparent: str | None
    """The W3C trace header `traceparent`."""
    tracestate: str | None
    """The W3C trace header `tracestate`."""
    extensions: Mapping[str, Scalar] | None
    """Custom attributes; keys of a-z and 0-9."""
