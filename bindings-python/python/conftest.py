"""What the examples in the docstrings share: one small contract."""

from __future__ import annotations

from typing import Any

import arvo
import pytest


@pytest.fixture(autouse=True)
def _greeting(doctest_namespace: dict[str, Any]) -> None:
    def text(name: str) -> dict[str, Any]:
        return {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}

    contract = arvo.Contract.simple(
        uri="#/services/greet",
        type="greet.user",
        versions={"1.0.0": arvo.VersionSpec(accepts=text("name"), emits=text("text"))},
    )
    doctest_namespace["greet"] = contract.version("1.0.0")
