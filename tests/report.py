#!/usr/bin/env python3
"""Runs the suites of all languages and adds up what they report: one table, one closing line.

A suite is a command, named `<language>-<suite>`. It reports in one of two ways:

- it writes rows itself, as JSON, into the folder that ARVO_REPORTS names:
  `[{"language", "suite", "file", "passed", "failed", "differences"}, …]`;
- it runs in a test runner whose own report is read here: `cargo test`'s lines, or JUnit XML; `exit` counts
  a command that only says yes or no as one test.

A suite that ends badly without saying which test failed, reports nothing, or did not start (its build failed) is a
failed row that names the log, and a skipped test is a failed one: nothing is green by being absent.

    report.py run c-header exit -- ./check-header     one suite, its output in target/logs/
    report.py table rust-unit c-header …              the table of these suites, exit 1 if any failed
    report.py vectors rust python …                   the recorded cases alone, by file and language
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree

REPORTS = Path(os.environ.get("ARVO_REPORTS") or "target/reports").absolute()
LOGS = Path("target/logs")
LIMIT = 900  # seconds; a suite that hangs is a failed suite
TAIL = 300  # lines of a failed suite's log that are shown
LANGUAGES = {"rust": "Rust", "python": "Python", "node": "Node", "c": "C", "all": "All"}


@dataclass
class Row:
    """What one suite reports of one file, or of all its tests together."""

    language: str
    suite: str
    passed: int = 0
    failed: int = 0
    differences: int = 0
    file: str | None = None


@dataclass
class Outcome:
    """How the command of a suite ended."""

    status: int
    seconds: float


def run(name: str, form: str, command: list[str], verbose: bool) -> int:
    """Runs one suite, keeps its output as a log, and sees to its report."""
    language, suite = split(name)
    REPORTS.joinpath("outcomes").mkdir(parents=True, exist_ok=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    junit = REPORTS / "outcomes" / f"{name}.xml"
    command = [part.replace("{junit}", str(junit)) for part in command]
    forget(name)
    print(f"── {language} {suite} …", flush=True)

    began = time.monotonic()
    status = execute(command, log_of(name))
    outcome = Outcome(status, time.monotonic() - began)
    write(REPORTS / "outcomes" / f"{name}.json", asdict(outcome))
    log = log_of(name).read_text(encoding="utf-8", errors="replace")
    if not any((row.language, row.suite) == (language, suite) for row in read_rows()):
        rows = adapt(form, Row(language, suite), log, junit, status)
        write(REPORTS / f"{name}.json", [asdict(row) for row in rows])

    row = judge(name)[0]
    if verbose or row.failed:
        print("\n".join(log.splitlines()[-TAIL:]))
    print(f"   {row.passed:,} passed, {row.failed:,} failed, in {outcome.seconds:.1f} s", flush=True)
    return 1 if row.failed else 0


def forget(name: str) -> None:
    """Removes what an earlier run of the suite left."""
    for path in REPORTS.glob("*.json"):
        if all((row.language, row.suite) == split(name) for row in rows_of(path)):
            path.unlink()
    for path in REPORTS.glob(f"outcomes/{name}.*"):
        path.unlink()


def execute(command: list[str], log: Path) -> int:
    """The exit status of a command whose output goes to `log`; 124 if it took too long."""
    environment = {**os.environ, "ARVO_REPORTS": str(REPORTS)}
    with log.open("wb") as output:
        try:
            return subprocess.run(
                command, stdout=output, stderr=subprocess.STDOUT, env=environment, timeout=LIMIT, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            output.write(f"\nstopped: it took longer than {LIMIT} s\n".encode())
            return 124
        except OSError as error:
            output.write(f"\n{error}\n".encode())
            return 127


def adapt(form: str, row: Row, log: str, junit: Path, status: int) -> list[Row]:
    """The rows of a suite that does not write them itself."""
    if form == "cargo":
        for passed, *broken in re.findall(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", log, re.M):
            row.passed += int(passed)
            row.failed += sum(map(int, broken))
    elif form == "junit" and junit.exists():
        for case in ElementTree.parse(junit).iter("testcase"):
            broken = any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))
            row.failed += broken
            row.passed += not broken
    elif form == "exit":
        row.passed, row.failed = (1, 0) if status == 0 else (0, 1)
    return [row] if row.passed or row.failed else []


def judge(name: str) -> tuple[Row, str]:
    """The sum of a suite's rows, and what a reader must know beside it."""
    language, suite = split(name)
    total = Row(language, suite)
    for row in read_rows():
        if (row.language, row.suite) == (language, suite):
            total.passed += row.passed
            total.failed += row.failed
            total.differences += row.differences
    outcome = outcome_of(name)
    log = log_of(name)
    note = ""
    if outcome is None:
        total.failed += 1
        note = "did not start: what it needs could not be built, see above"
    elif total.failed:
        note = f"see {log}"
    elif outcome.status != 0:
        total.failed += 1
        note = f"ended with status {outcome.status}, see {log}"
    elif not total.passed:
        total.failed += 1
        note = f"ran no test, see {log}"
    return total, note


