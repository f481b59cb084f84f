"""The examples and the picture of ``docs/machines.md``, run from the top of the repository, where its reader is."""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path
from typing import Any

import arvo
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "machines.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_page_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}
    examples = blocks("python")
    assert examples
    for block in examples:
        test = doctest.DocTestParser().get_doctest(block, names, "machines.md", None, None)
        failed, attempted = doctest.DocTestRunner().run(test, clear_globs=False)
        names.update(test.globs)  # a block goes on where the one before it ended
        assert attempted
        assert not failed


def test_the_picture_of_the_page_is_the_machines_own() -> None:
    folder = ROOT / "examples" / "orders"
    definitions = json.loads((folder / "contracts.json").read_text("utf-8"))
    contracts = [arvo.Contract.from_json(each, unknown_keys="strip") for each in definitions]
    machine = arvo.Machine.from_json((folder / "shipment.machine.json").read_text("utf-8"), contracts)
    assert [picture.strip() for picture in blocks("mermaid")] == [machine.mermaid().strip()]


def test_the_excerpt_of_the_page_stands_in_the_file() -> None:
    excerpt = json.loads("{" + blocks("json")[0] + "}")
    file = json.loads((ROOT / "examples" / "orders" / "shipment.machine.json").read_text("utf-8"))
    assert file["machine"]["states"]["preparing"]["states"]["label"] == excerpt["label"]
