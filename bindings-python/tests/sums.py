"""The small workflow of flow.py as a machine: it adds one number after the other, by asking a service."""

from __future__ import annotations

from typing import Any

import arvo
from flow import CALC, CONTRACT

OWN = CONTRACT.version("1.0.0")
SERVICES = {"calc": CALC.version("1.0.0")}


def definition(**members: Any) -> dict[str, Any]:
    """The definition with functions; members replace those of the root."""
    return {
        "id": "sum",
        "initial": "adding",
        "context": lambda input: {"total": 0, "rest": input["data"]["numbers"]},
        "states": {
            "adding": {
                "entry": "ask",
                "on": {
                    "evt.calc.add.success": [
                        {"guard": "more", "target": "adding", "reenter": True, "actions": "keep"},
                        {"target": "done", "actions": "keep"},
                    ],
                    "sys.com.calc.add.error": "done",
                },
            },
            "done": {"type": "final"},
        },
        "output": lambda context: {"total": context["total"]},
        **members,
    }


GUARDS: dict[str, Any] = {"more": lambda context: len(context["rest"]) > 1}
ACTIONS: dict[str, Any] = {
    "keep": arvo.assign(
        total=lambda context, event: event["data"]["sum"],
        rest=lambda context: context["rest"][1:],
    ),
    "ask": arvo.emit(
        lambda context: {"type": "com.calc.add", "data": {"a": context["total"], "b": context["rest"][0]}}
    ),
}

FILE: dict[str, Any] = {
    "contract": {"uri": CONTRACT.uri, "version": "1.0.0"},
    "services": {"calc": {"uri": CALC.uri, "version": "1.0.0"}},
    "guards": {"more": {"$": "size(context.rest) > 1"}},
    "actions": {
        "keep": {
            "assign": {
                "total": {"$": "event.data.sum"},
                "rest": {"$": "context.rest.filter(n, n != context.rest[0])"},
            }
        },
        "ask": {"emit": {"type": "com.calc.add", "data": {"a": {"$": "context.total"}, "b": {"$": "context.rest[0]"}}}},
    },
    "machine": definition(
        context={"total": 0, "rest": {"$": "input.data.numbers"}}, output={"total": {"$": "context.total"}}
    ),
}


def machine(guards: Any = None, actions: Any = None, **members: Any) -> arvo.Machine:
    """The machine; some of its parts can be others."""
    builder = arvo.machine(
        self=OWN, services=SERVICES, guards={**GUARDS, **(guards or {})}, actions={**ACTIONS, **(actions or {})}
    )
    return builder.create(definition(**members))


def portable() -> arvo.Machine:
    """The same of expressions alone."""
    return arvo.Machine.from_json(FILE, [CONTRACT, CALC])
