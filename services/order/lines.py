from collections.abc import Iterable, Sequence

from msgspec import Struct

from services.common.database import Reader
from services.common.money import Money, money
from services.common.shared import Count, Quantity, Source, grouped, source

_LINE_ITEMS = """
    SELECT order_id, line_items.id, product_id, title, variant_title, image_url, sku, quantity, fulfilled_quantity,
        refundable_quantity, currency, unit_price, line_items.total_discount, line_items.total, source_channel,
        source_creator_handle
    FROM line_items JOIN orders ON orders.id = order_id
    WHERE order_id IN (SELECT value FROM json_each(?)) ORDER BY order_id, position
"""

_DISCOUNTS = """
    SELECT line_item_id, discounts.title, amount, currency
    FROM line_items JOIN orders ON orders.id = order_id JOIN discounts ON line_item_id = line_items.id
    WHERE order_id IN (SELECT value FROM json_each(?)) ORDER BY line_item_id, discounts.position
"""


class Discount(Struct, frozen=True):
    """What reduced a line."""

    title: str
    amount: Money


class LineItem(Struct, rename="camel", frozen=True):
    """A product as it was bought; `total` is `unitPrice` times `quantity` less `totalDiscount`."""

    id: str
    product_id: str
    title: str
    variant_title: str | None
    image_url: str | None
    sku: str | None
    quantity: Quantity
    fulfilled_quantity: Count
    refundable_quantity: Count
    unit_price: Money
    total_discount: Money
    total: Money
    discounts: list[Discount]
    source: Source | None


def line_items_by_order(reader: Reader, orders: Sequence[str]) -> dict[str, list[LineItem]]:
    """Read what was bought in orders, as on the receipt."""
    return grouped(_line_items(reader, orders))


def _line_items(reader: Reader, orders: Sequence[str]) -> Iterable[tuple[str, LineItem]]:
    discounts = grouped(
        (line, Discount(title, money(amount, currency)))
        for line, title, amount, currency in reader.rows_of(_DISCOUNTS, orders)
    )
    for row in reader.rows_of(_LINE_ITEMS, orders):
        order, key, product, title, variant_title, image_url, sku, quantity, fulfilled, refundable = row[:10]
        currency, unit_price, total_discount, total, channel, creator_handle = row[10:]
        line = LineItem(
            id=key,
            product_id=product,
            title=title,
            variant_title=variant_title,
            image_url=image_url,
            sku=sku,
            quantity=quantity,
            fulfilled_quantity=fulfilled,
            refundable_quantity=refundable,
            unit_price=money(unit_price, currency),
            total_discount=money(total_discount, currency),
            total=money(total, currency),
            discounts=discounts.get(key, []),
            source=source(channel, creator_handle),
        )
        yield order, line
