"""The check that handlers keep their contracts: what it finds, how it replays, whose violations count."""

from __future__ import annotations

import asyncio
from typing import Any

import arvo
import pytest
import sums as machines
from flow import AsyncTable, flow, go_on_later
from pydantic import BaseModel, Field

SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 1_000_000}, "note": {"type": "string"}},
    "required": ["n"],
}
EMITS = {"type": "object", "properties": {"half": {"type": "integer"}}, "required": ["half"]}
HALF = arvo.Contract.simple(
    uri="#/services/half", type="half.number", versions={"1.0.0": arvo.VersionSpec(accepts=SCHEMA, emits=EMITS)}
)


def half(given: arvo.Input[Any]) -> arvo.Output:
    return arvo.Output("evt.half.number.success", {"half": given.data["n"] // 2})


def wrong_for_one_in_500(given: arvo.Input[Any]) -> arvo.Output:
    if given.data["n"] % 500 == 250:
        return arvo.Output("evt.half.number.success", {"hlaf": given.data["n"] // 2})
    return half(given)


def served(function: Any) -> Any:
    return arvo.handler(HALF, {"1.0.0": function})


def test_a_handler_that_keeps_its_contract_passes() -> None:
    assert arvo.conforms(served(half)) == (100, 50)
    assert arvo.conforms(served(half), valid=7, invalid=3) == arvo.Conformity(valid=7, invalid=3)


def test_what_breaks_for_one_input_in_500_is_found_and_made_small() -> None:
    with pytest.raises(arvo.ConformityError) as failed:
        arvo.conforms(served(wrong_for_one_in_500), seed=1, valid=5_000, invalid=0)
    breach = failed.value.breach
    assert breach is not None
    assert (breach.type, breach.version, breach.seed, breach.input) == ("com.half.number", "1.0.0", 1, {"n": 250})
    assert breach.shrunk > 0
    assert "ViolationError<Contract>" in breach.wrong
    assert str(failed.value).endswith("replay  ARVO_SEED=1")
    assert '{"n":250}' in str(failed.value)


def test_the_same_seed_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def report(seed: str) -> str:
        monkeypatch.setenv("ARVO_SEED", seed)
        with pytest.raises(arvo.ConformityError) as failed:
            arvo.conforms(served(wrong_for_one_in_500), valid=20_000, invalid=0)
        return str(failed.value)

    assert report("7") == report("7")
    assert "ARVO_SEED=7" in report("7")
    assert report("release 7") == report("release 7")
    assert report("release 7") != report("release 8")


def test_coroutine_functions_are_awaited_without_a_plugin() -> None:
    async def later(given: arvo.Input[Any]) -> arvo.Output:
        await asyncio.sleep(0)
        return wrong_for_one_in_500(given)

    with pytest.raises(arvo.ConformityError) as failed:
        arvo.conforms(served(later), seed=1, valid=5_000, invalid=0)
    assert failed.value.breach is not None
    assert failed.value.breach.input == {"n": 250}


def test_only_violations_that_user_code_does_not_raise_itself_are_breaches() -> None:
    def refuse(_: object) -> None:
        raise arvo.ContractViolation("on purpose")

    def crash(_: object) -> None:
        raise ValueError("becomes a system error event")

    def refuse_in_a_guard(context: Any) -> bool:
        raise arvo.ExecutionViolation("on purpose")

    def go_wrong(_: object) -> dict[str, Any]:
        return {"services": [{"type": "com.calc.add", "data": "no object"}]}

    for function in (refuse, crash):
        assert arvo.conforms(served(function), valid=5, invalid=5) == (5, 5)
    assert arvo.conforms(flow(refuse), valid=5, invalid=5).valid == 5
    on_purpose = arvo.orchestrator(machines.machine(context=refuse_in_a_guard))
    assert arvo.conforms(on_purpose, valid=5, invalid=5).valid == 5
    with pytest.raises(arvo.ConformityError, match="valid input led to ViolationError<Contract>"):
        arvo.conforms(flow(go_wrong), valid=5)


def test_workflows_get_the_events_that_begin_them() -> None:
    def begun(given: arvo.ResumableInput) -> None:
        assert given.init is not None
        began.append(given.event.subject)

    began: list[str] = []
    assert arvo.conforms(flow(begun), valid=10, invalid=5) == (10, 5)
    assert len(set(began)) == 10
    later: Any = flow(go_on_later, AsyncTable())
    assert arvo.conforms(later, valid=5).valid == 5
    assert arvo.conforms(arvo.orchestrator(machines.machine()), valid=5).valid == 5


def test_of_a_users_own_schema_the_schemas_word_counts() -> None:
    class Number(BaseModel):
        n: int = Field(ge=0, le=1000)

    class Half(BaseModel):
        half: int

    spec = arvo.VersionSpec(accepts=Number, emits=Half)
    contract = arvo.Contract.simple(uri="#/services/half", type="half.number", versions={"1.0.0": spec})

    def good(given: arvo.Input[Number]) -> arvo.Output:
        return arvo.Output("evt.half.number.success", Half(half=given.data.n // 2))

    def bad(given: arvo.Input[Number]) -> arvo.Output:
        return arvo.Output("evt.half.number.success", {"half": "none" if given.data.n > 20 else 1})

    assert arvo.conforms(arvo.handler(contract, {"1.0.0": good})).valid == 100
    with pytest.raises(arvo.ConformityError) as failed:
        arvo.conforms(arvo.handler(contract, {"1.0.0": bad}))
    assert failed.value.breach is not None
    assert failed.value.breach.input == {"n": 21}


def test_a_schema_that_no_data_fits_is_an_error_and_never_a_pass() -> None:
    never = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 2, "maximum": 1}}, "required": ["n"]}
    spec = arvo.VersionSpec(accepts=never, emits=EMITS)
    contract = arvo.Contract.simple(uri="#/services/never", type="never.comes", versions={"1.0.0": spec})
    with pytest.raises(arvo.ConformityError, match=r"^com\.never\.comes 1\.0\.0: ") as failed:
        arvo.conforms(arvo.handler(contract, {"1.0.0": half}))
    assert failed.value.breach is None
    with pytest.raises(arvo.ConformityError, match="nothing was tried"):
        arvo.conforms(served(half), valid=0, invalid=0)
