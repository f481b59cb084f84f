"""Hostile input: an error each, within a second and 64 MiB; measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).with_name("hostile.py")


@pytest.fixture(scope="module")
def report() -> dict[str, dict[str, float]]:
    """Every case, run once."""
    done = subprocess.run([sys.executable, str(CASES)], capture_output=True, text=True, timeout=300, check=True)
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    return found


def names() -> list[str]:
    done = subprocess.run([sys.executable, str(CASES), "--names"], capture_output=True, text=True, check=True)
    listed: list[str] = json.loads(done.stdout)
    return listed


@pytest.mark.parametrize("name", names())
def test_hostile_input_is_refused_quickly_and_in_little_memory(report: dict[str, dict[str, float]], name: str) -> None:
    found = report[name]
    assert found["refused"] or found["harmless"], found
    assert found["seconds"] <= 1
    assert found["mebibytes"] <= 64
