"""The two workflows of the order demo, as functions that are called for each of their events.

The rules are those of `../README.md`. What a workflow remembers between two events is a Pydantic model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Optional

import arvo
from arvo import Contract, Output, Resumable, ResumableInput, Resumed
from models import (
    Approve,
    BookCourier,
    Booked,
    Charge,
    Charged,
    CreateLabel,
    Decided,
    Fulfilment,
    Order,
    Progress,
    Release,
    Reserve,
    Reserved,
    Shipment,
    Shipped,
    Shortage,
)


def fulfil(given: ResumableInput) -> Resumed:
    """One step of an order. Each branch is a state of the workflow: what has come, and what is asked for next."""
    if given.init:
        order = Order.model_validate(given.data)
        return ask(Progress(order=order), "com.inventory.reserve", Reserve(order_id=order.order_id, items=order.lines))
    progress = Progress.model_validate(given.context)
    kind, data = given.event.type, given.data
    if kind == "evt.inventory.shortage":
        missing = ", ".join(item.sku for item in Shortage.model_validate(data).missing)
        return Resumed(output=ending(progress, "rejected", f"out of stock: {missing}"))
    if kind == "evt.inventory.reserved":
        progress.reservation_id = Reserved.model_validate(data).reservation_id
        must_ask = progress.order.total > 1000 and progress.order.customer.tier != "gold"
        return approve(progress) if must_ask else charge(progress)
    if kind == "evt.order.approve.decided":
        decided = Decided.model_validate(data)
        return charge(progress) if decided.approved else release(progress, "rejected", f"not approved by {decided.by}")
    if kind == "evt.payment.charge.success":
        charged = Charged.model_validate(data)
        if charged.status == "declined":
            return release(progress, "rejected", f"payment declined: {charged.reason}")
        progress.payment_id = charged.payment_id
        return ship(progress, given.event.subject)
    if kind == "sys.com.payment.charge.error":
        return release(progress, "failed", f"payment failed: {data['errorMessage']}")
    if kind == "arvo.orc.shipment.done":
        shipped = Shipped.model_validate(data)
        end = ending(progress, "fulfilled")
        return Resumed(output=end.model_copy(update={"tracking_id": shipped.tracking_id, "eta_days": shipped.eta_days}))
    if kind == "sys.arvo.orc.shipment.error":
        return release(progress, "failed", f"shipment failed: {data['errorMessage']}")
    if kind == "evt.inventory.release.success":
        return Resumed(output=progress.ending)
    raise ValueError(f"nobody waits for {kind}")


def approve(progress: Progress) -> Resumed:
    """Ask the clerk, who sits in the domain of the contract."""
    order = progress.order
    request = Approve(order_id=order.order_id, total=order.total, customer=order.customer.id)
    return ask(progress, "com.order.approve", request, domain=[arvo.Domain.FROM_EVENT_CONTRACT])


def charge(progress: Progress) -> Resumed:
    """Take the money."""
    order = progress.order
    return ask(progress, "com.payment.charge", Charge(order_id=order.order_id, amount=order.total, card=order.card))


def ship(progress: Progress, subject: str) -> Resumed:
    """Begin the workflow that sends the parcel."""
    order = progress.order
    request = Shipment(
        **{"parentSubject$$": subject}, order_id=order.order_id, country=order.country, items=order.lines
    )
    return ask(progress, "arvo.orc.shipment", request)


def release(progress: Progress, status: Literal["rejected", "failed"], reason: str) -> Resumed:
    """Put back what was set aside, then end so."""
    progress.ending = ending(progress, status, reason)
    request = Release(reservation_id=progress.reservation_id or "", reason=reason)
    return ask(progress, "com.inventory.release", request)


def ending(
    progress: Progress, status: Literal["fulfilled", "rejected", "failed"], reason: Optional[str] = None
) -> Fulfilment:
    """How the order ends."""
    order = progress.order
    return Fulfilment(
        order_id=order.order_id, status=status, reason=reason, total=order.total, payment_id=progress.payment_id
    )


def ask(progress: Progress, kind: str, data: object, domain: Optional[list[Optional[str]]] = None) -> Resumed:
    """Ask a service, and remember where we are."""
    return Resumed(context=progress, services=[Output(kind, data, domain=domain)])


def send(given: ResumableInput) -> Optional[Resumed]:
    """One step of a shipment: ask for label and courier at once, go on when both have answered."""
    if given.init:
        shipment = Shipment.model_validate(given.data)
        parcels = sum(line.quantity for line in shipment.items)
        label = CreateLabel(order_id=shipment.order_id, country=shipment.country)
        courier = BookCourier(order_id=shipment.order_id, country=shipment.country, parcels=parcels)
        asked = [Output("com.label.create", label), Output("com.courier.book", courier)]
        return Resumed(context=shipment, services=asked)
    if given.event.type.startswith("sys."):
        raise RuntimeError("Shipment could not be prepared")
    labels = given.collected_events.get("evt.label.create.success")
    couriers = given.collected_events.get("evt.courier.book.success")
    if not labels or not couriers:
        return None
    shipment = Shipment.model_validate(given.context)
    booked = Booked.model_validate(dict(couriers[0].data))
    tracking_id = f"TRK-{shipment.order_id}-{booked.carrier}"
    shipped = Shipped(tracking_id=tracking_id, carrier=booked.carrier, cost=booked.cost, eta_days=booked.eta_days)
    return Resumed(output=shipped)


def workflows(contracts: Mapping[str, Contract[Any]]) -> list[Resumable[Any]]:
    """Both workflows; contracts are given by their URI."""
    shipment = contracts["#/orchestrators/shipment"]
    services = {
        "reserve": contracts["#/contracts/inventory/reserve"].version("1.0.0"),
        "release": contracts["#/contracts/inventory/release"].version("1.0.0"),
        "charge": contracts["#/contracts/payment/charge"].version("2.0.0"),
        "approve": contracts["#/contracts/order/approve"].version("1.0.0"),
        "shipment": shipment.version("1.0.0"),
    }
    asked = {
        "label": contracts["#/contracts/label/create"].version("1.0.0"),
        "courier": contracts["#/contracts/courier/book"].version("1.0.0"),
    }
    return [
        arvo.resumable(contracts["#/orchestrators/order/fulfilment"], {"1.0.0": fulfil}, services=services),
        arvo.resumable(shipment, {"1.0.0": send}, services=asked),
    ]
