"""Checkouts that were begun and not finished."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from downstream import checkout as records
from engine import batch_field, loads
from resolvers import checkout as checkouts
from resolvers import product as products
from resolvers import shop as shops
from resolvers.context import Context
from resolvers.many import Level
from resolvers.paging import Connection, PageArguments
from resolvers.user import User
from schema.access import SIGNED_IN
from schema.arguments import values
from schema.connection import After, Before, First, Last
from schema.enums import public_enum
from schema.lists import about
from schema.money import Money
from schema.node import Node
from schema.product import Product
from schema.records import reads
from schema.scalars import DateTime, Url
from schema.shop import Shop

public_enum(
    records.CheckoutState,
    "Whether a checkout may still be finished.",
    OPEN="The person was at it lately.",
    ABANDONED="The person left it; it can be taken up again.",
)


@strawberry.type(description="A product in a checkout.")
@reads(records.CheckoutItem)
class CheckoutItem:
    """A product in a checkout."""

    title: str = strawberry.field(description="What it is called.")
    quantity: int = strawberry.field(description="How many.")
    unit_price: Money = strawberry.field(description="The price of one.")
    image_url: Url | None = strawberry.field(description="Its picture.")
    product: Product | None = batch_field(products.products_of, description="The product as it is now.")


@strawberry.type(description="A checkout that was begun and not finished.", directives=SIGNED_IN)
@reads(records.Checkout)
class Checkout(Node):
    """A checkout that was begun and not finished."""

    state: records.CheckoutState = strawberry.field(description="Whether it may still be finished.")
    url: Url = strawberry.field(description="Where to go on with it.")
    created_at: DateTime = strawberry.field(description="When it was begun.")
    updated_at: DateTime = strawberry.field(description="When it was last touched.")
    total: Money = strawberry.field(description="What it comes to.")
    items: list[CheckoutItem] = strawberry.field(description="What is in it.", directives=about(10))
    shop: Shop | None = batch_field(shops.shops_of, description="Where.")


@strawberry.input(description="Which checkouts; what is left out does not restrict.")
class CheckoutFilter:
    """Which checkouts."""

    state: list[records.CheckoutState] | None = strawberry.field(default=None, description="Any of these states.")

    def to_record(self) -> records.CheckoutFilter:
        """Return what the service is asked for."""
        return records.CheckoutFilter(state=values("filter.state", self.state))


@loads(checkouts.checkouts_of_users)
def checkouts_of_users(
    users: Sequence[User],
    context: Context,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    *,
    filter: Annotated[CheckoutFilter | None, strawberry.argument(description="Which ones; all unless given.")] = None,  # noqa: A002  public name
) -> Level[Connection[records.Checkout]]:
    """Answer ``User.checkouts``."""
    page = PageArguments(first, after, last, before)
    return checkouts.checkouts_of_users(users, context, page, where=filter.to_record() if filter else None)
