"""Where workflows are kept: in the process by :class:`InMemory`, or by a class of the user's own."""

from __future__ import annotations

from typing import Any, Optional, Protocol

from arvo._arvo import InMemory

__all__ = ["AsyncMemory", "InMemory", "Memory", "Record"]

Record = dict[str, Any]
"""A workflow's record: JSON, to be given back as it was written."""


class Memory(Protocol):
    """A memory of the user's own; what it raises comes out as the cause of a :class:`~arvo.TransactionViolation`.

    It is as safe as its lock, unless `write` compares what it holds with `previous` and raises when they differ: then
    no update is lost, with or without a lock.

    >>> import arvo
    >>> class Table:
    ...     def __init__(self):
    ...         self.rows = {}
    ...     def read(self, id):
    ...         return self.rows.get(id)
    ...     def write(self, id, record, previous):
    ...         if self.rows.get(id) != previous:
    ...             raise RuntimeError("somebody else wrote first")
    ...         self.rows[id] = record
    ...     def lock(self, id):
    ...         return True
    ...     def unlock(self, id):
    ...         return True
    >>> memory: arvo.Memory = Table()
    """

    def read(self, id: str, /) -> Optional[Record]:
        """The record kept for `id`, or None."""
        ...

    def write(self, id: str, record: Record, previous: Optional[Record], /) -> object:
        """Keep `record` for `id`; raise where it cannot be kept. `previous` is what was read before."""
        ...

    def lock(self, id: str, /) -> bool:
        """Lock `id`; False where somebody else holds it."""
        ...

    def unlock(self, id: str, /) -> object:
        """Give the lock back; a failure harms nobody, since locks end by themselves."""
        ...


class AsyncMemory(Protocol):
    """The same with coroutines: for an asynchronous workflow."""

    async def read(self, id: str, /) -> Optional[Record]:
        """The record kept for `id`, or None."""
        ...

    async def write(self, id: str, record: Record, previous: Optional[Record], /) -> object:
        """Keep `record` for `id`; raise where it cannot be kept. `previous` is what was read before."""
        ...

    async def lock(self, id: str, /) -> bool:
        """Lock `id`; False where somebody else holds it."""
        ...

    async def unlock(self, id: str, /) -> object:
        """Give the lock back; a failure harms nobody, since locks end by themselves."""
        ...
