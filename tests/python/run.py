"""Runs the recorded cases (tests/vectors), and our own in the same form (tests/cases), against the Python package.

    python tests/python/run.py [FILE…]

Prints each failing case with what was wanted and found, and one row for each file. `ARVO_VECTORS` names another folder
in their place, `ARVO_REPORTS` a folder for the rows as JSON. Ends with 1 if anything failed.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from case import Case, Expectations

FILES = ["events", "ids", "versions", "subjects", "contracts", "factories", "domains", "handler"]
FILES += ["resumable", "orchestrator", "broker", "errors", "expressions", "telemetry", "testsuites"]
CHARTS = ["handpicked", "random-1", "random-2", "random-3", "random-4", "arvo-engine", "arvo-refused", "arvo-locking"]
FILES += [f"statecharts/{name}" for name in CHARTS]
TESTS = Path(__file__).parent.parent
FOLDERS = [Path(os.environ["ARVO_VECTORS"])] if os.environ.get("ARVO_VECTORS") else [TESTS / "vectors", TESTS / "cases"]


def find(name: str) -> Path | None:
    """The file of that name, if a folder has one."""
    return next((path for folder in FOLDERS if (path := folder / f"{name}.json").exists()), None)


def run_file(name: str, path: Path, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Run one file; its row."""
    data = json.loads(path.read_text("utf-8"), parse_int=number)
    module = importlib.import_module(f"file_{name.partition('/')[0]}")
    cases: list[Case] = list(module.cases(data, Expectations(f"{name}.json", entries)))
    failed = 0
    for case in cases:
        found = problems(case)
        if found:
            failed += 1
            print(f"{name}.json {case.group}: {case.name}", *(f"    {line}" for line in found), sep="\n")
    return {
        "language": "Python",
        "suite": "vectors",
        "file": f"{name}.json",
        "passed": len(cases) - failed,
        "failed": failed,
        "differences": sum(case.differs for case in cases),
    }


def number(text: str) -> int | float:
    """Numbers are JSON numbers: beyond 64 bits as good as a float holds them."""
    return int(text) if abs(int(text)) < 2**64 else float(text)


def problems(case: Case) -> list[str]:
    """What differs in a case; an error that nobody expected counts."""
    try:
        return list(case.check())
    except Exception:
        return traceback.format_exc().splitlines()


def main() -> int:
    """Run the files asked for, or all of them."""
    chosen = [name.removesuffix(".json") for name in sys.argv[1:]] or FILES
    recorded = find("differences")
    entries: list[dict[str, Any]] = json.loads(recorded.read_text("utf-8")) if recorded else []
    rows = [run_file(name, path, entries) for name in chosen if (path := find(name))]
    print(f"{'file':<30}{'passed':>8}{'failed':>8}{'differences':>13}")
    for row in rows:
        print(f"{row['file']:<30}{row['passed']:>8}{row['failed']:>8}{row['differences']:>13}")
    reports = os.environ.get("ARVO_REPORTS")
    if reports:
        Path(reports).mkdir(parents=True, exist_ok=True)
        (Path(reports) / "python-vectors.json").write_text(json.dumps(rows), "utf-8")
    return 1 if any(row["failed"] for row in rows) or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
