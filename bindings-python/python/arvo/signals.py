"""SIGTERM and SIGINT while workers run: the first one has them finish what they began, a second one does what it would
have done without them."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Optional, Protocol

__all__ = ["add", "remove"]

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class _Stoppable(Protocol):
    def stop(self) -> None: ...


_workers: list[_Stoppable] = []
_before: dict[int, Any] = {}


def add(worker: _Stoppable) -> None:
    """Have a worker stopped by signals; only in the main thread, where Python lets them be handled."""
    if threading.current_thread() is not threading.main_thread():
        return
    _workers.append(worker)
    if not _before:
        for number in _SIGNALS:
            _before[number] = signal.signal(number, _stop)


def remove(worker: _Stoppable) -> None:
    """The worker is over; with the last one everything is as it was before."""
    if worker in _workers:
        _workers.remove(worker)
        if not _workers:
            _restore()


def _stop(_number: int, _frame: Optional[FrameType]) -> None:
    _restore()
    for worker in _workers:
        worker.stop()


def _restore() -> None:
    for number, before in _before.items():
        if signal.getsignal(number) is _stop:  # else somebody else's came after ours
            signal.signal(number, signal.SIG_DFL if before is None else before)
    _before.clear()
