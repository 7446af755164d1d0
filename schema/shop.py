"""Sellers."""

import strawberry

from downstream import shop
from engine import CacheControl
from schema.node import Node
from schema.records import reads
from schema.scalars import Url


@strawberry.type(description="A seller.", directives=[CacheControl(max_age=300)])
@reads(shop.Shop)
class Shop(Node):
    """A seller."""

    name: str = strawberry.field(description="The name that customers see.")
    handle: str = strawberry.field(description="The name by which others mention it.")
    logo_url: Url | None = strawberry.field(description="Its logo.")
    url: Url = strawberry.field(description="Its page.")
    rating: float | None = strawberry.field(description="Average of its customers' ratings, 0 to 5.")
    verified: bool = strawberry.field(description="Whether its identity has been checked.")
