"""Matchers of the recorded expectations (tests/vectors/README.md, section 1).

:func:`differences` compares what was wanted with what was found and says where they part. Labels (`u1`, `S1`) hold for
one case: pass the same dictionary for all of its steps.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import arvo

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")

Labels = dict[str, Any]


if TYPE_CHECKING:
    from typing_extensions import Self


class Message(str):
    """The text of a failure, with the places that it names."""

    paths: frozenset[str]

    def __new__(cls, text: str, paths: Sequence[str] = ()) -> Self:
        """Keep the paths beside the text; the whole is written `/`."""
        message = super().__new__(cls, text)
        message.paths = frozenset(path or "/" for path in paths)
        return message


def differences(wanted: Any, found: Any, labels: Labels, at: str = "") -> Iterator[str]:
    """Every place where `found` is not what was wanted."""
    if isinstance(wanted, dict):
        matcher = next((key for key in wanted if key in MATCHERS), None)
        if matcher is not None:
            yield from MATCHERS[matcher](wanted, found, labels, at)
        elif isinstance(found, Mapping):
            yield from _of_objects(wanted, found, labels, at)
        else:
            yield _says(at, wanted, found)
    elif isinstance(wanted, list):
        if isinstance(found, (str, bytes)) or not isinstance(found, Sequence) or len(found) != len(wanted):
            yield _says(at, wanted, found)
        else:
            for index, (want, find) in enumerate(zip(wanted, found)):
                yield from differences(want, find, labels, f"{at}/{index}")
    elif isinstance(wanted, bool) or isinstance(found, bool) or wanted is None:
        if wanted is not found:
            yield _says(at, wanted, found)
    elif wanted != found:
        yield _says(at, wanted, found)


def _says(at: str, wanted: Any, found: Any) -> str:
    return f"{at or '/'}: wanted {wanted!r}, found {found!r}"


def _of_objects(wanted: Mapping[str, Any], found: Mapping[str, Any], labels: Labels, at: str) -> Iterator[str]:
    left = dict(found)
    for key, want in wanted.items():
        name = key
        if key.startswith("$uuid:"):
            label = key.partition(":")[2]
            name = labels.get(label) or next((each for each in left if UUID.fullmatch(each)), key)
            labels.setdefault(label, name)
        if name in left:
            yield from differences(want, left.pop(name), labels, f"{at}/{name}")
        elif not (isinstance(want, dict) and "$open" in want):
            yield _says(f"{at}/{name}", want, "nothing")
    for key, find in left.items():
        yield _says(f"{at}/{key}", "nothing", find)


def _labelled(label: str, found: Any, labels: Labels, at: str) -> Iterator[str]:
    if labels.setdefault(label, found) != found:
        yield _says(at, f"{label} = {labels[label]!r}", found)


def _uuid(wanted: Any, found: Any, labels: Labels, at: str) -> Iterator[str]:
    if not isinstance(found, str) or not UUID.fullmatch(found):
        yield _says(at, wanted, found)
    else:
        yield from _labelled(wanted["$uuid"], found, labels, at)


def _time(wanted: Any, found: Any, labels: Labels, at: str) -> Iterator[str]:
    if not isinstance(found, str) or not TIME.fullmatch(found):
        yield _says(at, wanted, found)


def _any(wanted: Any, found: Any, labels: Labels, at: str) -> Iterator[str]:
    if found is None:
        yield _says(at, wanted, found)


def _open(wanted: Any, found: Any, labels: Labels, at: str) -> Iterator[str]:
    yield from ()


def _subject(wanted: Any, found: Any, labels: Labels, at: str) -> Iterator[str]:
    if not isinstance(found, str):
        yield _says(at, wanted, found)
        return
    yield from _labelled(wanted["$subject"], found, labels, at)
    if "content" in wanted:
        try:
            content = arvo.Subject.parse(found).to_dict()
        except arvo.SubjectError as error:
            yield _says(at, wanted, f"{found!r} ({error})")
        else:
            yield from differences(wanted["content"], content, labels, f"{at}$")


def _prefix(wanted: Any, found: Any, labels: Labels, at: str) -> Iterator[str]:
    if not isinstance(found, str) or not found.startswith(wanted["$prefix"]):
        yield _says(at, wanted, found)
    elif "issues" in wanted:
        paths = {issue["path"] for issue in wanted["issues"]}
        # Inside an event a message is text alone: it must name each place.
        named = found.paths if isinstance(found, Message) else {path for path in paths if path.lstrip("/") in found}
        if paths != named:
            yield _says(f"{at} (paths)", sorted(paths), sorted(named))


def _text(wanted: Any, found: Any, labels: Labels, at: str) -> Iterator[str]:
    if not isinstance(found, str):
        yield _says(at, wanted, found)
        return
    known = {value for value in labels.values() if isinstance(value, str)}
    text = UUID.sub(lambda uuid: uuid[0] if uuid[0] in known else "<uuid>", found)
    if text != wanted["$text"]:
        yield _says(at, wanted["$text"], text)


def _sha256(wanted: Any, found: Any, labels: Labels, at: str) -> Iterator[str]:
    if not isinstance(found, str) or hashlib.sha256(found.encode()).hexdigest() != wanted["$sha256OfUtf8"]:
        yield _says(at, wanted, found)


def _trace_id(wanted: Any, found: Any, labels: Labels, at: str) -> Iterator[str]:
    if not isinstance(found, str) or not re.fullmatch("[0-9a-f]{32}", found):
        yield _says(at, wanted, found)
    else:
        yield from _labelled(wanted["$traceId"], found, labels, at)


def _span_id(wanted: Any, found: Any, labels: Labels, at: str) -> Iterator[str]:
    if not isinstance(found, str) or not re.fullmatch("[0-9a-f]{16}", found):
        yield _says(at, wanted, found)
    else:
        yield from _labelled(wanted["$spanId"], found, labels, at)


def _traceparent(wanted: Any, found: Any, labels: Labels, at: str) -> Iterator[str]:
    parts = re.fullmatch("00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})", str(found))
    if parts is None:
        yield _says(at, wanted, found)
    else:
        yield from differences(wanted["$traceparent"], parts.groupdict(), labels, at)


MATCHERS = {
    "$any": _any,
    "$open": _open,
    "$prefix": _prefix,
    "$sha256OfUtf8": _sha256,
    "$spanId": _span_id,
    "$subject": _subject,
    "$text": _text,
    "$time": _time,
    "$traceId": _trace_id,
    "$traceparent": _traceparent,
    "$uuid": _uuid,
}


def input_value(value: Any) -> Any:
    """A recorded input as Python has it: `$utf16` and `$repeat` become text."""
    if isinstance(value, dict):
        if set(value) == {"$utf16"}:
            units = b"".join(unit.to_bytes(2, "little") for unit in value["$utf16"])
            return units.decode("utf-16-le", "surrogatepass")
        if set(value) == {"$repeat"}:
            text, times = value["$repeat"]
            return text * times
        return {key: input_value(each) for key, each in value.items()}
    if isinstance(value, list):
        return [input_value(each) for each in value]
    return value
