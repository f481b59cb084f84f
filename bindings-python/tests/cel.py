"""Compares expressions with an independent implementation of CEL, `cel-python`, on the part that both mean alike.

    python cel.py SEED…         250 random expressions for each; ends with 1 if one of them means something else

Differences on purpose are listed in ``docs/expressions.md``; those that the random cases can't avoid, and known faults
of cel-python, are accepted for their reason.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections import Counter
from typing import Any

import arvo
from cel_cases import Cases

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of a module that cel-python itself imports
    import celpy
    import celpy.celtypes as types
    from celpy.adapter import json_to_cel
    from celpy.celparser import CELParseError

Outcome = dict[str, Any]


def ours(expression: str, values: dict[str, Any]) -> Outcome:
    """What Arvo gives."""
    try:
        return {"value": arvo.Expression(expression, list(values)).evaluate(**values)}
    except arvo.EvaluationError as error:
        return {"error": str(error)}
    except arvo.ExpressionError as error:
        return {"refused": str(error)}


def theirs(expression: str, values: dict[str, Any]) -> Outcome:
    """What cel-python gives."""
    environment = celpy.Environment()
    try:
        program = environment.program(environment.compile(expression))
    except CELParseError as error:
        return {"refused": str(error)}
    try:
        return {"value": plain(program.evaluate({name: json_to_cel(value) for name, value in values.items()}))}
    except Exception as error:  # it lets Python's own errors out
        return {"error": f"{type(error).__name__}: {error}"}


def plain(value: Any) -> Any:
    """A value of cel-python as JSON."""
    if isinstance(value, (bool, types.BoolType)):
        return bool(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    for kind in (float, int, str):
        if isinstance(value, kind):
            return kind(value)
    assert value is None
    return None


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: numbers by value, booleans apart from them."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other and isinstance(one, str) == isinstance(other, str)


def within_has(text: str) -> bool:
    """Whether the text ends inside the brackets of a `has(`."""
    return any(text[at.end() :].count("(") >= text[at.end() :].count(")") for at in re.finditer(r"\bhas\(", text))


def judge(expression: str, our: Outcome, their: Outcome) -> str | None:
    """What both agree on, or why they need not."""
    if "value" in our and "value" in their and same(our["value"], their["value"]):
        return "the same value"
    if "value" not in our and "value" not in their and "refused" not in our:
        return "both fail"
    failure, other = our.get("error", ""), their.get("error", "")
    if "/" in expression and ("division by 0" in failure or "2^53" in failure):
        return "there is no infinity: a division by 0, or an overflow, fails"
    missing = re.search(r"column (\d+): there is no", failure)
    if "value" in their and missing and within_has(expression[: int(missing[1]) - 1]):
        return "cel-python: has(…) is false where its operand fails"
    if "value" in our and re.search("IndexError|no such member", other) and re.search(r"&&|\|\|", expression):
        return "cel-python: a failure in a macro's list is not swallowed by && and ||"
    return None


def compare(seed: int) -> Counter[str]:
    """How many of 250 cases are judged how; what is different is printed."""
    cases = Cases(seed)
    found: Counter[str] = Counter()
    for _ in range(250):
        expression, values = cases.case()
        our, their = ours(expression, values), theirs(expression, values)
        verdict = judge(expression, our, their)
        found[verdict or "different"] += 1
        if verdict is None:
            print(expression, f"with   {values}", f"ours   {our}", f"theirs {their}", sep="\n    ")
    return found


def main() -> int:
    """Compare for every seed; most cases must give a value, or nothing was compared."""
    found: Counter[str] = Counter()
    for seed in sys.argv[1:]:
        found += compare(int(seed))
    for verdict, count in found.most_common():
        print(f"{count:6} {verdict}")
    return 1 if found["different"] or found["the same value"] <= sum(found.values()) // 2 else 0


if __name__ == "__main__":
    sys.exit(main())
