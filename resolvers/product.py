"""Products as they are now."""

from collections.abc import Sequence
from typing import Protocol

from downstream.product import Product
from engine import loads
from loaders import Loaders
from resolvers import ids
from resolvers.context import Context
from resolvers.many import Level, found


class OfProduct(Protocol):
    """A record that names a product."""

    @property
    def product_id(self) -> str:
        """Id of the product."""


@loads(Loaders.product_by_id)
def product(context: Context, identifier: str) -> Level[Product]:
    """A product, to anybody."""
    return found(context.loaders.product_by_id.load_level([ids.check(identifier, "prd", "id")]))


@loads(Loaders.product_by_id)
def products_of(records: Sequence[OfProduct], context: Context) -> Level[Product]:
    """The product that each record names; None where the catalogue has it no more."""
    return context.loaders.product_by_id.load_level([one.product_id for one in records])
