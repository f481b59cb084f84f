"""Hostile inputs, each tried in turn; prints what came of them as JSON. Run by `test_hostile.py`."""

from __future__ import annotations

import base64
import gzip
import json
import resource
import sys
import time
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

import arvo

MIB = 1024 * 1024
EVENT: dict[str, Any] = {
    "id": "1",
    "source": "com.shop.web",
    "specversion": "1.0",
    "type": "com.hostile.input",
    "subject": "s",
    "datacontenttype": "application/json",
    "dataschema": None,
    "data": {},
    "time": "2026-01-31T12:00:00.000+00:00",
    **dict.fromkeys(("to", "accesscontrol", "redirectto", "executionunits", "traceparent", "tracestate")),
    "parentid": None,
    "domain": None,
}
CONTRACT = arvo.Contract(
    uri="#/hostile",
    type="com.hostile.input",
    versions={"1.0.0": arvo.VersionSpec(accepts={"type": "object", "x-arvo-unknown-keys": "strip"}, emits={})},
)
HANDLER = arvo.handler(CONTRACT, {"1.0.0": lambda _: None})


def packed(text: bytes, pack: Callable[[bytes], bytes] = zlib.compress) -> str:
    return base64.b64encode(pack(text)).decode()


def event_text(data: str) -> str:
    return json.dumps({**EVENT, "data": {"@": 0}}).replace('{"@": 0}', data)


def handle(text: str) -> None:
    """An event as text, up to the first contract check."""
    HANDLER.execute(arvo.Event.from_json(text))


def read(text: str) -> None:
    """An event as text, up to the first reader."""
    print(arvo.Event.from_json(text).data, file=sys.stderr)


def managed(text: str) -> None:
    """An id that is none is a plain one: that is the refusal."""
    if arvo.ManagedId.parse(text) is None:
        raise arvo.DataError("a plain id")


BOMB = b'{"orchestrator":"' + b"0" * (50 * MIB) + b'"}'
DEEP = "[" * 10_000 + "]" * 10_000
NESTED = '{"a":' * 10_000 + "1" + "}" * 10_000
PROTO = '{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}},"__class__":1,"toString":null}'


def nested() -> dict[str, Any]:
    deep: dict[str, Any] = {}
    for _ in range(10_000):
        deep = {"a": deep}
    return deep


def accepts(schema: dict[str, Any], data: object = None) -> arvo.Event:
    contract = arvo.Contract(
        uri="#/hostile",
        type="com.hostile.input",
        versions={"1.0.0": arvo.VersionSpec(accepts=schema, emits={})},
    )
    return contract.version("latest").accepts(data or {}, source="com.shop.web")


def made(**changed: Any) -> arvo.Event:
    given: dict[str, Any] = {"type": "com.hostile.input", "source": "com.shop.web", "subject": "s", **changed}
    return arvo.Event(**given)


BACKTRACKING = {"type": "object", "properties": {"x": {"type": "string", "pattern": "^(a+)+$"}}}
REFUSED: dict[str, Callable[[], object]] = {
    "subject that inflates to 50 MiB": partial(arvo.Subject.parse, packed(BOMB)),
    "subject that inflates to 50 MiB, gzip": partial(arvo.Subject.parse, packed(BOMB, gzip.compress)),
    "subject of 10 MB": partial(arvo.Subject.parse, "A" * 10_000_000),
    "subject of deep JSON": partial(arvo.Subject.parse, packed(DEEP.encode())),
    "subject of garbage": partial(arvo.Subject.parse, "%%%"),
    "subject of zlib garbage": partial(arvo.Subject.parse, base64.b64encode(b"x\x9c" + b"\xff" * 1000).decode()),
    "id that inflates to 50 MiB": partial(managed, packed(BOMB)),
    "id of 10 MB": partial(managed, "A" * 10_000_000),
    "event of 10 MB": partial(handle, event_text(json.dumps({"x": "y" * 10_000_000}))),
    "event 10,000 lists deep, handled": partial(handle, event_text(f'{{"x":{DEEP}}}')),
    "event 10,000 lists deep, read": partial(read, event_text(f'{{"x":{DEEP}}}')),
    "event 10,000 objects deep": partial(handle, event_text(NESTED)),
    "event with 70,000 keys": partial(handle, event_text(json.dumps(dict.fromkeys(map(str, range(70_000)))))),
    "event with a lone surrogate, handled": partial(handle, event_text('{"x":"\\ud800"}')),
    "event with a lone surrogate, read": partial(read, event_text('{"x":"\\ud800"}')),
    "event with a lone surrogate in a key": partial(handle, event_text('{"\\udc00":1}')),
    "event of invalid UTF-8": partial(arvo.Event.from_json, b'{"id":"\xff"}'),
    "event cut off": partial(handle, event_text("{}")[:-1]),
    "event with more behind": partial(handle, event_text("{}") + "{}"),
    "event of a number beyond everything": partial(handle, event_text('{"x":1e999}')),
    "contract 10,000 deep": partial(arvo.Contract.from_json, NESTED),
    "contract as a mapping 10,000 deep": partial(arvo.Contract.from_json, nested()),
    "schema that fetches from the net": partial(accepts, {"$ref": "https://example.com/schema.json"}),
    "schema that reads a file": partial(accepts, {"$ref": "file:///etc/passwd"}),
    "data 10,000 deep as objects": partial(accepts, {"type": "object"}, nested()),
    "data of a 10 MB key with a lone surrogate": partial(made, data={"x" * 10_000_000 + "\ud800": 1}),
    "type of 10 MB": partial(made, data={}, type="a." * 5_000_000),
}
HARMLESS: dict[str, Callable[[], object]] = {
    "keys that are dangerous elsewhere": partial(handle, event_text(PROTO)),
    "keys that are dangerous elsewhere, read": partial(read, event_text(PROTO)),
    "data of 10 MB as an object": partial(made, data={"x": "y" * 10_000_000}),
    "a pattern that would backtrack for ever": partial(accepts, BACKTRACKING, {"x": "a" * 50_000}),
}


def peak() -> float:
    """The most memory that this process ever had, in MiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (MIB if sys.platform == "darwin" else 1024)


def attempt(case: Callable[[], object], harmless: bool) -> dict[str, Any]:
    before, start = peak(), time.process_time()
    try:
        case()
        refused, said = False, ""
    except arvo.Error as error:
        refused, said = True, str(error)[:200]
    seconds = time.process_time() - start
    return {
        "refused": refused,
        "harmless": harmless and not refused,
        "said": said,
        "seconds": seconds,
        "mebibytes": peak() - before,
    }


def main() -> None:
    """Try all; the process that fails otherwise (a crash, another error) fails the tests."""
    if "--names" in sys.argv:
        print(json.dumps([*REFUSED, *HARMLESS]))
        return
    found = {name: attempt(case, harmless=False) for name, case in REFUSED.items()}
    found.update({name: attempt(case, harmless=True) for name, case in HARMLESS.items()})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
