from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from services.common.database import Reader
from services.common.money import Money, money, money_or_none
from services.common.shared import Count

Rating = Annotated[float, Meta(ge=0, le=5)]

_SHOPS = """
    SELECT id, name, handle, logo_url, url, rating, verified
    FROM shops WHERE id IN (SELECT value FROM json_each(?))
"""

_PRODUCTS = """
    SELECT id, shop_id, title, description, category, image_url, url, currency, price, compare_at_price, rating,
        rating_count, in_stock
    FROM products WHERE id IN (SELECT value FROM json_each(?))
"""


class Shop(Struct, rename="camel", frozen=True):
    """Who sells."""

    id: str
    name: str
    handle: str
    logo_url: str | None
    url: str
    rating: Rating | None
    verified: bool


class Product(Struct, rename="camel", frozen=True):
    """A product as it is now."""

    id: str
    shop_id: str
    title: str
    description: str
    category: str
    image_url: str | None
    url: str
    price: Money
    compare_at_price: Annotated[Money | None, Meta(description="The price before a reduction.")]
    rating: Rating | None
    rating_count: Count
    in_stock: bool


def shops_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, Shop]:
    """Read shops."""
    return {
        key: Shop(key, name, handle, logo_url, url, rating, bool(verified))
        for key, name, handle, logo_url, url, rating, verified in reader.rows_of(_SHOPS, ids)
    }


def products_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, Product]:
    """Read products."""
    products: dict[str, Product] = {}
    for row in reader.rows_of(_PRODUCTS, ids):
        key, shop, title, description, category, image_url, url = row[:7]
        currency, price, compare_at_price, rating, rating_count, in_stock = row[7:]
        products[key] = Product(
            id=key,
            shop_id=shop,
            title=title,
            description=description,
            category=category,
            image_url=image_url,
            url=url,
            price=money(price, currency),
            compare_at_price=money_or_none(compare_at_price, currency),
            rating=rating,
            rating_count=rating_count,
            in_stock=bool(in_stock),
        )
    return products
