"""What the runner runs: one recorded case with its checks, and what is expected of it here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from matching import differences

OPEN: Any = {"$open": True}


@dataclass(frozen=True)
class Case:
    """One recorded case; `check` yields what differs."""

    group: str
    name: str
    check: Callable[[], Iterable[str]]
    differs: bool = False
    """An entry of differences.json takes the place of its expectation."""


class Expectations:
    """Chooses between a case's own expectation, ours, and that of `differences.json`."""

    def __init__(self, file: str, entries: Iterable[Mapping[str, Any]]) -> None:
        """Keep the entries for one file."""
        self._entries = {(entry["group"], str(entry["case"])): entry for entry in entries if entry["file"] == file}

    def of(self, group: str, name: str, case: Mapping[str, Any], key: str = "expect") -> tuple[Any, bool]:
        """What is expected of a case, and whether that comes from `differences.json`."""
        entry = self._entries.get((group, name))
        if entry is not None:
            return entry["expect"], True
        if "oursExpect" in case:
            return case["oursExpect"], False
        return OPEN if "ours" in case else case[key], False


def compared(wanted: Any, found: Callable[[], Any]) -> Callable[[], Iterable[str]]:
    """A check that compares what `found` gives."""
    return lambda: differences(wanted, found(), {})
