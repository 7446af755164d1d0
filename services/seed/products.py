from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Product:
    """A product as it is now. Prices in minor units of the shop's currency."""

    number: int
    id: str
    shop_id: str
    title: str
    description: str
    category: str
    variants: list[str]
    image_url: str | None
    url: str
    currency: str
    price: int
    compare_at_price: int | None
    rating: float | None
    rating_count: int
    in_stock: bool
    # What people tend to buy with it.
    companions: "list[Product]" = field(default_factory=list)
