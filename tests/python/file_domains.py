"""domains.json: from the domains that emitting code gives to those of the events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from case import Case, Expectations, compared

import arvo


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    symbols = {name: getattr(arvo.Domain, name) for name in data["symbols"]}
    yield Case("symbols", "", compared(data["symbols"], lambda: symbols))
    for index, case in enumerate(data["resolve"]):
        name = f"{index}: {case['symbol']}"
        expect, differs = expectations.of("resolve", name, case)
        yield Case("resolve", name, compared(expect, lambda case=case: one(data, case)), differs)
    for index, case in enumerate(data["lists"]):
        name = f"{index}: {case['at']}"
        expect, differs = expectations.of("lists", name, case)
        yield Case("lists", name, compared(expect, lambda case=case: several(data, case)), differs)


def one(data: Mapping[str, Any], case: Mapping[str, Any]) -> str | None:
    """One entry, resolved."""
    contract = case["eventContract"]
    [domain] = arvo.Domain.resolve(
        [case["value"]],
        self_contract=data["contractDomains"][case["selfContract"]],
        event_contract=data["contractDomains"][contract] if contract is not None else None,
        triggering_event=case["triggeringDomain"],
        current_subject=subject(data["subjects"], case["currentSubject"]),
        parent_subject=subject(data["parents"], case["parentSubject"]),
    )
    return domain


def several(data: Mapping[str, Any], case: Mapping[str, Any]) -> list[str | None]:
    """A list as emitting code gives it; whatever emits, duplicates fall away after resolution."""
    contracts = data["listContracts"][case["at"]]
    parent = case.get("parent", "no parent")
    return arvo.Domain.resolve(
        case["list"],
        self_contract=contracts["self"],
        event_contract=contracts["event"],
        triggering_event=case["event"],
        current_subject=with_domain("arvo.orc.current", case["subject"]),
        parent_subject=None if parent == "no parent" else with_domain("arvo.orc.parent", parent),
    )


def subject(named: Mapping[str, Any], name: str) -> str | None:
    """A subject by its name in the file."""
    found = named[name]
    return found["subject"] if isinstance(found, Mapping) else found


def with_domain(orchestrator: str, domain: str | None) -> str:
    """A subject that carries this domain."""
    made = arvo.Subject.new(orchestrator=orchestrator, version="1.0.0", initiator="com.test.client", domain=domain)
    return made.encode()
