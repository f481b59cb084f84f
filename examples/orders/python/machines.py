"""The two workflows as portable machines (`../*.machine.json`): expressions and no code, the same in every language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import arvo
from arvo import Contract, Machine, Orchestrator

FILES = ("fulfilment.machine.json", "shipment.machine.json")


def machines(folder: Path, contracts: Mapping[str, Contract[Any]]) -> list[Orchestrator]:
    """An orchestrator for each machine file; contracts are given by their URI."""
    read = (Machine.from_json((folder / name).read_text("utf-8"), contracts.values()) for name in FILES)
    return [arvo.orchestrator(machine) for machine in read]
