"""contracts.json: schemas, contracts, and contracts that cannot be made."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import arvo
import contracts
from case import OPEN, Case, Expectations
from matching import differences, input_value
from outcomes import attempt, failure, message

SYSTEM_ERROR = ("errorName", "errorMessage", "errorStack")


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    for case in data["schemas"]:
        for index, datum in enumerate(case["data"]):
            recorded = {"expect": {key: datum[key] for key in ("output", "invalid") if key in datum}, **datum}
            yield expectations.case("schemas", f"{case['name']}, {index}", recorded, partial(validate, case))
    for case in data["contracts"]:
        yield expectations.case("contracts", case["name"], case, whole)
    for case in data["badContracts"]:
        yield expectations.case("badContracts", case["name"], case, bad)


def failures(data: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Every error that the case of this name produces (for errors.json)."""
    for case in data["badContracts"]:
        if case["name"] == name:
            yield attempt(lambda case=case: contracts.contract(case["input"]))
    for case in data["contracts"]:
        if case["name"] == name:
            made = contracts.contract(case["contract"])
            for option in case["expect"]["lookups"]:
                yield attempt(lambda option=option, made=made: made.version(option))


def validate(case: Mapping[str, Any], datum: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """Data through a schema, by making an event of it."""
    spec = arvo.VersionSpec(accepts=contracts.schema(case), emits={})
    contract = arvo.Contract(uri="#/test/schema", type="com.test.schema", versions={"1.0.0": spec})
    try:
        given = input_value(datum["input"])
        made = contract.version("1.0.0").accepts(given, source="com.test.source", subject="s")
    except arvo.FactoryError as error:
        found: Any = {"invalid": sorted(message(error).paths)}
    else:
        found = {"output": made.to_dict()["data"]}
    wanted = input_value(dict(expect))
    if isinstance(wanted.get("invalid"), list):
        wanted["invalid"] = sorted(wanted["invalid"])
    yield from differences(wanted, found, {})


def whole(case: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """A contract: what it says of itself, its versions, its export and import."""
    contract = contracts.contract(case["contract"])
    found = {
        "uri": contract.uri,
        "type": contract.type,
        "domain": contract.domain,
        "description": contract.description,
        "metadata": contract.metadata,
        "systemErrorType": contract.system_error_type,
        "versionsAscending": list(contract.versions),
        "versionsDescending": list(reversed(contract.versions)),
        "lookups": {option: look_up(contract, option) for option in expect["lookups"]},
        "jsonSchema": without_modes(contract.to_dict()),
        "unknownKeys": [modes(version) for version in contract.to_dict()["versions"]],
    }
    wanted = {**expect, "jsonSchema": with_wording_left_open(expect["jsonSchema"])}
    yield from differences(wanted, found, {})
    again = arvo.Contract.from_json(contract.to_json())
    yield from differences(contract.to_dict(), again.to_dict(), {}, "imported again")
    recorded = arvo.Contract.from_json(json.dumps(expect["jsonSchema"]), unknown_keys="strip")
    lookups = {option: look_up(recorded, option) for option in expect["lookups"]}
    yield from differences(found["lookups"], lookups, {}, "imported from the reference")


def look_up(contract: arvo.Contract[Any], option: str) -> dict[str, Any]:
    """One version as the recorded case tells of it."""
    try:
        version = contract.version(option)
    except arvo.ContractError as error:
        return {"error": {"name": "Error", "message": str(error)}}
    return {
        "uri": version.uri,
        "version": version.version,
        "domain": version.domain,
        "description": version.description,
        "metadata": version.metadata,
        "dataschema": version.dataschema,
        "acceptsType": version.accepts_type,
        "emitTypes": list(version.emit_types),
        "systemErrorType": version.system_error_type,
        "systemErrorDataschema": version.system_error_dataschema,
    }


def without_modes(value: Any) -> Any:
    """The export without what ours adds to the reference's: the mode of each object schema."""
    if isinstance(value, dict):
        return {key: without_modes(each) for key, each in value.items() if key != "x-arvo-unknown-keys"}
    return [without_modes(each) for each in value] if isinstance(value, list) else value


def with_wording_left_open(exported: Mapping[str, Any]) -> dict[str, Any]:
    """The recorded export; what it says to people in the schemas that Arvo adds is the reference's own."""
    wanted: dict[str, Any] = copy.deepcopy(dict(exported))
    for version in wanted["versions"]:
        added = [version["systemError"]["schema"]["properties"][key] for key in SYSTEM_ERROR]
        added.append(version["accepts"]["schema"].get("properties", {}).get("parentSubject$$", {}))
        for schema in added:
            if "description" in schema:
                schema["description"] = OPEN
    return wanted


def modes(version: Mapping[str, Any]) -> dict[str, Any]:
    """The mode of each object schema by its pointer, as the recorded case lists them."""
    emits = {emit["type"]: dict(pointers(emit["schema"], "#")) for emit in version["emits"]}
    return {"version": version["version"], "accepts": dict(pointers(version["accepts"]["schema"], "#")), "emits": emits}


def pointers(schema: Any, at: str) -> Iterator[tuple[str, str]]:
    """Each object schema that says its mode."""
    if isinstance(schema, dict):
        if "x-arvo-unknown-keys" in schema:
            yield at, schema["x-arvo-unknown-keys"]
        for key, each in schema.items():
            yield from pointers(each, f"{at}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(schema, list):
        for index, each in enumerate(schema):
            yield from pointers(each, f"{at}/{index}")


def bad(case: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """A contract that cannot be made; the text is the reference's, the class is ours."""
    try:
        contracts.contract(case["input"])
    except arvo.ContractError as error:
        found: Any = {"error": {"message": failure(error)["error"]["message"]}}
    else:
        found = {"made": True}
    wanted = {"error": {"message": expect["error"]["message"]}} if "error" in expect else expect
    yield from differences(wanted, found, {})
