"""What came of a call, in the form of the recorded expectations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import arvo
from matching import Message


def event_id(definition: Any) -> Any:
    """A recorded way of making ids as ours."""
    if not isinstance(definition, Mapping):
        return definition
    kinds = {"DEVELOPER_MANAGED": arvo.EventId.developer_managed, "ARVO_MANAGED": arvo.EventId.arvo_managed}
    return kinds[definition["deduplication"]](definition["value"])


def message(error: BaseException) -> Message:
    """The text of an error with the places that it names, which the recorded cases write without escapes."""
    issues = [issue.path.replace("~1", "/").replace("~0", "~") for issue in getattr(error, "issues", ())]
    broken = ["/" + each.attribute.replace(".", "/") for each in getattr(error, "broken", ())]
    return Message(str(error), issues + broken)


def failure(error: BaseException) -> dict[str, Any]:
    """An error as `{violation}` or `{error}`."""
    if not isinstance(error, arvo.Violation):
        return {"error": {"name": type(error).__name__, "message": message(error)}}
    found: dict[str, Any] = {
        "name": error.name,
        "message": message(error),
        "violation": arvo.is_violation(error),
        "type": error.type,
        "metadata": error.metadata,
    }
    if isinstance(error, arvo.TransactionViolation):
        found["cause"] = error.cause
    return {"violation": found}


def attempt(call: Callable[[], Any]) -> Any:
    """What a call gives, or how it fails."""
    try:
        return call()
    except Exception as error:
        return failure(error)
