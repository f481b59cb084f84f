"""Definitions with functions in them, taken apart: the core gets JSON with numbers, the functions stay here.

A definition is JSON as in a portable machine, but wherever that may hold an expression, a function may stand.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any, Optional

from arvo import _arvo, driver
from arvo.errors import ConfigViolation

__all__ = ["Enqueue", "Functions"]

logger = logging.getLogger("arvo")

# What a function is for; `src/functions.rs` has the same.
_VALUE, _GUARD, _COLLECT = range(3)

_LOOKED_AT = 3
"""Functions take context, event and params, in this order."""

Entry = tuple[Callable[..., Any], int, int]
"""A function, how many arguments it takes, and what it is for."""

Log = Callable[[Optional[str], Any], object]


class Functions:
    """The functions of one machine, by number, and where its log goes."""

    __slots__ = ("entries", "log")

    def __init__(self, log: Optional[Log] = None) -> None:
        self.entries: list[Entry] = []
        self.log: Log = log or _to_logger

    def keep(self, entry: Entry) -> int:
        """Number an entry."""
        self.entries.append(entry)
        return len(self.entries) - 1

    @property
    def taken(self) -> Taking:
        """Takes functions out of forms, and keeps them here."""
        return Taking(self.keep)


class Taking:
    """Takes the functions out of forms; where each stood, its number stands then.

    What is no form is left as it is: the core says what is wrong with it.
    """

    __slots__ = ("_keep", "_of_states")

    def __init__(self, keep: Callable[[Entry], int]) -> None:
        self._keep = keep
        self._of_states: dict[str, Callable[[Any, str], Any]] = {}

    def root(self, definition: Any) -> Any:
        """A whole definition."""
        self._of_states = {
            "on": partial(self._each, self.transitions),
            "always": self.transitions,
            "onDone": self.transitions,
            "entry": self.actions,
            "exit": self.actions,
            "initial": self.transition,
            "context": self.value,
            "output": self.value,
        }
        try:
            return self.state(definition, "")
        except RecursionError:
            raise _refused("states", "holds itself, or states in states deeper than Python can go") from None
        finally:
            self._of_states.clear()  # they know their owner

    def setup(self, guards: Mapping[str, Any], actions: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Named guards and actions."""
        return {
            "guards": {name: self.guard(form, f"guards.{name}") for name, form in guards.items()},
            "actions": {name: self.action(form, f"actions.{name}") for name, form in actions.items()},
        }

    def state(self, state: Any, path: str) -> Any:
        """A state, with all that is in it."""
        if not isinstance(state, Mapping):
            return state
        made = self._parts(state, self._of_states, path)
        inner = state.get("states")
        if isinstance(inner, Mapping):  # here, and not in a function of its own: states may lie deep in each other
            states = made["states"] = {}
            for name, each in inner.items():
                states[name] = self.state(each, _at(path, f"states.{name}"))
        return made

    def transitions(self, given: Any, path: str) -> Any:
        """One transition or several."""
        return self._list(self.transition, given, path)

    def transition(self, given: Any, path: str) -> Any:
        """A transition, a branch of `if`, or an `initial` with actions."""
        return self._parts(given, {"guard": self.guard, "actions": self.actions}, path)

    def actions(self, given: Any, path: str) -> Any:
        """One action or several."""
        return self._list(self.action, given, path)

    def action(self, given: Any, path: str) -> Any:
        """An action in any form."""
        if callable(given):
            return self._function(given, _VALUE, path)
        if isinstance(given, Mapping) and "type" in given:
            return self._parts(given, {"params": self.value}, path)
        values = dict.fromkeys(("emit", "raise", "log", "fail"), self.value)
        branches = partial(self._list, self.transition)
        parts = {**values, "assign": self._assign, "enqueueActions": self._collect, "if": branches}
        return self._parts(given, parts, path)

    def guard(self, given: Any, path: str) -> Any:
        """A guard in any form."""
        if callable(given):
            return self._function(given, _GUARD, path)
        if isinstance(given, Mapping) and "type" in given:
            return self._parts(given, {"params": self.value}, path)
        several = partial(self._list, self.guard)
        return self._parts(given, {"and": several, "or": several, "not": self.guard}, path)

    def value(self, given: Any, path: str) -> Any:
        """JSON, an expression, or a function that makes it."""
        return self._function(given, _VALUE, path) if callable(given) else given

    def _assign(self, given: Any, path: str) -> Any:
        return self.value(given, path) if callable(given) else self._each(self.value, given, path)

    def _collect(self, given: Any, path: str) -> Any:
        return self._function(given, _COLLECT, path) if callable(given) else given

    def _each(self, take: Callable[[Any, str], Any], given: Any, path: str) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {name: take(each, _at(path, name)) for name, each in given.items()}

    def _list(self, take: Callable[[Any, str], Any], given: Any, path: str) -> Any:
        if isinstance(given, (list, tuple)):
            return [take(each, f"{path}[{index}]") for index, each in enumerate(given)]
        return take(given, path)

    def _parts(self, given: Any, parts: Mapping[str, Callable[[Any, str], Any]], path: str) -> Any:
        if not isinstance(given, Mapping):
            return given
        if "$fn" in given:
            raise _refused(path, 'holds "$fn"; write the function itself there')
        return {name: parts[name](each, _at(path, name)) if name in parts else each for name, each in given.items()}

    def _function(self, function: Callable[..., Any], purpose: int, path: str) -> dict[str, int]:
        return {"$fn": self._keep(_entry(function, purpose, path))}


