"""domains.json: from the domains that emitting code gives to those of the events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import arvo
from case import Case, Expectations
from matching import differences


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    yield expectations.case("symbols", "", {"expect": data["symbols"]}, symbols)
    for index, case in enumerate(data["resolve"]):
        yield expectations.case("resolve", f"{index}: {case['symbol']}", case, partial(one, data))
    for index, case in enumerate(data["lists"]):
        yield expectations.case("lists", f"{index}: {case['at']}", case, partial(several, data))


def symbols(_: Any, expect: Mapping[str, Any]) -> Iterator[str]:
    """The names and their texts."""
    yield from differences(expect, {name: getattr(arvo.Domain, name) for name in expect}, {})


def one(data: Mapping[str, Any], case: Mapping[str, Any], expect: Any) -> Iterator[str]:
    """One entry, resolved."""
    contract = case["eventContract"]
    found = arvo.Domain.resolve(
        [case["value"]],
        self_contract=data["contractDomains"][case["selfContract"]],
        event_contract=data["contractDomains"][contract] if contract is not None else None,
        triggering_event=case["triggeringDomain"],
        current_subject=subject(data["subjects"], case["currentSubject"]),
        parent_subject=subject(data["parents"], case["parentSubject"]),
    )
    yield from differences([expect], found, {})


def several(data: Mapping[str, Any], case: Mapping[str, Any], expect: Any) -> Iterator[str]:
    """A list as emitting code gives it; whatever emits, duplicates fall away after resolution."""
    contracts = data["listContracts"][case["at"]]
    parent = case.get("parent", "no parent")
    found = arvo.Domain.resolve(
        case["list"],
        self_contract=contracts["self"],
        event_contract=contracts["event"],
        triggering_event=case["event"],
        current_subject=with_domain("arvo.orc.current", case["subject"]),
        parent_subject=None if parent == "no parent" else with_domain("arvo.orc.parent", parent),
    )
    yield from differences(expect, found, {})


def subject(named: Mapping[str, Any], name: str) -> str | None:
    """A subject by its name in the file."""
    found = named[name]
    return found["subject"] if isinstance(found, Mapping) else found


def with_domain(orchestrator: str, domain: str | None) -> str:
    """A subject that carries this domain."""
    made = arvo.Subject.new(orchestrator=orchestrator, version="1.0.0", initiator="com.test.client", domain=domain)
    return made.encode()
