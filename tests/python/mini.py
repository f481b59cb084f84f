"""The little language of the statechart vectors (tests/vectors/statecharts/README.md), as real Python functions."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import arvo
from language import as_javascript_writes, equal, look_up

Scope = Mapping[str, Any]


class Mini:
    """The functions of one case; `ran` collects what they did, as the vectors record it."""

    def __init__(self, case: Mapping[str, Any], file: Mapping[str, Any]) -> None:
        given = case.get("implementations") or file.get("implementations") or {}
        self.ran: list[Any] = []
        self._case = case
        self._guards: Mapping[str, Any] = given.get("guards", {})
        self._actions: Mapping[str, Any] = given.get("actions", {})
        self._functions: Mapping[str, Any] = given.get("functions", {})

    def chart(self) -> arvo.Chart:
        """The chart of the case."""
        return arvo.Chart(self.definition(), guards=self.guards(), actions=self.actions(), log=self.log)

    def definition(self) -> Any:
        """The definition with functions in it."""
        return self.with_functions(self._case["machine"])

    def guards(self) -> dict[str, Any]:
        """Every named guard."""
        return {
            name: self.function(name, form) if "test" in form else self.with_functions(form)
            for name, form in self._guards.items()
        }

    def actions(self) -> dict[str, Any]:
        """Every named action; a name without an implementation is one that only tells that it ran."""
        names = {*texts(self._case["machine"]), *texts(self._actions), *texts(self._functions)}
        missing = {*self._case.get("unimplemented", ()), "enqueueArvoEvent"}
        made = {name: self.function(name, {"custom": None}) for name in names - missing}
        return {**made, **{name: self._action(name, form) for name, form in self._actions.items()}}

    def _action(self, name: str, form: Any) -> Any:
        if "enqueue" in form:
            return {"enqueueActions": self.function(name, form)}
        return self.function(name, form) if "custom" in form else self.with_functions(form)

    def with_functions(self, form: Any) -> Any:
        """A form with a function in the place of each reference."""
        if isinstance(form, list):
            return [self.with_functions(each) for each in form]
        if not isinstance(form, dict):
            return form
        if "$fn" in form:
            return self.function(form["$fn"], self._functions[form["$fn"]])
        return {key: self.with_functions(each) for key, each in form.items()}

    def function(self, name: str, definition: Any) -> Callable[..., Any]:
        """A guard, an action or a value."""
        kinds = definition if isinstance(definition, dict) else {}
        if "test" in kinds:
            return lambda context, event, params: self.passes(kinds["test"], scope_of(context, event, params))
        if "custom" in kinds:
            return lambda context, event, params: self.record(
                name, kinds["custom"], scope_of(context, event, params), params
            )
        if "enqueue" in kinds:
            return lambda enqueue, context, event, params: self.steps(
                kinds["enqueue"], name, enqueue, scope_of(context, event, params)
            )
        return lambda *seen: evaluate(definition, {"input": seen[0]} if len(seen) == 1 else scope_of(*seen))

    def passes(self, expression: Any, scope: Scope) -> bool:
        """Truth as the vectors mean it: an empty list is true."""
        value = evaluate(expression, scope)
        return isinstance(value, (list, dict)) or bool(value)

    def record(self, name: str, expression: Any, scope: Scope, params: Any = None) -> None:
        """Tell that an action ran."""
        value = evaluate(expression, scope)
        details = {key: each for key, each in (("params", params), ("value", value)) if each is not None}
        self.ran.append([name, scope["event"]["type"], *([details] if details else [])])

    def log(self, label: Any, value: Any) -> None:
        """Tell what was logged."""
        self.ran.append(["log", {"value": value} if label is None else {"label": label, "value": value}])

    def steps(self, steps: Any, name: str, enqueue: arvo.Enqueue, scope: Scope) -> None:
        """Enqueue actions."""
        for step in steps:
            if "when" in step:
                passes = enqueue.check(self.with_functions(step["when"]))
                self.steps(step["then"] if passes else step.get("else", ()), name, enqueue, scope)
            elif "call" in step:
                self.record(name, step["call"], scope)
            else:
                enqueue(self.with_functions(step))


def scope_of(context: Any, event: Any, params: Any) -> Scope:
    """What expressions look things up in."""
    return {"context": context, "event": event, "params": params}


def texts(form: Any) -> Iterator[str]:
    """Every text in it that could be a name."""
    if isinstance(form, str):
        yield form
    elif isinstance(form, (list, dict)):
        for each in form.values() if isinstance(form, dict) else form:
            yield from texts(each)


def evaluate(expression: Any, scope: Scope) -> Any:
    """The value of an expression."""
    if isinstance(expression, dict):
        return {key: evaluate(each, scope) for key, each in expression.items()}
    if not isinstance(expression, list):
        return expression
    name, *operands = expression
    if name == "$":
        return look_up(operands[0], scope, None)
    if name == "quote":
        return operands[0]
    if name == "throw":
        raise Exception(operands[0])
    if name == "if":
        return evaluate(operands[1 if evaluate(operands[0], scope) is True else 2], scope)
    return OPERATORS[name](*(evaluate(each, scope) for each in operands))


def text(value: Any) -> str:
    """A value as JavaScript joins it."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return as_javascript_writes(value)
    return json.dumps(value, separators=(",", ":"))


def merged(*maps: Any) -> dict[str, Any]:
    """Objects laid over each other."""
    return {key: each for one in maps if isinstance(one, dict) for key, each in one.items()}


def appended(items: Any, *more: Any) -> list[Any]:
    """A list with more at its end."""
    return [*(items if isinstance(items, list) else ()), *more]


def number(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operation on two numbers; anything else is none."""

    def of_numbers(left: Any, right: Any) -> Any:
        numbers = (each if isinstance(each, (int, float)) else float("nan") for each in (left, right))
        return operate(*numbers)

    return of_numbers


OPERATORS: dict[str, Callable[..., Any]] = {
    "+": number(operator.add),
    "-": number(operator.sub),
    "*": number(operator.mul),
    "/": number(operator.truediv),
    "%": number(operator.mod),
    "eq": equal,
    "ne": lambda left, right: not equal(left, right),
    "lt": number(operator.lt),
    "lte": number(operator.le),
    "gt": number(operator.gt),
    "gte": number(operator.ge),
    "and": lambda *values: all(value is True for value in values),
    "or": lambda *values: any(value is True for value in values),
    "not": lambda value: value is not True,
    "concat": lambda *values: "".join(map(text, values)),
    "list": lambda *values: list(values),
    "append": appended,
    "len": lambda value: len(value) if isinstance(value, list) else len(text(value)),
    "merge": merged,
}
