"""The shops behind orders, products and checkouts."""

from collections.abc import Sequence
from typing import Protocol

from downstream.shop import Shop
from engine import loads
from loaders import Loaders
from resolvers.context import Context
from resolvers.many import Level


class OfShop(Protocol):
    """A record that names a shop."""

    @property
    def shop_id(self) -> str:
        """Id of the shop."""


@loads(Loaders.shop_by_id)
def shops_of(records: Sequence[OfShop], context: Context) -> Level[Shop]:
    """The shop that each record names."""
    return context.loaders.shop_by_id.load_level([one.shop_id for one in records])