def table(names: list[str]) -> int:
    """One line for each suite, and the closing line."""
    lines: list[list[str]] = []
    passed = failed = 0
    for name in names:
        row, note = judge(name)
        outcome = outcome_of(name)
        seconds = f"{outcome.seconds:.1f}" if outcome else "–"
        differences = str(row.differences) if row.differences else ""
        lines.append([row.language, row.suite, f"{row.passed:,}", f"{row.failed:,}", differences, seconds, note])
        passed += row.passed
        failed += row.failed
    print()
    show(["language", "suite", "passed", "failed", "differences", "seconds", ""], lines, left={0, 1, 6})
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0


def vectors(languages: list[str]) -> int:
    """The recorded cases by file (rows) and language (columns)."""
    columns = [LANGUAGES[language] for language in languages]
    rows = [row for row in read_rows() if row.suite == "vectors" and row.language in columns]
    lines: list[list[str]] = []
    for file in dict.fromkeys(row.file for row in rows):
        cells = [cell([row for row in rows if row.file == file and row.language == column]) for column in columns]
        differences = sum(row.differences for row in rows if row.file == file)
        lines.append([file or "–", *cells, str(differences) if differences else ""])
    print()
    show(["file", *columns, "differences"], lines, left={0})
    totals = [judge(f"{language}-vectors") for language in languages]
    for row, note in totals:
        if note:
            print(f"{row.language}: {note}")
    failed = sum(row.failed for row, _ in totals)
    print(f"\n{sum(row.passed for row, _ in totals)} passed, {failed} failed")
    return 1 if failed else 0


def cell(rows: list[Row]) -> str:
    """Passed cases, and the failed ones when there are any; a dash where the language ran none."""
    if not rows:
        return "–"
    failed = sum(row.failed for row in rows)
    return f"{sum(row.passed for row in rows):,}" + (f" ({failed:,} failed)" if failed else "")


def show(head: list[str], lines: list[list[str]], left: set[int]) -> None:
    """Prints a table; columns are numbers, flush right, but those in `left`."""
    widths = [max(len(line[at]) for line in [head, *lines]) for at in range(len(head))]
    for line in [head, ["─" * width for width in widths], *lines]:
        cells = [text.ljust(width) if at in left else text.rjust(width)
                 for at, (text, width) in enumerate(zip(line, widths))]  # fmt: skip
        print("  ".join(cells).rstrip())


def read_rows() -> list[Row]:
    """All rows that suites have reported."""
    return [row for path in sorted(REPORTS.glob("*.json")) for row in rows_of(path)]


def rows_of(path: Path) -> list[Row]:
    """The rows of one report."""
    return [Row(**row) for row in json.loads(path.read_text("utf-8"))]


def outcome_of(name: str) -> Outcome | None:
    """How the suite ended, if it ran."""
    path = REPORTS / "outcomes" / f"{name}.json"
    return Outcome(**json.loads(path.read_text("utf-8"))) if path.exists() else None


def log_of(name: str) -> Path:
    """Where a suite's output is kept."""
    return LOGS / f"{name}.log"


def split(name: str) -> tuple[str, str]:
    """`c-header` → (`C`, `header`)."""
    language, _, suite = name.partition("-")
    return LANGUAGES[language], suite


def write(path: Path, value: object) -> None:
    """Writes JSON."""
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="Runs suites and adds up their reports.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("run", help="run one suite")
    one.add_argument("--verbose", action="store_true", help="show its output even if it passes")
    one.add_argument("name")
    one.add_argument("form", choices=["cargo", "exit", "junit", "rows"])
    one.add_argument("words", nargs="+")
    commands.add_parser("table", help="the table of suites").add_argument("names", nargs="+")
    commands.add_parser("vectors", help="the table of recorded cases").add_argument("languages", nargs="+")
    given = parser.parse_args()
    if given.command == "run":
        return run(given.name, given.form, given.words, given.verbose)
    return table(given.names) if given.command == "table" else vectors(given.languages)


if __name__ == "__main__":
    sys.exit(main())
