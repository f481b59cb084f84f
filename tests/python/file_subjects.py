"""subjects.json: the identity of a workflow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import arvo
from case import Case, Expectations
from matching import differences, input_value


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    makers: dict[str, Callable[[Mapping[str, Any]], arvo.Subject]] = {
        "new": lambda case: made(arvo.Subject.new, case["input"]),
        "create": lambda case: arvo.Subject.from_dict(case["content"]),
        "from": lambda case: made(arvo.Subject.descend, case["input"]),
    }
    for group, make in makers.items():
        for index, case in enumerate(data[group]):
            yield expectations.case(group, index, case, partial(judged, make))
    for case in data["parse"]:
        yield expectations.case("parse", case["name"], case, parse)
    for index, case in enumerate(data["validAsEventSubject"]):
        yield expectations.case("validAsEventSubject", index, case, as_event_subject)


def made(make: Callable[..., arvo.Subject], given: Mapping[str, Any]) -> arvo.Subject:
    """Call with the reference's names (and its spelling) turned into ours."""
    names = {"orchestator": "orchestrator", "subject": "parent"}
    return make(**{names.get(key, key): value for key, value in given.items()})


def as_event_subject(case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """An event takes a subject as it is."""
    event = arvo.Event(source="com.test.source", type="com.test.event", subject=case["subject"], data={})
    yield from differences(case["staysAsItIs"], event.subject == case["subject"], {})


def judged(
    make: Callable[[Mapping[str, Any]], arvo.Subject], case: Mapping[str, Any], expect: Mapping[str, Any]
) -> Iterator[str]:
    """Compare what was made, read back from its text."""
    try:
        subject = make(input_value(case))
    except arvo.SubjectError as error:
        found: Any = {"error": {"broken": sorted(broken.attribute for broken in error.broken)}}
    else:
        found = {"decoded": arvo.Subject.parse(subject.encode()).to_dict()}
    if "error" in expect:
        yield from differences({"error": {"broken": expect["error"]["broken"]}}, found, {})
    else:
        yield from differences({"decoded": input_value(expect["decoded"])}, found, {})


def parse(case: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """A subject read."""
    try:
        found: Any = {"decoded": arvo.Subject.parse(case["subject"]).to_dict()}
    except arvo.SubjectError:
        found = {"error": True}
    yield from differences(expect, found, {})
    yield from differences(case["isValid"], "decoded" in found, {})
