"""subjects.json: the identity of a workflow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from case import Case, Expectations, compared
from matching import differences, input_value

import arvo


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    makers: dict[str, Callable[[Mapping[str, Any]], arvo.Subject]] = {
        "new": lambda case: made(arvo.Subject.new, case["input"]),
        "create": lambda case: arvo.Subject.from_dict(case["content"]),
        "from": lambda case: made(arvo.Subject.descend, case["input"]),
    }
    for group, make in makers.items():
        for index, case in enumerate(data[group]):
            expect, differs = expectations.of(group, str(index), case)
            check = lambda case=case, expect=expect, make=make: judged(expect, lambda: make(input_value(case)))
            yield Case(group, str(index), check, differs)
    for case in data["parse"]:
        expect, differs = expectations.of("parse", case["name"], case)
        yield Case("parse", case["name"], lambda case=case, expect=expect: parse(case, expect), differs)
    for index, case in enumerate(data["validAsEventSubject"]):
        check = compared(case["staysAsItIs"], lambda case=case: as_event_subject(case["subject"]) == case["subject"])
        yield Case("validAsEventSubject", str(index), check)


def made(make: Callable[..., arvo.Subject], given: Mapping[str, Any]) -> arvo.Subject:
    """Call with the reference's names (and its spelling) turned into ours."""
    names = {"orchestator": "orchestrator", "subject": "parent"}
    return make(**{names.get(key, key): value for key, value in given.items()})


def as_event_subject(subject: str) -> str:
    """The subject of an event made with it."""
    return arvo.Event(source="com.test.source", type="com.test.event", subject=subject, data={}).subject


def judged(expect: Mapping[str, Any], make: Callable[[], arvo.Subject]) -> Iterator[str]:
    """Compare what was made, read back from its text."""
    try:
        subject = make()
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
