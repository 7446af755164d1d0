"""What was bought, as it was bought."""

import strawberry

from downstream import order as records
from engine import batch_field
from resolvers import product as products
from schema.lists import about
from schema.money import Money
from schema.product import Product
from schema.records import reads
from schema.scalars import Url
from schema.source import Source


@strawberry.type(description="A reduction of a line item's price.")
@reads(records.Discount)
class Discount:
    """A reduction of a line item's price."""

    title: str = strawberry.field(description="What it was given for.")
    amount: Money = strawberry.field(description="How much.")


@strawberry.type(description="A product in an order, as it was bought.")
@reads(records.LineItem)
class LineItem:
    """A product in an order, as it was bought."""

    id: strawberry.ID = strawberry.field(description="Unique and stable.")
    title: str = strawberry.field(description="What it was called.")
    variant_title: str | None = strawberry.field(description="Which size, colour or kind.")
    image_url: Url | None = strawberry.field(description="Its picture then.")
    sku: str | None = strawberry.field(description="The shop's own number for it.")
    quantity: int = strawberry.field(description="How many were ordered.")
    fulfilled_quantity: int = strawberry.field(description="How many of them have been shipped.")
    refundable_quantity: int = strawberry.field(description="How many of them can still be sent back.")
    unit_price: Money = strawberry.field(description="The price of one, before discounts.")
    total_discount: Money = strawberry.field(description="All discounts together.")
    total: Money = strawberry.field(description="What all of them came to, after discounts.")
    discounts: list[Discount] = strawberry.field(description="Each discount.", directives=about(2))
    source: Source | None = strawberry.field(description="Where the person met the product.")
    product: Product | None = batch_field(
        products.products_of, description="The product as it is now; null when the shop has it no more."
    )
