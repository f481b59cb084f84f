"""What handler functions put out: an event in the making, as an object or as a dict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Optional, TypedDict, Union

from arvo._arvo import EventId
from arvo.attributes import Scalar

__all__ = ["Output", "OutputDict", "Returned"]


class Output:
    """What a handler function puts out; a dict with the same keys does as well.

    >>> import arvo
    >>> arvo.Output("evt.order.checked", {"ok": True}, to="com.order.archive")
    Output('evt.order.checked', to='com.order.archive')
    """

    __slots__ = (
        "accesscontrol",
        "data",
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
    extensions: Optional[Mapping[str, Scalar]]


Returned = Union[Output, OutputDict, Sequence[Union[Output, OutputDict]], None]
"""What a handler function may return: nothing, one output, or several."""
