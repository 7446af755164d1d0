"""Products as they are now."""

import strawberry

from downstream import product
from engine import CacheControl, batch_field
from resolvers import shop as shops
from schema.money import Money
from schema.node import Node
from schema.records import reads
from schema.scalars import Url
from schema.shop import Shop


@strawberry.type(
    description="A product as it is in its shop now, which may differ from how it was bought.",
    directives=[CacheControl(max_age=60)],
)
@reads(product.Product)
class Product(Node):
    """A product as it is now."""

    title: str = strawberry.field(description="What it is called.")
    description: str = strawberry.field(description="What it is, in a few sentences.")
    category: str = strawberry.field(description="Where the shop files it.")
    image_url: Url | None = strawberry.field(description="Its main picture.")
    url: Url = strawberry.field(description="Its page.")
    price: Money = strawberry.field(description="What it costs now.")
    compare_at_price: Money | None = strawberry.field(description="What it cost before, where it is reduced.")
    rating: float | None = strawberry.field(description="Average of its ratings, 0 to 5.")
    rating_count: int = strawberry.field(description="Number of its ratings.")
    in_stock: bool = strawberry.field(description="Whether it can be bought now.")
    shop: Shop | None = batch_field(shops.shops_of, description="Who sells it.")
