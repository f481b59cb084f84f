"""testsuites.json: whole suites, and what a runner's report says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Optional

import arvo
import contracts
from case import Case, Expectations
from file_handler import handler
from language import ordinary_error
from matching import differences


class Report:
    """An adapter that keeps what it is told."""

    def __init__(self) -> None:
        self.groups: list[dict[str, Any]] = []

    def describe(self, group: str, /) -> None:
        self.groups.append({"describe": group, "tests": []})

    def before(self) -> None:
        pass

    def test(self, name: str, failure: Optional[str], /) -> None:
        told = {"name": name, "passes": failure is None}
        self.groups[-1]["tests"].append(told if failure is None else {**told, "error": failure})


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All suites."""
    made = {name: contracts.contract(definition) for name, definition in data["contracts"].items()}
    for suite in data["suites"]:
        yield expectations.case("suites", suite["name"], suite, partial(reported, made))


def reported(made: Mapping[str, arvo.Contract[Any]], suite: Mapping[str, Any], expect: Any) -> Iterator[str]:
    """Compare the groups and tests; each config by itself, since functions without a name are hard to tell apart."""
    report = Report()
    for config in suite["config"] if isinstance(suite["config"], list) else [suite["config"]]:
        read(made, config, suite["cases"]).run(report)
    yield from differences(expect, report.groups, {})


def read(made: Mapping[str, arvo.Contract[Any]], config: Mapping[str, Any], cases: Any) -> arvo.Suite:
    """A suite as its file has it."""
    named = {"name": config["name"]} if "name" in config else {}
    if "handler" not in config:
        file = {"config": {**named, "function": ""}, "cases": cases}
        return arvo.Suite.read(file, functions={"": function(config["fn"].get("failOn", []))})
    tested = handler(made, config["handler"])
    return arvo.Suite.read({"config": {**named, "handler": tested.source}, "cases": cases}, handlers=[tested])


def function(fails_on: list[int]) -> Callable[[arvo.Event], list[arvo.Event]]:
    """Fails on some of its calls, else gives back its input."""
    calls = 0

    def call(event: arvo.Event) -> list[arvo.Event]:
        nonlocal calls
        calls += 1
        if calls in fails_on:
            raise ordinary_error({"name": "Error", "message": f"call {calls} failed"})
        return [event]

    return call
