"""Shops, from the order service."""

from downstream.endpoint import Entity, SharedGet
from downstream.record import Record


class Shop(Record, frozen=True):
    """A seller."""

    id: str
    name: str
    handle: str
    logo_url: str | None
    url: str
    rating: float | None
    verified: bool


SHOP_BY_ID: Entity[str, Shop] = SharedGet("order", "/v1/shops:batchGet", Shop)
