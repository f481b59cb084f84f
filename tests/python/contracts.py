"""The contract definitions of the recorded cases as contracts (tests/vectors/README.md, section 2)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import arvo

EMPTY = {"schema": {"type": "object", "properties": {}, "additionalProperties": False}, "unknownKeys": {"#": "strip"}}


def schema(definition: Any) -> dict[str, Any]:
    """A recorded schema with its modes written where they hold."""
    definition = EMPTY if definition == "{}" else definition
    written: dict[str, Any] = copy.deepcopy(definition["schema"])
    for pointer, mode in definition["unknownKeys"].items():
        target: Any = written
        for step in pointer.removeprefix("#").split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            target = target[int(key)] if isinstance(target, list) else target[key]
        if mode != "catchall":  # that is what `additionalProperties` says itself
            target["x-arvo-unknown-keys"] = mode
    return written


def contract(definition: Mapping[str, Any]) -> arvo.Contract[dict[str, Any]]:
    """A recorded contract definition as a contract."""
    common = {key: definition.get(key) for key in ("domain", "description", "metadata")}
    versions = definition["versions"].items()
    if definition["kind"] == "orchestrator":
        specs = {
            version: arvo.OrchestratorSpec(init=schema(each["init"]), complete=schema(each["complete"]))
            for version, each in versions
        }
        return arvo.Contract.orchestrator(uri=definition["uri"], name=definition["name"], versions=specs, **common)
    if definition["kind"] == "simple":
        simple = {
            version: arvo.VersionSpec(accepts=schema(each["accepts"]), emits=schema(each["emits"]))
            for version, each in versions
        }
        return arvo.Contract.simple(uri=definition["uri"], type=definition["type"], versions=simple, **common)
    plain = {
        version: arvo.VersionSpec(
            accepts=schema(each["accepts"]), emits={name: schema(emit) for name, emit in each["emits"].items()}
        )
        for version, each in versions
    }
    return arvo.Contract(uri=definition["uri"], type=definition["type"], versions=plain, **common)
