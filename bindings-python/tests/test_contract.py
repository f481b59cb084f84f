"""Contracts: built from JSON Schema, models and functions; loaded and exported; factories."""

from __future__ import annotations

import gc
import json
import weakref
from typing import Any

import arvo
import pytest
from greeting import ANSWER, EMITS
from pydantic import BaseModel, ConfigDict, Field


class Item(BaseModel):
    sku: str = Field(pattern=r"^SKU-\d{3}$")
    quantity: int = Field(ge=1)


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")
    order_id: str = Field(alias="orderId")
    items: list[Item]
    note: str = "none"


class Checked(BaseModel):
    ok: bool


def order_contract() -> arvo.Contract[Order]:
    spec = arvo.VersionSpec(accepts=Order, emits=Checked)
    return arvo.Contract.simple(uri="#/orders/check", type="order.check", versions={"1.0.0": spec})


def test_a_model_is_a_schema_and_its_json_schema_is_exported() -> None:
    contract = order_contract()
    exported = contract.to_dict()["versions"][0]["accepts"]["schema"]
    assert exported["properties"]["orderId"]["type"] == "string"
    loaded = arvo.Contract.from_json(contract.to_json())
    data = {"orderId": "1", "items": [{"sku": "SKU-001", "quantity": 1}]}
    for made in (contract, loaded):
        event = made.version("1.0.0").accepts(data, source="com.shop.web")
        assert event.data["orderId"] == "1"


def test_a_model_judges_data_and_names_places_as_json_pointers() -> None:
    accepts = order_contract().version("latest").accepts
    with pytest.raises(arvo.FactoryError) as caught:
        accepts({"items": [{"sku": "bad", "quantity": 0}], "extra": 1}, source="com.shop.web")
    assert {issue.path for issue in caught.value.issues} == {"/orderId", "/items/0/sku", "/items/0/quantity", ""}


def test_instances_and_mappings_are_taken_alike_and_defaults_filled() -> None:
    accepts = order_contract().version("latest").accepts
    order = Order(orderId="1", items=[Item(sku="SKU-001", quantity=2)])
    for given in (order, order.model_dump(by_alias=True)):
        assert accepts(given, source="com.shop.web").data["note"] == "none"


def test_json_schema_judges_data_and_names_places_as_json_pointers(contract: arvo.Contract[Any]) -> None:
    with pytest.raises(arvo.FactoryError) as caught:
        contract.version("1.0.0").accepts({"times": "x"}, source="com.shop.web")
    assert {issue.path for issue in caught.value.issues} == {"/name", "/times"}
    assert "Accept Event data validation failed" in str(caught.value)


def test_a_schema_of_ones_own_validates_and_may_transform() -> None:
    def upper(data: Any) -> dict[str, Any]:
        if "name" not in data:
            raise ValueError("name is missing")
        return {"name": data["name"].upper()}

    own = arvo.Schema(upper, json_schema={"type": "object", "required": ["name"]})
    spec = arvo.VersionSpec(accepts=own, emits={})
    contract = arvo.Contract(uri="#/own", type="com.own.schema", versions={"1.0.0": spec})
    accepts = contract.version("latest").accepts
    assert accepts({"name": "ada"}, source="com.shop.web").data == {"name": "ADA"}
    with pytest.raises(arvo.FactoryError, match="name is missing") as caught:
        accepts({}, source="com.shop.web")
    assert caught.value.issues[0].path == ""


def test_a_schema_that_answers_later_is_a_config_violation_naming_contract_version_and_type() -> None:
    async def later(data: Any) -> Any:
        return data

    spec = arvo.VersionSpec(accepts=arvo.Schema(later, json_schema={}), emits={})
    contract = arvo.Contract(uri="#/own", type="com.own.schema", versions={"1.0.0": spec})
    with pytest.raises(arvo.ConfigViolation, match=r"com\.own\.schema in version 1\.0\.0 of #/own"):
        contract.version("latest").accepts({}, source="com.shop.web")
    event = arvo.Event(source="com.shop.web", type="com.own.schema", subject="s", data={})
    with pytest.raises(arvo.ConfigViolation, match=r"com\.own\.schema in version 1\.0\.0 of #/own"):
        arvo.handler(contract, {"1.0.0": lambda _: None}).execute(event)


def test_what_a_schema_raises_besides_comes_out_as_itself() -> None:
    failure = KeyError("a bug in the schema")

    def broken(data: Any) -> Any:
        raise failure

    spec = arvo.VersionSpec(accepts=arvo.Schema(broken, json_schema={}), emits={})
    contract = arvo.Contract(uri="#/own", type="com.own.schema", versions={"1.0.0": spec})
    with pytest.raises(KeyError) as caught:
        contract.version("latest").accepts({}, source="com.shop.web")
    assert caught.value is failure


@pytest.mark.parametrize("schema", [7, "text", None, Order(orderId="1", items=[])])
def test_what_is_no_schema_is_a_type_error_that_says_where(schema: Any) -> None:
    with pytest.raises(TypeError, match=r"com\.a\.b in version 1\.0\.0 of #/a"):
        arvo.Contract(uri="#/a", type="com.a.b", versions={"1.0.0": arvo.VersionSpec(accepts=schema, emits={})})


