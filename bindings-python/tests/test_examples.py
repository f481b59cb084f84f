"""The examples run, and do what their texts say."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import arvo
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_first_handler_takes_less_than_20_lines() -> None:
    first = EXAMPLES / "first" / "first.py"
    done = subprocess.run([sys.executable, str(first)], capture_output=True, text=True, check=True)
    assert done.stdout == "evt.greet.user.success {'text': 'Hello, Ada!'}\n"
    assert len([line for line in first.read_text("utf-8").splitlines() if line.strip()]) < 20


def test_a_first_workflow_takes_less_than_40_lines() -> None:
    first = EXAMPLES / "first" / "workflow.py"
    done = subprocess.run([sys.executable, str(first)], capture_output=True, text=True, check=True)
    assert done.stdout == "arvo.orc.welcome.done {'said': 'Hello, Ada!'}\n"
    assert len(first.read_text("utf-8").splitlines()) < 40


def test_a_first_machine_takes_less_than_40_lines() -> None:
    first = EXAMPLES / "first" / "machine.py"
    done = subprocess.run([sys.executable, str(first)], capture_output=True, text=True, check=True)
    assert done.stdout == "arvo.orc.welcome.done {'said': 'Hello, Ada!'}\n"
    assert len(first.read_text("utf-8").splitlines()) < 40


def test_every_order_of_the_demo_goes_as_recorded() -> None:
    demo = EXAMPLES / "orders" / "python" / "main.py"
    done = subprocess.run([sys.executable, str(demo)], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["language"], report["identical"]) == ("Python", report["orders"])


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The demo's handlers by their sources, its workflows in both forms, with the names of their modules."""
    monkeypatch.syspath_prepend(str(EXAMPLES / "orders" / "python"))
    parts = {name: importlib.import_module(name) for name in ("services", "workflows", "machines")}
    known = parts["services"].contracts(EXAMPLES / "orders")
    functions = {flow.source: flow for flow in parts["workflows"].workflows(known)}
    machines = {flow.source: flow for flow in parts["machines"].machines(EXAMPLES / "orders", known)}
    return {"services": parts["services"].services(known), "functions": functions, "machines": machines}


def test_the_services_of_the_demo_pass_the_suite_that_all_languages_share(demo: dict[str, Any]) -> None:
    def services(event: arvo.Event) -> list[arvo.Event]:
        return demo["services"][event.type].execute(event)

    file = (EXAMPLES / "orders" / "suite.json").read_text("utf-8")
    tests = list(arvo.Suite.read(file, functions={"services": services}).tests())
    assert tests
    assert {test.name: test.run() for test in tests} == {test.name: None for test in tests}


def test_the_handlers_of_the_demo_keep_their_contracts(demo: dict[str, Any]) -> None:
    assert len(demo["services"]) == 6
    for handler in demo["services"].values():
        assert arvo.conforms(handler).valid >= 100
    for form in ("functions", "machines"):
        assert arvo.conforms(demo[form]["arvo.orc.order.fulfilment"]).valid == 100


@pytest.mark.parametrize("form", ["functions", "machines"])
def test_a_shipment_takes_countries_that_no_label_can_be_made_for(demo: dict[str, Any], form: str) -> None:
    with pytest.raises(arvo.ConformityError) as failed:
        arvo.conforms(demo[form]["arvo.orc.shipment"])
    assert failed.value.breach is not None
    # As the reference has it: the contract of a shipment takes any text for a country, that of a label two letters.
    smallest = {"parentSubject$$": None, "orderId": "", "country": "", "items": []}
    assert failed.value.breach.input == smallest


def test_what_happened_to_an_order_is_drawn_in_the_page_as_it_happens(tmp_path: Path) -> None:
    orders, url = EXAMPLES / "orders", f"sqlite:{tmp_path}/orders.db"
    event = arvo.Event.from_json((orders / "orders.jsonl").read_text("utf-8").splitlines()[ORDER])
    types = ["arvo.orc.order.fulfilment", "arvo.orc.shipment", "com.inventory.reserve", "com.order.approve"]
    types += ["com.payment.charge", "com.label.create", "com.courier.book"]
    command = [
        sys.executable,
        str(orders / "python" / "worker.py"),
        url,
        "anna",
        "30000",
        str(tmp_path / "ledger"),
        *types,
    ]
    with arvo.Store(url) as store:
        store.add_domain("human.approval")
        receipt = store.publish(event)
        worker = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            assert store.wait(receipt, 60) is not None
        finally:
            worker.terminate()
            assert worker.wait(60) == 0
    shown = [sys.executable, "-m", "arvo", "--store", url, "show", event.subject, "--sequence"]
    drawn = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    assert nameless(drawn) in nameless((orders / "README.md").read_text("utf-8"))


ORDER = 7
"""An order that somebody must approve, and that is shipped."""


def nameless(diagram: str) -> str:
    """Without the ids of executions, which differ each time."""
    return re.sub(r" [0-9a-f]{8}$", "", diagram, flags=re.MULTILINE)
