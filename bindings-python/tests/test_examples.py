"""The examples run, and do what their texts say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_first_handler_takes_less_than_20_lines() -> None:
    first = EXAMPLES / "first" / "first.py"
    done = subprocess.run([sys.executable, str(first)], capture_output=True, text=True, check=True)
    assert done.stdout == "evt.greet.user.success {'text': 'Hello, Ada!'}\n"
    assert len([line for line in first.read_text("utf-8").splitlines() if line.strip()]) < 20


def test_a_first_workflow_takes_less_than_40_lines() -> None:
    first = EXAMPLES / "first" / "workflow.py"
    done = subprocess.run([sys.executable, str(first)], capture_output=True, text=True, check=True)
    assert done.stdout == "arvo.orc.welcome.done {'said': 'Hello, Ada!'}\n"
    assert len(first.read_text("utf-8").splitlines()) < 40


def test_a_first_machine_takes_less_than_40_lines() -> None:
    first = EXAMPLES / "first" / "machine.py"
    done = subprocess.run([sys.executable, str(first)], capture_output=True, text=True, check=True)
    assert done.stdout == "arvo.orc.welcome.done {'said': 'Hello, Ada!'}\n"
    assert len(first.read_text("utf-8").splitlines()) < 40


def test_every_order_of_the_demo_goes_as_recorded() -> None:
    demo = EXAMPLES / "orders" / "python" / "main.py"
    done = subprocess.run([sys.executable, str(demo)], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["language"], report["identical"]) == ("Python", report["orders"])
