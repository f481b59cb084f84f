"""expressions.json: expressions and templates. Ours, not recorded (tests/cases)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import arvo
from case import Case, Expectations
from matching import differences

ABSENT = object()


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """The only group; a scope may be one of the file's, by name."""
    for case in data["cases"]:
        scope = case["scope"]
        whole = {**case, "scope": data["scopes"][scope] if isinstance(scope, str) else scope}
        yield expectations.case("cases", case["name"], whole, evaluate)


def evaluate(case: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """Compile it for the names of its scope, and work it out."""
    definition = case["expression"] if "expression" in case else case["template"]
    try:
        expression = arvo.Expression(definition, list(case["scope"]))
        found = expression.evaluate(ABSENT, **case["scope"])
    except arvo.ExpressionError as error:
        return part_of(expect, "refused", str(error))
    except arvo.EvaluationError as error:
        return part_of(expect, "error", str(error))
    return differences(expect, {"absent": True} if found is ABSENT else {"value": found}, {})


def part_of(expect: Mapping[str, Any], kind: str, found: str) -> Iterator[str]:
    """The expected text is a part of the message."""
    if expect.get(kind, "\0") not in found:
        yield f"wanted {expect}, found {kind}: {found}"
