"""What happens to prices of products that somebody keeps an eye on."""

import random
from typing import NamedTuple

from services.common.database import Writer

_TAGGED = """
    SELECT p.id, p.title, p.price FROM tags t JOIN products p ON p.id = t.product_id
    WHERE t.customer_id IN (SELECT value FROM json_each(?)) ORDER BY t.tagged_at DESC LIMIT 20
"""
_COPY = """
    UPDATE products SET compare_at_price = CASE WHEN ?1 < price THEN max(price, coalesce(compare_at_price, 0)) END,
        price = ?1
    WHERE id = ?2
"""


class NewPrice(NamedTuple):
    """What a product costs from now on, in minor units."""

    product: str
    title: str
    price: int


def change_tagged(writer: Writer, customers: str, dice: random.Random) -> NewPrice | None:
    """Change the price of a product that one of these customers tagged; None where there is none."""
    rows = writer.rows(_TAGGED, (customers,))
    if not rows:
        return None
    product, title, price = dice.choice(rows)
    changed = NewPrice(product, title, max(1, round(price * dice.choice((0.7, 0.8, 0.9, 1.1, 1.2)))))
    writer.change("UPDATE products SET price = ? WHERE id = ?", changed.price, product)
    writer.announce("product.updated", product, None)
    for tag, customer in writer.rows("SELECT id, customer_id FROM tags WHERE product_id = ?", (product,)):
        writer.announce("tag.updated", tag, customer)
    return changed


def copy(writer: Writer, change: NewPrice) -> str:
    """Let the catalogue have the new price, too."""
    writer.change(_COPY, change.price, change.product)
    writer.announce("product.updated", change.product, None)
    return f"{change.title}: a new price"
