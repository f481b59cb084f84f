"""What the tests share: one small service and events for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import arvo
import pytest
from greeting import ACCEPTS, EMITS


@pytest.fixture(scope="session")
def contract() -> arvo.Contract[dict[str, Any]]:
    """A service that greets, of two versions."""
    spec = arvo.VersionSpec(accepts=ACCEPTS, emits=EMITS)
    return arvo.Contract.simple(uri="#/services/greet", type="greet.user", versions={"1.0.0": spec, "2.0.0": spec})


@pytest.fixture
def event(contract: arvo.Contract[Any]) -> arvo.Event:
    """A request for it."""
    return contract.version("1.0.0").accepts({"name": "Ada"}, source="com.shop.web", subject="greeting/1")


@pytest.fixture
def served(contract: arvo.Contract[Any]) -> Callable[[Callable[..., Any]], Any]:
    """Makes a handler whose function is the same for both versions."""
    return lambda function: arvo.handler(contract, {"1.0.0": function, "2.0.0": function})
