"""orchestrator.json: machines as workflows, event by event, with the record after each; and what can't be made."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Optional

import arvo
import contracts
from arvo import _arvo
from case import Case, Expectations
from file_handler import returned
from language import MISSING, evaluate, ordinary_error, perform, truth
from matching import differences
from outcomes import event_id, failure
from workflow import Make, domains, performed, refusal, steps


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    for case in data["cases"]:
        if "js-only" not in case.get("tags", ()):
            yield expectations.case("cases", case["name"], case, partial(compared, data))
    for case in data["machines"]:
        yield expectations.case("machines", case["name"], case, partial(compare, machine_of, data))
    for case in data["construction"]:
        yield expectations.case("construction", case["name"], case, partial(compare, construction, data))


def failures(data: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Every error that the cases of this name produce (for errors.json)."""
    for case in data["cases"]:
        if case["name"] == name:
            refused = refusal(maker(data, case))
            yield from [refused] if refused else [found for found, _ in performed(case, maker(data, case))]
    for group, make in (("machines", machine_of), ("construction", construction)):
        for case in data[group]:
            if case["name"] == name:
                yield make(data, case)


def compared(data: Mapping[str, Any], case: Mapping[str, Any], _: Any) -> Iterator[str]:
    """Run a workflow."""
    yield from steps(case, maker(data, case))


def compare(make: Callable[..., Any], data: Mapping[str, Any], case: Mapping[str, Any], expect: Any) -> Iterator[str]:
    """Make something; the class of an error that is no violation is ours."""
    expect, found = copy.deepcopy(expect), make(data, case)
    for told in (expect, found):
        if "error" in told and "violation" not in told["error"]:
            told["error"] = {"message": told["error"]["message"]}
    yield from differences(expect, found, {})


def maker(data: Mapping[str, Any], case: Mapping[str, Any]) -> Make:
    """Makes the workflow of a case."""
    return lambda memory: orchestrator(data, case["orchestrator"], memory)


def orchestrator(
    data: Mapping[str, Any], definition: Mapping[str, Any], memory: Optional[arvo.Memory]
) -> arvo.Orchestrator:
    """A recorded orchestrator; its templates are real functions."""
    return arvo.orchestrator(
        *(machine(data, each) for each in definition["machines"]),
        memory=memory,
        executionunits=definition.get("executionunits"),
        locking=definition.get("locking"),
        domains=domains(definition),
    )


def machine(data: Mapping[str, Any], recorded: Mapping[str, Any]) -> arvo.Machine:
    """A recorded machine."""

    def version(reference: Mapping[str, Any]) -> arvo.VersionedContract[Any]:
        return contracts.contract(data["contracts"][reference["contract"]]).version(reference.get("version", "1.0.0"))

    own = version(recorded["self"])
    if "extraSetup" in recorded:  # what the typed face has no place for, the core refuses by its own words
        return _arvo.Machine.compile(own._native, [], recorded["config"], recorded["extraSetup"], False)  # type: ignore[return-value]
    return arvo.machine(
        self=own,
        services={name: version(each) for name, each in recorded.get("services", {}).items()},
        guards={name: guard(each) for name, each in recorded.get("guards", {}).items()},
        actions={name: action(each) for name, each in recorded.get("actions", {}).items()},
    ).create(with_functions(recorded["config"], is_root=True))


def guard(recorded: Any) -> Callable[..., Any]:
    """An expression, or a throw."""

    def passes(context: Any, event: Any, params: Any) -> bool:
        raise_what_it_says(recorded)
        return truth(evaluate(recorded, {"context": context, "event": event, "params": params}))

    return passes


def action(recorded: Mapping[str, Any]) -> Any:
    """A form whose value is a template, or a throw."""
    for form in ("assign", "emit", "raise"):
        if form in recorded:
            return {form: maker_of(recorded[form])}
    return lambda: raise_what_it_says(recorded)


def raise_what_it_says(recorded: Any) -> None:
    """Raise the error of a throw."""
    if isinstance(recorded, Mapping):
        perform({key: recorded[key] for key in ("throws", "throwsViolation") if key in recorded}, {})


def maker_of(template: Any) -> Callable[..., Any]:
    """A template as a function of context, event and params."""

    def make(context: Any, event: Any, params: Any) -> Any:
        return made_of(template, {"context": context, "event": event, "params": params})

    return make


def made_of(template: Any, scope: Mapping[str, Any]) -> Any:
    """The value of a template; ids have a name of their own here."""
    try:
        value = evaluate(template, scope)
    except (TypeError, ValueError) as error:
        raise ordinary_error({"name": "Error", "message": str(error)}) from None
    if isinstance(value, dict) and ("__id" in value or "type" in value):
        value = returned(value)
        if "__id" in value:
            value["__id"] = event_id(value["__id"])
    return None if value is MISSING else value


def with_functions(config: Any, *, is_root: bool = False) -> Any:
    """Puts a function in the place of each template: the root's context, every output, all params."""
    if isinstance(config, list):
        return [with_functions(each) for each in config]
    if not isinstance(config, dict):
        return config
    made = {}
    for key, each in config.items():
        if key == "context" and is_root:
            made[key] = lambda input, each=each: made_of(each, {"input": input})
        elif key in ("output", "params"):
            made[key] = maker_of_two(each)
        else:
            made[key] = with_functions(each)
    return made


def maker_of_two(template: Any) -> Callable[..., Any]:
    """A template as a function of context and event."""
    return lambda context, event: made_of(template, {"context": context, "event": event})


def machine_of(data: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Make a machine."""
    try:
        made = machine(data, case["machine"])
    except arvo.Violation as error:
        return {"error": failure(error)["violation"]}
    return {
        "made": True,
        "id": made.id,
        "version": made.version,
        "source": made.source,
        "requiresResourceLocking": made.requires_resource_locking,
    }


def construction(data: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Make an orchestrator."""
    refused = refusal(lambda memory: orchestrator(data, case, memory))
    if refused:
        return refused
    made = orchestrator(data, case, None)
    return {
        "made": True,
        "source": made.source,
        "domain": made.contract.domain,
        "locking": made.locking,
        "systemErrorType": made.contract.system_error_type,
    }
