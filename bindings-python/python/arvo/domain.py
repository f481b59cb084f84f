"""Where an emitted event goes: a named domain leaves the local flow, a symbol is resolved for each event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Optional

from arvo import _arvo

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

    @staticmethod
    def resolve(
        domains: Iterable[Optional[str]],
        *,
        self_contract: Optional[str] = None,
        event_contract: Optional[str] = None,
        triggering_event: Optional[str] = None,
        current_subject: Optional[str] = None,
        parent_subject: Optional[str] = None,
    ) -> list[Optional[str]]:
        """What a list of names and symbols stands for; duplicates fall away, order is kept.

        Args:
            domains: names, symbols, and None for the local flow.
            self_contract: domain of the emitting handler's contract.
            event_contract: domain of the contract of the event being emitted.
            triggering_event: domain of the event being handled.
            current_subject: subject of the event being handled, as text.
            parent_subject: subject of the parent workflow, as text.

        >>> import arvo
        >>> arvo.Domain.resolve([None, "a", arvo.Domain.FROM_TRIGGERING_EVENT], triggering_event="a")
        [None, 'a']
        """
        return _arvo.resolve_domains(
            list(domains),
            self_contract=self_contract,
            event_contract=event_contract,
            triggering_event=triggering_event,
            current_subject=current_subject,
            parent_subject=parent_subject,
        )
