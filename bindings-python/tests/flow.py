"""The small workflow that the tests speak with: it adds one number after the other, by asking a service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

import arvo

OBJECT = {"type": "object"}
CALC = arvo.Contract.simple(
    uri="#/services/add", type="calc.add", versions={"1.0.0": arvo.VersionSpec(accepts=OBJECT, emits=OBJECT)}
)
CONTRACT = arvo.Contract.orchestrator(
    uri="#/flows/sum", name="sum", versions={"1.0.0": arvo.OrchestratorSpec(init=OBJECT, complete=OBJECT)}
)
DONE = "arvo.orc.sum.done"


def add(given: arvo.Input[Any]) -> arvo.Output:
    return arvo.Output("evt.calc.add.success", {"sum": given.data["a"] + given.data["b"]})


def go_on(given: arvo.ResumableInput) -> arvo.Resumed:
    """Add the first numbers, then each further one, in order."""
    if given.init:
        rest, total = list(given.data["numbers"]), 0
    else:
        rest, total = given.context["rest"], given.data["sum"]
    if not rest:
        return arvo.Resumed(output={"total": total})
    call = arvo.Output("com.calc.add", {"a": total, "b": rest[0]})
    return arvo.Resumed(context={"rest": rest[1:]}, services=[call])


async def go_on_later(given: arvo.ResumableInput) -> arvo.Resumed:
    return go_on(given)


def flow(
    function: Callable[[arvo.ResumableInput], Any] = go_on, memory: Any = None, locking: Optional[bool] = None
) -> arvo.Resumable[Any]:
    services = {"calc": CALC.version("1.0.0")}
    return arvo.resumable(CONTRACT, {"1.0.0": function}, services=services, memory=memory, locking=locking)


def start(*numbers: int, source: str = "com.shop.web") -> arvo.Event:
    return CONTRACT.version("1.0.0").init({"numbers": numbers, "parentSubject$$": None}, source=source)


def answer(call: arvo.Event) -> arvo.Event:
    """What the service says to a call."""
    [event] = arvo.handler(CALC, {"1.0.0": add}).execute(call)
    return event


class Table:
    """A memory of the user's own; one of its operations can be made to do something else."""

    def __init__(self, operation: str = "", instead: Optional[Callable[[], Any]] = None) -> None:
        self.rows: dict[str, arvo.Record] = {}
        self.calls: list[str] = []
        self.operation, self.instead = operation, instead

    def _do(self, operation: str, result: Callable[[], Any]) -> Any:
        self.calls.append(operation)
        return self.instead() if self.instead and operation == self.operation else result()

    def read(self, id: str) -> Any:
        return self._do("read", lambda: self.rows.get(id))

    def write(self, id: str, record: arvo.Record, previous: Optional[arvo.Record]) -> Any:
        assert self.rows.get(id) == previous
        return self._do("write", lambda: self.rows.__setitem__(id, record))

    def lock(self, id: str) -> Any:
        return self._do("lock", lambda: True)

    def unlock(self, id: str) -> Any:
        return self._do("unlock", lambda: True)


class AsyncTable(Table):
    """The same with coroutines."""

    async def _later(self, result: Any) -> Any:
        return await result if hasattr(result, "__await__") else result

    async def read(self, id: str) -> Any:
        return await self._later(super().read(id))

    async def write(self, id: str, record: arvo.Record, previous: Optional[arvo.Record]) -> Any:
        return await self._later(super().write(id, record, previous))

    async def lock(self, id: str) -> Any:
        return await self._later(super().lock(id))

    async def unlock(self, id: str) -> Any:
        return await self._later(super().unlock(id))
