"""How an event loop hears of a store: its bell wakes the loop, and whoever waits for a number of it is called."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from arvo._arvo import Bell, Pending

__all__ = ["Ear", "later"]

T = TypeVar("T")


class Ear:
    """What listens in one event loop."""

    __slots__ = ("_calls", "_numbers", "bell")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to listen; for as long as the loop lives."""
        self.bell = Bell()
        self._calls: dict[int, Callable[[], object]] = {}
        self._numbers = itertools.count(1)
        loop.add_reader(self.bell.fileno(), self._hear)

    @staticmethod
    def of(loop: asyncio.AbstractEventLoop) -> Ear:
        """The one of a loop."""
        ear = _EARS.get(loop)
        if ear is None:
            ear = _EARS[loop] = Ear(loop)
        return ear

    def listen(self, call: Callable[[], object]) -> int:
        """Have somebody called in the loop when the bell rings for the number that this gives."""
        number = next(self._numbers)
        self._calls[number] = call
        return number

    def forget(self, number: int) -> None:
        """Call nobody any more."""
        del self._calls[number]

    def _hear(self) -> None:
        for number in self.bell.heard():
            call = self._calls.get(number)
            if call is not None:
                call()


_EARS: WeakKeyDictionary[asyncio.AbstractEventLoop, Ear] = WeakKeyDictionary()


async def later(pending: Pending[T]) -> T:
    """Wait for what a store was asked for; it was asked already, so cancelling this gives up the outcome alone."""
    loop = asyncio.get_running_loop()
    ear, came = Ear.of(loop), loop.create_future()
    number = ear.listen(lambda: came.done() or came.set_result(None))
    try:
        if not pending.is_there(ear.bell, number):
            await came
    finally:
        ear.forget(number)
    return pending.value()
