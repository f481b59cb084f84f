"""What the services of the demo are sent and answer, as Pydantic models.

The field names are those of the contracts (`../contracts.json`), which any language reads.
"""

from __future__ import annotations

from typing import Literal, Optional

from pydantic import BaseModel, ConfigDict
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
