"""What functions put out: events in the making, and a workflow's next state; as an object or as a dict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Optional, TypedDict, Union

from arvo._arvo import EventId
from arvo.attributes import Scalar

__all__ = ["Output", "OutputDict", "Resumed", "ResumedDict", "Returned"]


class Output:
    """What a handler function puts out; a dict with the same keys does as well.

    >>> import arvo
    >>> arvo.Output("evt.order.checked", {"ok": True}, to="com.order.archive")
    Output('evt.order.checked', to='com.order.archive')
    """

    __slots__ = (
        "accesscontrol",
        "data",
        "deliverat",
        "domain",
        "executionunits",
        "extensions",
        "id",
        "redirectto",
        "time",
        "to",
        "type",
    )

    def __init__(
        self,
        type: str,
        data: object,
        *,
        to: Optional[str] = None,
        redirectto: Optional[str] = None,
        accesscontrol: Optional[str] = None,
        executionunits: Optional[float] = None,
        id: Union[str, EventId, None] = None,
        time: Optional[str] = None,
        domain: Optional[Sequence[Optional[str]]] = None,
        deliverat: Union[datetime, int, str, None] = None,
        extensions: Optional[Mapping[str, Scalar]] = None,
    ) -> None:
        """Say what to emit.

        Args:
            type: one of the types that the version emits.
            data: what its schema asks for: a mapping, or an instance of the model.
            to: who shall get it; else the event's `redirectto`, else its source.
            redirectto: who shall get the answers to it.
            accesscontrol: who may see it; else as the event's.
            executionunits: what it cost; else the handler's default.
            id: its id; else a fresh UUID.
            time: when it was made; else now.
            domain: one event is made for each entry, a name or one of :class:`~arvo.Domain`; else as the handler says.
            deliverat: not to be delivered before this time: a durable timer, of a store. With its time zone, as text of
                RFC 3339, or in milliseconds since 1970. It is not part of the event.
            extensions: custom attributes.
        """
        self.type = type
        self.data = data
        self.to = to
        self.redirectto = redirectto
        self.accesscontrol = accesscontrol
        self.executionunits = executionunits
        self.id = id
        self.time = time
        self.domain = domain
        self.deliverat = deliverat
        self.extensions = extensions

    def __repr__(self) -> str:
        """Type and what else is set; data may be private."""
        rest = (name for name in self.__slots__ if name not in ("data", "type"))
        said = "".join(f", {name}={value!r}" for name in rest if (value := getattr(self, name)) is not None)
        return f"Output({self.type!r}{said})"


class _OutputDict(TypedDict):
    type: str
    data: object


class OutputDict(_OutputDict, total=False):
    """An output as a dict, with the names of the wire."""

    to: Optional[str]
    redirectto: Optional[str]
    accesscontrol: Optional[str]
    executionunits: Optional[float]
    id: Union[str, EventId, None]
    time: Optional[str]
    domain: Optional[Sequence[Optional[str]]]
    deliverat: Union[datetime, int, str, None]
    extensions: Optional[Mapping[str, Scalar]]


Returned = Union[Output, OutputDict, Sequence[Union[Output, OutputDict]], None]
"""What a handler function may return: nothing, one output, or several."""


class Resumed:
    """What a workflow's function returns: its state from now on, calls of services, or the end.

    A dict with the same keys does as well, and None where nothing happens yet.

    >>> import arvo
    >>> arvo.Resumed(context={"tries": 1}, services=[arvo.Output("com.payment.charge", {"amount": 5})])
    Resumed(context, services=[Output('com.payment.charge')])
    """

    __slots__ = ("context", "output", "services")

    def __init__(
        self,
        *,
        context: object = None,
        output: object = None,
        services: Union[Output, OutputDict, Sequence[Union[Output, OutputDict]]] = (),
    ) -> None:
        """Say what happens next.

        Args:
            context: the workflow's state from now on, JSON or a Pydantic model; None keeps the last one.
            output: ends the workflow: the data of its completion event. In a dict, `__id`, `__domain` and
                `__executionunits` say what else that event has.
            services: events to send.
        """
        self.context = context
        self.output = output
        self.services = services

    def __repr__(self) -> str:
        """What is there; state and data may be private."""
        said = [name for name in ("context", "output") if getattr(self, name) is not None]
        return f"Resumed({', '.join([*said, f'services={self.services!r}'])})"


class ResumedDict(TypedDict, total=False):
    """The same as a dict."""

    context: object
    output: object
    services: Union[Output, OutputDict, Sequence[Union[Output, OutputDict]]]


Continued = Union[Resumed, ResumedDict, None]
"""What a workflow's function may return."""