def _at(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)


class Enqueue:
    """What an `enqueue_actions` function is given: it says what to do, and may ask guards first.

    >>> import arvo
    >>> def choose(enqueue, context):
    ...     if enqueue.check("late"):
    ...         enqueue.assign({"tries": context["tries"] + 1})
    ...     enqueue("note")
    >>> chart = arvo.Chart(
    ...     {"id": "m", "context": {"tries": 0}, "on": {"GO": {"actions": arvo.enqueue_actions(choose)}}},
    ...     guards={"late": lambda context: context["tries"] < 1}, actions={"note": lambda: None},
    ... )
    >>> chart.send(chart.start().snapshot, {"type": "GO"}).snapshot["context"]
    {'tries': 1}
    """

    __slots__ = ("_forms", "_lent", "_taking")

    def __init__(self, lent: _arvo.Lent) -> None:
        """Made for the length of one call."""
        self._lent = lent
        self._taking = Taking(lent.keep)
        self._forms: list[Any] = []

    def __call__(self, action: Any) -> None:
        """Run this action, in any form that a definition may hold, after those enqueued before."""
        self._forms.append(self._taking.action(action, "enqueue_actions"))

    def assign(self, patch: Any) -> None:
        """Enqueue :func:`~arvo.assign` of values, or of a function."""
        self._add("assign", patch)

    def emit(self, event: Any) -> None:
        """Enqueue :func:`~arvo.emit` of an event, or of a function that makes it."""
        self._add("emit", event)

    def raise_(self, event: Any) -> None:
        """Enqueue :func:`~arvo.raise_` of an event, or of a function that makes it."""
        self._add("raise", event)

    def log(self, value: Any, label: Optional[str] = None) -> None:
        """Enqueue :func:`~arvo.log` of a value."""
        form = {"log": self._made(value)}
        self._forms.append(form if label is None else {**form, "label": label})

    def check(self, guard: Any) -> bool:
        """Does this guard pass, with the context before the actions enqueued?

        Raises:
            AlreadyAnsweredError: the function has returned already.
        """
        return self._lent.passes(self._taking.guard(guard, "check"))

    def _add(self, key: str, value: Any) -> None:
        self._forms.append({key: self._made(value)})

    def _made(self, value: Any) -> Any:
        """A value of the moment stays an object: it is no template."""
        made = value if callable(value) else lambda: value
        return self._taking.value(made, "enqueue_actions")


def _entry(function: Callable[..., Any], purpose: int, path: str) -> Entry:
    if driver.is_async(function):
        raise _refused(path, "is an async function, but a machine's functions run within one step; emit an event")
    if purpose == _COLLECT:
        return _collecting(function), _taken(function, path, 1 + _LOOKED_AT) - 1, _COLLECT
    return function, _taken(function, path, _LOOKED_AT), purpose


def _collecting(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def collect(lent: _arvo.Lent, *seen: Any) -> Any:
        enqueue = Enqueue(lent)
        returned = function(enqueue, *seen)
        return enqueue._forms if returned is None else returned

    return collect


def _taken(function: Callable[..., Any], path: str, most: int) -> int:
    """How many arguments a function is called with: those that it needs; all of them, if it takes any number."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some built-ins tell nobody
        return 1
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return most
    needed = [each for each in parameters if each.default is each.empty]
    positional = [each for each in needed if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    if len(positional) > most or any(each.kind is each.KEYWORD_ONLY for each in needed):
        names = "enqueue, context, event and params" if most > _LOOKED_AT else "context, event and params"
        raise _refused(path, f"needs other arguments than {names}, which functions get in this order")
    return len(positional)


def _refused(path: str, text: str) -> ConfigViolation:
    message = f"{path or 'the definition'} {text}"
    return ConfigViolation(message, problems=[("E-FORM", "error", path, message)])


def _to_logger(label: Optional[str], value: Any) -> None:
    if label is None:
        logger.info("%s", value)
    else:
        logger.info("%s: %s", label, value)
