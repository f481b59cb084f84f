"""The little language of behaviours (tests/vectors/README.md, section 2), as real Python callbacks."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from typing import Any

import arvo

Scope = Mapping[str, Any]


class _Missing:
    """Nothing at a `$ref`; drops the object member that it would fill."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = _Missing()


def evaluate(template: Any, scope: Scope) -> Any:
    """The value of a template in a scope; MISSING where nothing is found."""
    if isinstance(template, list):
        return [None if (value := evaluate(each, scope)) is MISSING else value for each in template]
    if not isinstance(template, dict):
        return template
    name = _operator(template)
    if name is None:
        values = ((key, evaluate(each, scope)) for key, each in template.items())
        return {key: value for key, value in values if value is not MISSING}
    if name not in OPERATORS:
        raise ValueError(f"unknown operator {name}")
    return OPERATORS[name](template[name], scope, template)


def _operator(template: Mapping[str, Any]) -> str | None:
    keys = [key for key in template if key != "default"]
    single = len(keys) == 1 and keys[0].startswith("$") and not keys[0].endswith("$$")
    return keys[0] if single else None


def look_up(path: str | list[str], value: Any, default: Any = MISSING) -> Any:
    """What lies at `a.b.0.c`."""
    for part in path.split(".") if isinstance(path, str) else path:
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, (list, tuple)) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return default
    return value


def truth(value: Any) -> bool:
    """Nothing, null, false, 0 and "" are false."""
    return not (value is MISSING or value is None or value is False or value == "" or (_number(value) and value == 0))


def as_javascript_writes(number: float) -> str:
    """A number as `String(number)` gives it."""
    if isinstance(number, int) or (number.is_integer() and abs(number) < 1e21):
        return str(int(number))
    text = repr(number)
    mantissa, mark, exponent = text.partition("e")
    if not mark:
        return text
    if -7 < int(exponent) < 0:
        return f"{number:.20f}".rstrip("0")
    return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"


def equal(left: Any, right: Any) -> bool:
    """Equal as JSON; nothing equals null."""
    left, right = (None if value is MISSING else value for value in (left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return bool(left == right)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _ref(path: Any, scope: Scope, template: Mapping[str, Any]) -> Any:
    found = look_up(path, scope)
    return evaluate(template["default"], scope) if found is MISSING and "default" in template else found


def _concat(parts: Any, scope: Scope, _: Any) -> str:
    return "".join(as_javascript_writes(each) if _number(each) else str(each) for each in _list(parts, scope))


def _len(operand: Any, scope: Scope, _: Any) -> int:
    value = evaluate(operand, scope)
    if isinstance(value, str):
        return len(value.encode("utf-16-le", "surrogatepass")) // 2
    return len(value) if isinstance(value, list) else 0


def _compare(test: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    def compare(operands: Any, scope: Scope, _: Any) -> bool:
        left, right = (evaluate(each, scope) for each in operands)
        return left not in (None, MISSING) and right not in (None, MISSING) and test(left, right)

    return compare


def _if(operands: Any, scope: Scope, _: Any) -> Any:
    condition, then, otherwise = operands
    return evaluate(then if truth(evaluate(condition, scope)) else otherwise, scope)


def _append(operands: Any, scope: Scope, _: Any) -> Any:
    values = [evaluate(each, scope) for each in operands]
    start = values[0] if isinstance(values[0], list) else []
    return [*start, *(value for value in values[1:] if value is not MISSING)]


def _merge(operands: Any, scope: Scope, _: Any) -> Any:
    merged: dict[str, Any] = {}
    for value in (evaluate(each, scope) for each in operands):
        merged.update(value if isinstance(value, dict) else {})
    return merged


def _pluck(operands: Any, scope: Scope, _: Any) -> Any:
    items = evaluate(operands[0], scope)
    found = (look_up(operands[1], item) for item in (items if isinstance(items, list) else []))
    return [None if value is MISSING else value for value in found]


def _list(operands: Any, scope: Scope) -> list[Any]:
    values = evaluate(operands, scope)
    return values if isinstance(values, list) else []


OPERATORS: dict[str, Callable[..., Any]] = {
    "$ref": _ref,
    "$literal": lambda value, scope, _: value,
    "$sum": lambda operands, scope, _: sum(_list(operands, scope)),
    "$mul": lambda operands, scope, _: functools.reduce(operator.mul, _list(operands, scope), 1),
    "$sub": lambda operands, scope, _: operator.sub(*_list(operands, scope)),
    "$concat": _concat,
    "$len": _len,
    "$eq": lambda operands, scope, _: equal(*(evaluate(each, scope) for each in operands)),
    "$gt": _compare(operator.gt),
    "$gte": _compare(operator.ge),
    "$lt": _compare(operator.lt),
    "$not": lambda operand, scope, _: not truth(evaluate(operand, scope)),
    "$and": lambda operands, scope, _: all(truth(evaluate(each, scope)) for each in operands),
    "$or": lambda operands, scope, _: any(truth(evaluate(each, scope)) for each in operands),
    "$if": _if,
    "$append": _append,
    "$merge": _merge,
    "$pluck": _pluck,
}


def perform(behaviour: Mapping[str, Any], scope: Scope) -> Any:
    """Do what a behaviour says: return a value, nothing, or raise."""
    if "throws" in behaviour:
        raise ordinary_error(behaviour["throws"])
    if "throwsViolation" in behaviour:
        raise violation(behaviour["throwsViolation"])
    if "returns" in behaviour:
        value = evaluate(behaviour["returns"], scope)
        return None if value is MISSING else value
    return None


def ordinary_error(error: Mapping[str, Any]) -> Exception:
    """An error of the given class name."""
    kind = type(error["name"], (Exception,), {})
    raised: Exception = kind(error["message"])
    return raised


def violation(definition: Mapping[str, Any]) -> arvo.Violation:
    """A violation, of ours or of the user's own type."""
    message, metadata = definition["message"], definition.get("metadata")
    kinds = {
        "Execution": arvo.ExecutionViolation,
        "Config": arvo.ConfigViolation,
        "Contract": arvo.ContractViolation,
    }
    if definition["kind"] == "Custom":
        own = type(definition["type"], (arvo.Violation,), {})
        raised: arvo.Violation = own(message, metadata=metadata)
        return raised
    return kinds[definition["kind"]](message, metadata=metadata)
