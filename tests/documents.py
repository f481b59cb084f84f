#!/usr/bin/env python3
"""Holds the documents against the repository: what they show, name and point at must be there.

- the first handlers in README.md are the files in examples/first/, each of less than 20 lines of code;
- every relative link leads to a file, and to a heading of it when it has a fragment;
- every `make` target that a document names exists, and every section that a comment cites (`SPEC §5`);
- lock files name packages, never the registry that somebody's machine fetched them from.

Reports one row for each check (see tests/report.py).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST = ROOT / "examples" / "first"
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def first_handlers() -> Iterator[str]:
    """README.md shows the first handlers that the languages' tests run."""
    blocks = [text for _, text in FENCED.findall((ROOT / "README.md").read_text("utf-8"))]
    for language in ("rs", "py", "ts", "c"):
        path = FIRST / f"first.{language}"
        if not path.exists():
            yield f"examples/first/{path.name} is missing"
            continue
        text = path.read_text("utf-8")
        if text not in blocks:
            yield f"README.md does not show examples/first/{path.name} as it is; copy it into a fenced block"
        lines = sum(1 for line in text.splitlines() if line.strip() and not line.startswith(("//", "/*", '"""')))
        if lines >= 20:
            yield f"examples/first/{path.name} has {lines} lines of code; a first handler has less than 20"


def links() -> Iterator[str]:
    """Relative links lead somewhere."""
    for document in documents():
        prose = FENCED.sub("", document.read_text("utf-8"))
        for link in (text or image for text, image in LINK.findall(prose)):
            path, _, fragment = link.partition("#")
            if ":" in path:
                continue
            target = (document.parent / path) if path else document
            if not target.exists():
                yield f"{name(document)}: {link} leads nowhere"
            elif fragment and target.suffix == ".md" and fragment not in headings(target):
                yield f"{name(document)}: {link} names a heading that {name(target)} has not"


def targets() -> Iterator[str]:
    """Every `make` target that a document names exists."""
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for document in documents():
        for target in re.findall(r"(?:`|^)make ([a-z][a-z-]*)", document.read_text("utf-8"), re.MULTILINE):
            if target not in known and not target.startswith("suite-"):
                yield f"{name(document)}: `make {target}` is not in the Makefile"


def sections() -> Iterator[str]:
    """Every section that a comment cites is there."""
    known = {
        document.stem: set(re.findall(r"^## (\d+) ", document.read_text("utf-8"), re.MULTILINE))
        for document in (ROOT / "docs" / "SPEC.md", ROOT / "docs" / "STATECHARTS.md", ROOT / "ARCHITECTURE.md")
    }
    for path in (path for pattern in ("*.rs", "*.py", "*.ts", "*.mjs", "*.[ch]", "*.md") for path in tracked(pattern)):
        if "vectors" in path.parts:
            continue
        for document, cited in re.findall(r"\b([A-Z]{4,}) ((?:§\d+(?:\.\d+)?(?:, | and )?)+)", path.read_text("utf-8")):
            for number in re.findall(r"§(\d+)", cited):
                if number not in known.get(document, set()):
                    yield f"{name(path)}: {document} §{number} is nowhere"


def lock_files() -> Iterator[str]:
    """Lock files hold no registry of somebody's machine."""
    for path in tracked("*package-lock.json"):
        if '"resolved": "http' in path.read_text("utf-8"):
            yield f'{name(path)}: has "resolved" addresses; set omit-lockfile-registry-resolved=true in .npmrc'
    for path in tracked("*Cargo.lock"):
        sources = set(re.findall(r'^source = "(.*)"$', path.read_text("utf-8"), re.MULTILINE))
        for source in sources - {"registry+https://github.com/rust-lang/crates.io-index"}:
            yield f"{name(path)}: a package comes from {source}"


def documents() -> list[Path]:
    """The documents of the repository; those beside recorded data speak of the recorder's files."""
    return [path for path in tracked("*.md") if "vectors" not in path.parts]


def tracked(pattern: str) -> list[Path]:
    """Files that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", pattern]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in found.splitlines() if (ROOT / line).exists()]


def headings(document: Path) -> set[str]:
    """The fragments that a document's headings answer to."""
    prose = FENCED.sub("", document.read_text("utf-8"))
    texts = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in texts}


def name(path: Path) -> str:
    """A path as a reader of the repository writes it."""
    return str(path.resolve().relative_to(ROOT))


def main() -> int:
    """Runs every check."""
    checks: list[Callable[[], Iterator[str]]] = [first_handlers, links, targets, sections, lock_files]
    rows: list[dict[str, object]] = []
    for check in checks:
        problems = list(check())
        print(f"{'failed' if problems else 'passed'}: {check.__doc__}", *problems, sep="\n  ")
        row = {"passed": int(not problems), "failed": int(bool(problems)), "differences": 0}
        rows.append({"language": "All", "suite": "documents", "file": check.__name__, **row})
    if folder := os.environ.get("ARVO_REPORTS"):
        Path(folder, "all-documents.json").write_text(json.dumps(rows) + "\n", "utf-8")
    return int(any(row["failed"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
