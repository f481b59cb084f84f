"""The types help: right programs pass `mypy --strict`, each misuse is caught at its line."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PROGRAMS = Path(__file__).with_name("typing_cases.py")


def test_each_misuse_is_caught_and_nothing_else() -> None:
    wanted = {
        (number, code)
        for number, line in enumerate(PROGRAMS.read_text("utf-8").splitlines(), 1)
        for code in re.findall(r"# wrong: ([a-z-]+)", line)
    }
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--no-incremental", str(PROGRAMS)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = {(int(line), code) for line, code in re.findall(r":(\d+): error: .*\[([a-z-]+)\]", done.stdout)}
    assert wanted
    assert found == wanted, done.stdout + done.stderr
