"""Products as they are now, from the order service."""

from downstream.endpoint import Entity, SharedGet
from downstream.record import Money, Record


class Product(Record, frozen=True):
    """A product in a shop's catalogue."""

    id: str
    shop_id: str
    title: str
    description: str
    category: str
    image_url: str | None
    url: str
    price: Money
    compare_at_price: Money | None
    rating: float | None
    rating_count: int
    in_stock: bool


PRODUCT_BY_ID: Entity[str, Product] = SharedGet("order", "/v1/products:batchGet", Product)
