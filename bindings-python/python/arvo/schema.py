"""Host schemas: functions of the user's own that validate data, with a JSON Schema beside them for export.

A Pydantic model is one as it is; anything else that validates becomes one through :class:`Schema`. Pydantic itself is
not needed: whatever has its methods is treated alike.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping
from typing import Any, Generic, Optional, Protocol, TypeVar, Union

from arvo.errors import ConfigViolation

__all__ = ["JsonSchema", "Model", "Schema"]

T = TypeVar("T")

JsonSchema = Mapping[str, Any]
"""A JSON Schema as Python has it: ``{"type": "object", …}``."""


class Model(Protocol):
    """What this package needs of a Pydantic model."""

    @classmethod
    def model_validate(cls, obj: Any, /) -> Any:
        """Read data, or raise a ``ValueError`` that lists the problems."""

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        """The JSON Schema to export."""
        ...


class Schema(Generic[T]):
    """A schema of the user's own: a function that validates, and the JSON Schema that says the same.

    >>> import arvo
    >>> def positive(data):
    ...     if data["amount"] <= 0:
    ...         raise ValueError("amount must be positive")
    ...     return data
    >>> amount = arvo.Schema(positive, json_schema={"type": "object", "required": ["amount"]})
    >>> amount.validate({"amount": 3})
    {'amount': 3}
    """

    __slots__ = ("json_schema", "validate")

    def __init__(self, validate: Callable[[Any], T], json_schema: JsonSchema) -> None:
        """Make a schema.

        Args:
            validate: gets data as Python has it and returns the data to use; raises ``ValueError`` where it is wrong
                (with the problems of a Pydantic error, where it has an ``errors()``). It must answer at once: one that
                returns an awaitable is a :class:`~arvo.ConfigViolation`. Applied when sending and again when receiving,
                so it must accept what it returns.
            json_schema: what other languages see of it.
        """
        self.validate = validate
        self.json_schema = json_schema


AnySchema = Union[JsonSchema, Schema[T], "type[T]"]


class Table:
    """The host schemas of one contract, by number: the core holds the numbers, the functions stay here.

    Numbers are given once in a process, so that a workflow can put the tables of all its contracts together.
    """

    _numbers = itertools.count()

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.checks: dict[int, Callable[[Any], Any]] = {}

    def define(self, schema: AnySchema[Any], version: str, event_type: str) -> tuple[dict[str, Any], int | None]:
        """The JSON Schema of a schema, and its number if a function of the host does the checking."""
        if isinstance(schema, Mapping):
            return dict(schema), None
        if isinstance(schema, Schema):
            validate, json_schema = schema.validate, schema.json_schema
        elif isinstance(schema, type) and hasattr(schema, "model_validate") and hasattr(schema, "model_json_schema"):
            validate, json_schema = schema.model_validate, schema.model_json_schema()
        else:
            raise TypeError(
                f"the schema of {event_type} in version {version} of {self.uri} is a {type(schema).__name__}; "
                "give a JSON Schema as a mapping, a Pydantic model, or an arvo.Schema"
            )
        number = next(self._numbers)
        self.checks[number] = _synchronous(validate, f"{event_type} in version {version} of {self.uri}")
        return dict(json_schema), number


def _synchronous(validate: Callable[[Any], Any], place: str) -> Callable[[Any], Any]:
    def check(data: Any) -> Any:
        valid = validate(data)
        if inspect.isawaitable(valid):
            if inspect.iscoroutine(valid):
                valid.close()
            raise ConfigViolation(
                f"the schema of {place} returned an awaitable; schemas are synchronous, "
                "so check what needs waiting for in the handler function"
            )
        return valid

    return check


def problems(error: BaseException) -> list[tuple[str, str]] | None:
    """What a schema's exception says of the data: JSON Pointer and text of each problem; None if the schema failed."""
    if not isinstance(error, ValueError):
        return None
    errors: Optional[Callable[..., list[dict[str, Any]]]] = getattr(error, "errors", None)
    if not callable(errors):
        return [("", str(error))]
    found = errors(include_url=False, include_context=False, include_input=False)
    return [(_pointer(each), each["msg"]) for each in found]


def _pointer(problem: Mapping[str, Any]) -> str:
    place = problem["loc"]
    if problem["type"] == "extra_forbidden":
        place = place[:-1]  # unknown keys are reported at the object that has them
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)
