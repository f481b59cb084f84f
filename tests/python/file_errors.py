"""errors.json: the classes of violations, what counts as one, and the text of every error seen in the other files."""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import arvo
import contracts
import run
from case import Case, Expectations
from matching import differences

# Texts that cases of ours never give: they end otherwise (SPEC §13, §15), or raise what Python cannot raise.
NEVER = {
    "resumable.json#output: __ keys and a strict schema",
    "resumable.json#something that is no error is thrown",
    "broker.json#the same source twice: the second is refused",
}


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """The groups that concern contracts, events and handlers."""
    for case in data["classes"]:
        yield expectations.case("classes", case["name"], case, violation_class)
    for case in data["isViolation"]:
        yield expectations.case("isViolation", case["name"], case, is_violation)
    for case in data["other"]:
        yield expectations.case("other", case["name"], case, other)
    calls = memory_calls()
    for case in data["memory"]:
        yield expectations.case("memory", case["name"], case, functools.partial(remembered, next(calls)))
    for case in data["messages"]:
        name = case["at"].partition(".json#")[0]
        if case["at"] not in NEVER and "ours" not in case and name in run.FILES and run.find(name):
            yield expectations.case("messages", case["at"], case, produced)


def memory_calls() -> Iterator[Callable[[], Any]]:
    """The calls of the group, in order, on one memory."""
    memory = arvo.InMemory()
    nothing: Any = None
    yield lambda: memory.read("")
    yield lambda: memory.write("", {"x": 1})
    yield lambda: memory.write("k", nothing)
    yield lambda: memory.lock("")
    yield lambda: memory.unlock("")
    yield lambda: memory.read("k")
    yield lambda: memory.write("k", {"x": 1})
    yield lambda: memory.read("k")
    yield lambda: memory.lock("k")
    yield lambda: memory.lock("k")
    yield lambda: memory.lock("other")
    yield lambda: memory.unlock("k")
    yield lambda: memory.unlock("k")
    yield lambda: memory.lock("k")
    yield lambda: memory.clear("k")
    yield lambda: memory.lock("k")


def remembered(call: Callable[[], Any], _: Any, expect: Mapping[str, Any]) -> Iterator[str]:
    """What the in-process memory answers."""
    try:
        found: Any = {"value": call()}
    except arvo.RecordError as error:
        found = {"error": {"name": "Error", "message": str(error)}}
    yield from differences(expect, found, {})


def is_violation(case: Mapping[str, Any], expect: bool) -> Iterator[str]:
    """What counts as a violation."""
    yield from differences(expect, arvo.is_violation(CANDIDATES[case["name"]]()), {})


def violation_class(case: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """The fields of a violation."""
    metadata, message = expect["metadata"], "the message"
    kinds = {"ContractViolation": arvo.ContractViolation, "ConfigViolation": arvo.ConfigViolation}
    kind = case["name"].split(" ")[0]
    if kind == "TransactionViolation":
        made: arvo.Violation = arvo.TransactionViolation(message, cause=expect["cause"], metadata=metadata)
    elif kind == "ViolationError":
        text = expect["message"].partition(" ")[2]
        made = arvo.Violation(text, type=expect["type"], metadata=metadata)
    else:
        made = kinds.get(kind, arvo.ExecutionViolation)(message, metadata=metadata)
    is_transaction = isinstance(made, arvo.TransactionViolation)
    found = {
        "name": made.name,
        "message": str(made),
        "type": made.type,
        "metadata": made.metadata,
        "isViolation": arvo.is_violation(made),
        "isTransaction": is_transaction,
        "isTransactionOfCauseRead": is_transaction and made.cause == "READ_MACHINE_MEMORY_FAILURE",
    }
    if isinstance(made, arvo.TransactionViolation):
        found["cause"] = made.cause
    yield from differences(expect, found, {})


def marked(message: str = "m", **marks: Any) -> Exception:
    """An exception of another library with these marks."""
    error = Exception(message)
    error.__dict__.update(marks)
    return error


CANDIDATES = {
    "a plain error": lambda: Exception("m"),
    "an error with the mark, type and name": lambda: marked(is_violation=True, type="T", name="ViolationError<T>"),
    "an error with the mark but no type": lambda: marked(is_violation=True),
    "an error with the mark and an empty type": lambda: marked(is_violation=True, type=""),
    "an error with a type but no mark": lambda: marked(type="T"),
    "an error with mark, type and empty message": lambda: marked("", is_violation=True, type="T"),
    "an object that looks like one": lambda: {"is_violation": True, "type": "T", "message": "m"},
    "text": lambda: "text",
    "null": lambda: None,
}


def other(case: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """Errors that belong to none of the other files."""
    name = case["name"]
    if name == "event constructor without to":
        absent = ("dataschema", "to", "accesscontrol", "redirectto", "executionunits")
        event: dict[str, Any] = dict.fromkeys((*absent, "traceparent", "tracestate", "parentid", "domain"))
        event.update(id="i", source="com.a.b", specversion="1.0", type="com.a.b", subject="s", data={})
        event.update(time="2025-01-02T03:04:05.006+00:00")
        try:
            arvo.Event.from_json(event)
        except arvo.EventError as error:
            # The reference throws one text; ours lists every broken attribute (SPEC, section 2).
            yield from differences(["to"], [broken.attribute for broken in error.broken], {})
        else:
            yield "wanted an error, found an event"
        return
    if name == "registry without machines":
        try:
            arvo.orchestrator()
        except arvo.Error as error:
            yield from differences(expect["error"]["message"], str(error), {})
        else:
            yield "wanted an error, found an orchestrator"
        return
    plain = contracts.contract({"kind": "plain", "uri": "#/a", "type": "com.test.a", "versions": VERSIONS})
    version = plain.version("1.0.0")
    if name == "orchestrator factory for a plain contract":
        try:
            version.init({}, source="com.test.client")
        except arvo.Error as error:
            yield from differences(expect["error"]["message"], str(error), {})
        else:
            yield "wanted an error, found an event"
        return
    with_stack = "without stack" not in name
    kind: type[Exception] = type("N" if with_stack else "Error", (Exception,), {})
    error = kind("m")
    if with_stack:
        try:
            raise error
        except kind:
            pass
    found = version.system_error(error, source="com.test.client", subject="s").to_dict()["data"]
    if with_stack and isinstance(found["errorStack"], str):
        found["errorStack"] = "string"
    yield from differences(expect["value"], found, {})


VERSIONS = {"1.0.0": {"accepts": "{}", "emits": {}}}


def produced(case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """The case that the message was seen in gives it here too."""
    file, _, name = case["at"].partition(".json#")
    path = run.find(file)
    assert path
    data = json.loads(path.read_text("utf-8"))
    module = importlib.import_module(f"file_{file}")
    wanted = {"message": case["message"]}
    if case["type"] is not None:
        wanted |= {"name": case["name"], "type": case["type"]}
    failures = [told(outcome, wanted) for outcome in module.failures(data, name) if told(outcome, wanted)]
    if not any(not list(differences(wanted, found, {})) for found in failures):
        yield f"wanted {wanted!r}, found {failures!r}"


def told(outcome: Any, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an outcome says of its failure, in the keys that are compared."""
    failure = outcome.get("violation") or outcome.get("error") if isinstance(outcome, dict) else None
    return {key: failure.get(key) for key in wanted} if failure else None