def test_a_json_schema_that_is_none_is_a_contract_error_that_says_where() -> None:
    spec = arvo.VersionSpec(accepts={"type": "objekt"}, emits={})
    with pytest.raises(arvo.ContractError, match=r"com\.a\.b"):
        arvo.Contract(uri="#/a", type="com.a.b", versions={"1.0.0": spec})


def test_versions_are_looked_up_and_an_unknown_one_is_an_error(contract: arvo.Contract[Any]) -> None:
    assert contract.versions == ("1.0.0", "2.0.0")
    assert contract.version("latest").version == contract.version("any").version == "2.0.0"
    assert contract.version("oldest").dataschema == "#/services/greet/1.0.0"
    with pytest.raises(arvo.ContractError, match=r"version=9\.9\.9"):
        contract.version("9.9.9")


def test_a_contract_survives_export_and_import(contract: arvo.Contract[Any]) -> None:
    loaded = arvo.Contract.from_json(contract.to_json(indent=2))
    assert loaded.to_dict() == contract.to_dict()
    assert arvo.Contract.from_json(contract.to_dict()).to_json() == contract.to_json()
    assert contract.to_dict()["versions"][0]["accepts"]["schema"]["x-arvo-unknown-keys"] == "strip"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"uri": 1}', '{"uri": "#/a", "versions": {}}'])
def test_what_is_no_contract_is_refused_by_name(text: str) -> None:
    with pytest.raises((arvo.ContractError, arvo.DataError)):
        arvo.Contract.from_json(text)


def test_import_says_what_happens_to_unknown_keys() -> None:
    exported = json.loads(
        arvo.Contract.simple(
            uri="#/a", type="a.b", versions={"1.0.0": arvo.VersionSpec(accepts={"type": "object"}, emits=EMITS)}
        ).to_json()
    )
    exported["versions"][0]["accepts"]["schema"] = {"type": "object", "properties": {}, "additionalProperties": False}
    stripping = arvo.Contract.from_json(exported, unknown_keys="strip").version("1.0.0")
    assert stripping.accepts({"more": 1}, source="com.shop.web").data == {}
    with pytest.raises(arvo.FactoryError):
        arvo.Contract.from_json(exported).version("1.0.0").accepts({"more": 1}, source="com.shop.web")
    with pytest.raises(ValueError, match="unknown_keys"):
        arvo.Contract.from_json(exported, unknown_keys="drop")  # type: ignore[arg-type]


def test_factories_make_every_kind_of_event(contract: arvo.Contract[Any]) -> None:
    greet = contract.version("1.0.0")
    answer = greet.emits(ANSWER, {"text": "hi"}, source="com.greet.user", subject="s", to="com.shop.web")
    assert (answer.type, answer.to, answer.dataschema) == (ANSWER, "com.shop.web", greet.dataschema)
    failed = greet.system_error(ValueError("no"), source="com.greet.user", subject="s")
    assert dict(failed.data) == {"errorName": "ValueError", "errorMessage": "no", "errorStack": None}
    with pytest.raises(arvo.FactoryError, match=r"evt\.other\.thing"):
        greet.emits("evt.other.thing", {}, source="com.greet.user")
    with pytest.raises(arvo.FactoryError, match="ArvoOrchestratorContract"):
        greet.init({}, source="com.greet.user")


def test_workflows_begin_and_end_by_the_orchestrators_factories() -> None:
    spec = arvo.OrchestratorSpec(init={"type": "object"}, complete={"type": "object"})
    ship = arvo.Contract.orchestrator(uri="#/ship", name="ship", versions={"1.0.0": spec}).version("1.0.0")
    root = ship.init({"parentSubject$$": None}, source="com.shop.web")
    assert arvo.Subject.parse(root.subject).initiator == "com.shop.web"
    child = ship.init({"parentSubject$$": root.subject}, source="com.shop.web")
    assert arvo.Subject.parse(child.subject).initiator == "arvo.orc.ship"
    assert ship.complete({}, source="arvo.orc.ship", subject=root.subject).type == "arvo.orc.ship.done"
    with pytest.raises(arvo.SubjectError):
        ship.init({"parentSubject$$": "garbage"}, source="com.shop.web")


def test_an_unknown_attribute_of_a_factory_is_a_type_error(contract: arvo.Contract[Any]) -> None:
    with pytest.raises(TypeError, match="dataschema"):
        contract.version("1.0.0").accepts({"name": "x"}, source="com.shop.web", dataschema="#/x/1.0.0")  # type: ignore[call-arg]


def test_a_contract_and_its_schemas_are_collected() -> None:
    class Holder:
        contract: arvo.Contract[Any]

    holder = Holder()
    own = arvo.Schema(lambda data, holder=holder: data, json_schema={})
    spec = arvo.VersionSpec(accepts=own, emits={})
    holder.contract = arvo.Contract(uri="#/own", type="com.own.schema", versions={"1.0.0": spec})
    gone = weakref.ref(holder)
    del holder, own, spec
    gc.collect()
    assert gone() is None
