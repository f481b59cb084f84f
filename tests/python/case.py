"""What the runner runs: one recorded case with its checks, and what is expected of it here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

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
    """Makes cases of one file; chooses between a case's own expectation, ours, and that of `differences.json`."""

    def __init__(self, file: str, entries: Iterable[Mapping[str, Any]]) -> None:
        """Keep the entries for one file."""
        self._entries = {(entry["group"], str(entry["case"])): entry for entry in entries if entry["file"] == file}

    def case(
        self, group: str, name: object, case: Mapping[str, Any], check: Callable[[Any, Any], Iterable[str]]
    ) -> Case:
        """A case whose check gets the recorded case and what is expected of it."""
        entry = self._entries.get((group, str(name)))
        if entry is not None:
            expect = entry["expect"]
        elif "oursExpect" in case:
            expect = case["oursExpect"]
        else:
            expect = OPEN if "ours" in case else case.get("expect")
        return Case(group, str(name), partial(check, case, expect), differs=entry is not None)
