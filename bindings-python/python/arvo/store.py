"""A durable store: one file that workers of many processes and languages share (`docs/durable.md`).

This is the face for plain code; :class:`~arvo.AsyncStore` is the one for event loops. What is asked, and how it is
read, they share.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Optional, TypeVar, Union

from arvo import _arvo
from arvo._arvo import Event, Pending
from arvo.rows import Columns, Control, Counts, Posting, Receipt, Status, When, WorkflowRow, millis

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["BaseStore", "Path", "Store", "limit_of", "optional_millis", "seq_of"]

T = TypeVar("T")

Path = Union[str, "os.PathLike[str]"]

FOR_EVER = 2**53
"""Milliseconds from which on a limit is none."""


class BaseStore:
    """What both faces are: an open store and its URL."""

    __slots__ = ("__weakref__", "_native", "url")

    def __init__(self, url: str) -> None:
        """Open a store; the file is made if it is not there.

        Args:
            url: `sqlite:PATH`. With `?synchronous=normal` behind it, the last commits before a power cut are traded for
                speed. `sqlite::memory:` lasts as long as the store is open.

        Raises:
            StoreError: the URL or the file is not what it should be.
        """
        self.url = url
        """As it was opened."""
        self._native = _arvo.Store(url)

    @property
    def is_closed(self) -> bool:
        """Whether it was closed here."""
        return self._native.is_closed

    def close(self) -> None:
        """Close it; workers that run on it keep it open for themselves until they end."""
        self._native.close()

    def __repr__(self) -> str:
        """Its class and URL."""
        return f"{type(self).__name__}({self.url!r})"


class Store(BaseStore):
    """An open store, for plain code: each call waits for its outcome, while other threads run.

    May be used by several threads at once, not across a `fork`: open it in each process.

    >>> import arvo
    >>> with arvo.Store("sqlite::memory:") as store:
    ...     event = greet.accepts({"name": "Ada"}, source="com.shop.web")
    ...     receipt = store.publish(event)
    ...     again = store.publish(event)
    >>> receipt.fresh, again.fresh, again.seq == receipt.seq
    (True, False, True)
    """

    __slots__ = ()

    def publish(self, event: Event, *, deliver_at: Optional[When] = None) -> Receipt:
        """Store an event for whoever handles it.

        One that is there already, by subject, consumer, domain and id, changes nothing: its receipt says so.

        Args:
            event: it needs a `to`.
            deliver_at: not to be handled before this time: a durable timer.

        Raises:
            StoreError: the event has no `to`, or the store can't be written.
        """
        return Receipt(*_wait(self._native.publish(event, optional_millis(deliver_at))))

    def publish_all(self, events: Sequence[Event]) -> list[Receipt]:
        """Store many events in one transaction: all of them, or none."""
        return [Receipt(*each) for each in _wait(self._native.publish_all(list(events)))]

    def wait(self, receipt: Union[Receipt, int], timeout: Optional[float] = None) -> Optional[Event]:
        """Wait for the first event that comes back to the source of a published one.

        For a workflow that is its completion, or its system error. It comes again however often it is asked for.

        Args:
            receipt: of the published event, or its number.
            timeout: seconds; None: for as long as it takes.

        Returns:
            The event; None when time is up.

        Raises:
            DeadLetterError: the event is a dead letter; `failures` says why.
            StoreError: the event was dropped, or there is no such delivery.
        """
        return _wait(self._native.wait(seq_of(receipt), limit_of(timeout)))

    def workflows(
        self,
        *,
        status: Optional[Status] = None,
        control: Optional[Control] = None,
        consumer: Optional[str] = None,
        limit: int = 100,
        skip: int = 0,
    ) -> list[WorkflowRow]:
        """List workflows, the last changed first; only those of the status, control and type that are given."""
        return [WorkflowRow(*each) for each in _wait(self._native.workflows(status, control, consumer, limit, skip))]

    def workflow(self, subject: str) -> Optional[WorkflowRow]:
        """One workflow, its record included; None where the store knows none."""
        found = _wait(self._native.workflow(subject))
        return None if found is None else WorkflowRow(*found)

    def tree(self, subject: str) -> list[WorkflowRow]:
        """A workflow and all that descend from it, parents first."""
        return [WorkflowRow(*each) for each in _wait(self._native.tree(subject))]

    def history(self, subject: str) -> list[Posting]:
        """The events of a subject, in the order they came."""
        return [Posting(*each) for each in _wait(self._native.history(subject))]

    def dead(self, limit: int = 100) -> list[Posting]:
        """Dead letters, oldest first, with the causes."""
        return [Posting(*each) for each in _wait(self._native.dead(limit))]

    def retry(self, seq: int) -> None:
        """Try a dead letter again, with all its tries; a workflow that it paused goes on."""
        _wait(self._native.retry(seq))

    def drop(self, seq: int) -> None:
        """Give a dead letter up; a workflow that it paused goes on without it."""
        _wait(self._native.drop(seq))

    def cancel(self, subject: str) -> list[str]:
        """Cancel a workflow with all its children, also those not yet begun; gives the subjects.

        Whoever began it gets its contract's system error with the name `WorkflowCancelled`. Records stay as they are.

        Raises:
            StoreError: there is no such workflow, or it has ended.
        """
        return _wait(self._native.cancel(subject))

    def purge(self, before: When, *, limit: int = 1000) -> int:
        """Remove whole subjects that ended before a time, at most so many in one transaction; gives how many.

        An event of a removed subject that comes again is a new one: that time is how long duplicates are known.
        """
        return _wait(self._native.purge(millis(before), limit))

    def take(self, domain: str, limit: int = 100) -> list[Posting]:
        """Events that wait in a domain, oldest first; they go on waiting until they are answered or admitted."""
        return [Posting(*each) for each in _wait(self._native.take(domain, limit))]

    def answer(self, seq: int, events: Sequence[Event]) -> None:
        """Answer an event that waits in a domain, with events that go on in the flow."""
        _wait(self._native.answer(seq, list(events)))

    def admit(self, seq: int) -> None:
        """Let an event that waits in a domain into the local flow, to be handled as if it had none."""
        _wait(self._native.admit(seq))

    def domains(self) -> list[str]:
        """The domains whose events are handled here."""
        return _wait(self._native.domains())

    def add_domain(self, domain: str) -> int:
        """List a domain as local for all workers; what waits in it is handled. Gives how many that are."""
        return _wait(self._native.add_domain(domain))

    def remove_domain(self, domain: str) -> None:
        """Take a domain off that list: its events wait from now on."""
        _wait(self._native.remove_domain(domain))

    def counts(self) -> Counts:
        """How many there are of what.

        >>> import arvo
        >>> arvo.Store("sqlite::memory:").counts()
        Counts(workflows={}, deliveries={}, domains={}, workers=[])
        """
        return Counts(*_wait(self._native.counts()))

    def query(self, sql: str) -> Columns:
        """Run an SQL statement that reads; workers go on, however long it takes.

        Use this rather than the module `sqlite3`: a second SQLite library on one file in one process can damage it.

        >>> import arvo
        >>> arvo.Store("sqlite::memory:").query("SELECT count(*) AS events FROM delivery")
        Columns(columns=['events'], rows=[[0]])
        """
        return Columns(*_wait(self._native.query(sql)))

    def backup(self, path: Path) -> None:
        """Write a copy of the store, whole and consistent, to a file that must not exist yet; workers may go on."""
        _wait(self._native.backup(os.fspath(path)))

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        """Close it."""
        self.close()


def seq_of(receipt: Union[Receipt, int]) -> int:
    """Number of a delivery."""
    return receipt.seq if isinstance(receipt, Receipt) else receipt


def limit_of(timeout: Optional[float]) -> Optional[int]:
    """Seconds as the store takes them; for ever is no limit."""
    if timeout is None or timeout * 1000 >= FOR_EVER:
        return None
    return max(0, int(timeout * 1000))


def optional_millis(when: Optional[When]) -> Optional[int]:
    """A time as the store has it, where there is one."""
    return None if when is None else millis(when)


def _wait(pending: Pending[T]) -> T:
    return pending.wait()
