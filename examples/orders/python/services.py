"""The services of the order demo, one handler each; the rules are those of `../README.md`.

Contracts come from `contracts.json`, so they are the same in every language. A function gets data that its contract has
checked, says what it answers, and raises where it fails: Arvo makes the events.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import arvo
from arvo import Contract, Handler, Input, Output
from models import (
    Approve,
    BookCourier,
    Booked,
    Charge,
    Charged,
    ChargedOnce,
    CreateLabel,
    Decided,
    Label,
    Missing,
    Release,
    Released,
    Reserve,
    Reserved,
    Shortage,
)

CARRIERS = {"AU": ("AusPost", 2), "US": ("UPS", 5), "DE": ("DHL", 4), "IN": ("BlueDart", 6)}


def reserve(request: Input[Any]) -> Output:
    """Inventory: is there enough of everything?"""
    order = Reserve.model_validate(request.data)
    stock = {line.sku: 7 * line.number % 23 for line in order.items}
    missing = [
        Missing(sku=line.sku, requested=line.quantity, available=stock[line.sku])
        for line in order.items
        if line.quantity > stock[line.sku]
    ]
    if missing:
        return Output("evt.inventory.shortage", Shortage(order_id=order.order_id, missing=missing))
    return Output(
        "evt.inventory.reserved",
        Reserved(
            order_id=order.order_id,
            reservation_id=f"RSV-{order.order_id}",
            warehouse=f"WH-{order.items[0].number % 3 + 1}",
        ),
    )


def release(request: Input[Any]) -> Output:
    """Inventory: put a reservation back."""
    Release.model_validate(request.data)
    return Output("evt.inventory.release.success", Released(released=True))


def charge_once(request: Input[Any]) -> Output:
    """Payment, version 1.0.0: always approves."""
    order = Charge.model_validate(request.data)
    return Output("evt.payment.charge.success", ChargedOnce(payment_id=f"PAY-{order.order_id}", approved=True))


def charge(request: Input[Any]) -> Output:
    """Payment, version 2.0.0: the card's last digits decide."""
    order = Charge.model_validate(request.data)
    if order.card.endswith("0000"):
        raise TimeoutError("Gateway timeout")
    if int(order.card[-1]) % 2 == 0:
        answer = Charged(payment_id=f"PAY-{order.order_id}", status="approved", reason=None)
    else:
        answer = Charged(payment_id=None, status="declined", reason="insufficient funds")
    return Output("evt.payment.charge.success", answer)


def approve(request: Input[Any]) -> Output:
    """A clerk: may an order this large go on?"""
    order = Approve.model_validate(request.data)
    return Output("evt.order.approve.decided", Decided(approved=order.total < 5000, by="clerk"))


def create_label(request: Input[Any]) -> Output:
    """Shipping: print a label, unless nobody knows the country."""
    parcel = CreateLabel.model_validate(request.data)
    if parcel.country == "XX":
        raise ValueError("Unknown country XX")
    return Output("evt.label.create.success", Label(label_id=f"LBL-{parcel.order_id}"))


def book_courier(request: Input[Any]) -> Output:
    """Shipping: the country decides on the carrier."""
    parcel = BookCourier.model_validate(request.data)
    carrier, days = CARRIERS.get(parcel.country, ("FedEx", 8))
    booked = Booked(carrier=carrier, cost=5 + 1.5 * parcel.parcels, eta_days=days)
    return Output("evt.courier.book.success", booked)


FUNCTIONS = {
    "#/contracts/inventory/reserve": {"1.0.0": reserve},
    "#/contracts/inventory/release": {"1.0.0": release},
    "#/contracts/payment/charge": {"1.0.0": charge_once, "2.0.0": charge},
    "#/contracts/order/approve": {"1.0.0": approve},
    "#/contracts/label/create": {"1.0.0": create_label},
    "#/contracts/courier/book": {"1.0.0": book_courier},
}


def contracts(folder: Path) -> dict[str, Contract[Any]]:
    """The contracts in `contracts.json` by their URI; the reference, which wrote them, drops unknown keys."""
    definitions = json.loads((folder / "contracts.json").read_text("utf-8"))
    made = (Contract.from_json(definition, unknown_keys="strip") for definition in definitions)
    return {contract.uri: contract for contract in made}


Service = Callable[[Input[Any]], Output]


def services(
    contracts: Mapping[str, Contract[Any]], around: Callable[[Service], Service] = lambda service: service
) -> dict[str, Handler[Any]]:
    """A handler for each contract that we have functions for, by the type of event that it accepts."""
    handlers = (
        arvo.handler(contracts[uri], {version: around(service) for version, service in functions.items()})
        for uri, functions in FUNCTIONS.items()
    )
    return {handler.source: handler for handler in handlers}
