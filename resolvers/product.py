"""Products as they are now."""

from collections.abc import Sequence
from typing import Protocol

from downstream.product import Product
from engine import loads
from loaders import Loaders
from resolvers import ids
from resolvers.context import Context
from resolvers.errors import NotFoundError
from resolvers.many import Level


class OfProduct(Protocol):
    """A record that names a product."""

    @property
    def product_id(self) -> str:
        """Id of the product."""


@loads(Loaders.product_by_id)
async def product(context: Context, identifier: str) -> Product:
    """Return a product to anybody; raises ``NotFoundError`` when there is none."""
    found = await context.loaders.product_by_id.load(ids.check(identifier, "prd", "id"))
    if found is None:
        raise NotFoundError
    return found


@loads(Loaders.product_by_id)
def products_of(records: Sequence[OfProduct], context: Context) -> Level[Product]:
    """The product that each record names; None where the catalogue has it no more."""
    return context.loaders.product_by_id.load_level([one.product_id for one in records])
