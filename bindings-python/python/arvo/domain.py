"""Where an emitted event goes: a named domain leaves the local flow, a symbol is resolved for each event."""

from __future__ import annotations

from typing import Final, Optional

__all__ = ["Domain"]


class Domain:
    """The symbols that stand for a domain; anything else in a list of domains is a plain name.

    >>> import arvo
    >>> arvo.Output("evt.order.checked", {}, domain=["human.review", arvo.Domain.LOCAL]).domain
    ['human.review', None]
    """

    LOCAL: Final[Optional[str]] = None
    """Stay in the local flow."""
    FROM_SELF_CONTRACT: Final = "domain.contract.self.inherit"
    """The domain of the emitting handler's own contract."""
    FROM_EVENT_CONTRACT: Final = "domain.contract.inherit"
    """The domain of the contract of the event being emitted; for a handler, its own."""
    FROM_TRIGGERING_EVENT: Final = "domain.event.inherit"
    """The domain of the event being handled."""
    FROM_CURRENT_SUBJECT: Final = "domain.event.current.subject"
    """The domain inside the subject of the event being handled; local if that is no workflow's."""
    FROM_PARENT_SUBJECT: Final = "domain.parent.subject"
    """The domain inside the parent workflow's subject; local without one."""
    ORCHESTRATION_CONTEXT: Final = "domain.orchestration.context"
    """Back to where the workflow runs: the default."""
