"""The face of a durable store for event loops: everything as :class:`~arvo.Store` has it, awaited."""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Optional, Union

from arvo._arvo import Event
from arvo.loops import later
from arvo.rows import Columns, Control, Counts, Posting, Receipt, Status, When, WorkflowRow, millis
from arvo.store import BaseStore, Path, limit_of, optional_millis, seq_of

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["AsyncStore"]


class AsyncStore(BaseStore):
    """An open store, for event loops: no call keeps the loop from running.

    Cancelling a call gives up its outcome; what was asked for may have happened.

    >>> import arvo, asyncio
    >>> async def main():
    ...     async with arvo.AsyncStore("sqlite::memory:") as store:
    ...         event = greet.accepts({"name": "Ada"}, source="com.shop.web")
    ...         return await asyncio.gather(*(store.publish(event) for _ in range(3)))
    >>> [receipt.fresh for receipt in asyncio.run(main())]
    [True, False, False]
    """

    __slots__ = ()

    async def publish(self, event: Event, *, deliver_at: Optional[When] = None) -> Receipt:
        """As :meth:`arvo.Store.publish`."""
        return Receipt(*await later(self._native.publish(event, optional_millis(deliver_at))))

    async def publish_all(self, events: Sequence[Event]) -> list[Receipt]:
        """As :meth:`arvo.Store.publish_all`."""
        return [Receipt(*each) for each in await later(self._native.publish_all(list(events)))]

    async def wait(self, receipt: Union[Receipt, int], timeout: Optional[float] = None) -> Optional[Event]:
        """As :meth:`arvo.Store.wait`."""
        return await later(self._native.wait(seq_of(receipt), limit_of(timeout)))

    async def workflows(
        self,
        *,
        status: Optional[Status] = None,
        control: Optional[Control] = None,
        consumer: Optional[str] = None,
        limit: int = 100,
        skip: int = 0,
    ) -> list[WorkflowRow]:
        """As :meth:`arvo.Store.workflows`."""
        return [
            WorkflowRow(*each) for each in await later(self._native.workflows(status, control, consumer, limit, skip))
        ]

    async def workflow(self, subject: str) -> Optional[WorkflowRow]:
        """As :meth:`arvo.Store.workflow`."""
        found = await later(self._native.workflow(subject))
        return None if found is None else WorkflowRow(*found)

    async def tree(self, subject: str) -> list[WorkflowRow]:
        """As :meth:`arvo.Store.tree`."""
        return [WorkflowRow(*each) for each in await later(self._native.tree(subject))]

    async def history(self, subject: str) -> list[Posting]:
        """As :meth:`arvo.Store.history`."""
        return [Posting(*each) for each in await later(self._native.history(subject))]

    async def dead(self, limit: int = 100) -> list[Posting]:
        """As :meth:`arvo.Store.dead`."""
        return [Posting(*each) for each in await later(self._native.dead(limit))]

    async def retry(self, seq: int) -> None:
        """As :meth:`arvo.Store.retry`."""
        await later(self._native.retry(seq))

    async def drop(self, seq: int) -> None:
        """As :meth:`arvo.Store.drop`."""
        await later(self._native.drop(seq))

    async def cancel(self, subject: str) -> list[str]:
        """As :meth:`arvo.Store.cancel`."""
        return await later(self._native.cancel(subject))

    async def purge(self, before: When, *, limit: int = 1000) -> int:
        """As :meth:`arvo.Store.purge`."""
        return await later(self._native.purge(millis(before), limit))

    async def take(self, domain: str, limit: int = 100) -> list[Posting]:
        """As :meth:`arvo.Store.take`."""
        return [Posting(*each) for each in await later(self._native.take(domain, limit))]

    async def answer(self, seq: int, events: Sequence[Event]) -> None:
        """As :meth:`arvo.Store.answer`."""
        await later(self._native.answer(seq, list(events)))

    async def admit(self, seq: int) -> None:
        """As :meth:`arvo.Store.admit`."""
        await later(self._native.admit(seq))

    async def domains(self) -> list[str]:
        """As :meth:`arvo.Store.domains`."""
        return await later(self._native.domains())

    async def add_domain(self, domain: str) -> int:
        """As :meth:`arvo.Store.add_domain`."""
        return await later(self._native.add_domain(domain))

    async def remove_domain(self, domain: str) -> None:
        """As :meth:`arvo.Store.remove_domain`."""
        await later(self._native.remove_domain(domain))

    async def counts(self) -> Counts:
        """As :meth:`arvo.Store.counts`."""
        return Counts(*await later(self._native.counts()))

    async def query(self, sql: str) -> Columns:
        """As :meth:`arvo.Store.query`."""
        return Columns(*await later(self._native.query(sql)))

    async def backup(self, path: Path) -> None:
        """As :meth:`arvo.Store.backup`."""
        await later(self._native.backup(os.fspath(path)))

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        """Close it."""
        self.close()
