"""What the services and workflows of the demo are sent, answer and remember, as Pydantic models.

The field names are those of the contracts (`../contracts.json`), which any language reads.
"""

from __future__ import annotations

from typing import Literal, Optional

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """Snake case here, camel case on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Line(Model):
    """How many of one article."""

    sku: str
    quantity: int

    @property
    def number(self) -> int:
        """The digits of `SKU-123`."""
        return int(self.sku.removeprefix("SKU-"))


class Reserve(Model):
    """Set the goods of an order aside."""

    order_id: str
    items: list[Line]


class Reserved(Model):
    """They lie in one warehouse now."""

    order_id: str
    reservation_id: str
    warehouse: str


class Missing(Model):
    """One article of which there is too little."""

    sku: str
    requested: int
    available: int


class Shortage(Model):
    """Nothing was set aside, for these articles are missing."""

    order_id: str
    missing: list[Missing]


class Release(Model):
    """Put the goods back."""

    reservation_id: str
    reason: str


class Released(Model):
    """They are back."""

    released: bool


class Charge(Model):
    """Take the money for an order."""

    order_id: str
    amount: float
    card: str


class ChargedOnce(Model):
    """The answer of version 1.0.0."""

    payment_id: str
    approved: bool


class Charged(Model):
    """The answer of version 2.0.0, which also says why not."""

    payment_id: Optional[str]
    status: Literal["approved", "declined"]
    reason: Optional[str]


class Approve(Model):
    """Ask a clerk about a large order."""

    order_id: str
    total: float
    customer: str


class Decided(Model):
    """What the clerk said."""

    approved: bool
    by: str


class CreateLabel(Model):
    """Print the label of a parcel."""

    order_id: str
    country: str


class Label(Model):
    """It is printed."""

    label_id: str


class BookCourier(Model):
    """Have the parcels fetched."""

    order_id: str
    country: str
    parcels: int


class Booked(Model):
    """Who fetches them, for how much, and how long they take."""

    carrier: str
    cost: float
    eta_days: int


class Customer(Model):
    """Who ordered."""

    id: str
    email: str
    tier: str


class Item(Line):
    """An article of an order, with its price."""

    unit_price: float


class Order(Model):
    """What a customer wants."""

    order_id: str
    customer: Customer
    items: list[Item]
    card: str
    country: str

    @property
    def total(self) -> float:
        """What it costs, rounded to cents."""
        return round(sum(item.quantity * item.unit_price for item in self.items), 2)

    @property
    def lines(self) -> list[Line]:
        """What to take from the shelf."""
        return [Line(sku=item.sku, quantity=item.quantity) for item in self.items]


class Fulfilment(Model):
    """How an order ended."""

    order_id: str
    status: Literal["fulfilled", "rejected", "failed"]
    reason: Optional[str] = None
    total: float
    payment_id: Optional[str] = None
    tracking_id: Optional[str] = None
    eta_days: Optional[int] = None


class Progress(Model):
    """What the fulfilment remembers of an order between two events."""

    order: Order
    reservation_id: Optional[str] = None
    payment_id: Optional[str] = None
    ending: Optional[Fulfilment] = None
    """How it ends, once what was set aside is put back."""


class Shipment(Model):
    """What a shipment is asked for."""

    parent_subject: Optional[str] = Field(alias="parentSubject$$")
    order_id: str
    country: str
    items: list[Line]


class Shipped(Model):
    """The parcel is on its way."""

    tracking_id: str
    carrier: str
    cost: float
    eta_days: int
