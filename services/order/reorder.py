"""Ordering the same again."""

from typing import Annotated

from msgspec import Meta, Struct

from services.common.database import Writer
from services.common.ids import new_id
from services.order.actions import OrderCommand, permit
from services.order.checkout import Checkout, checkouts_by_id

_LINES = """
    SELECT i.id, i.quantity, p.id, p.title, p.price, p.image_url, p.in_stock
    FROM line_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = ? ORDER BY i.position
"""
_BEGIN = """
    INSERT INTO checkouts (id, customer_id, shop_id, state, url, created_at, updated_at, currency, total)
    SELECT ?, customer_id, shops.id, 'OPEN', shops.url || '/checkout/' || ?, ?, ?, shops.currency, ?
    FROM orders JOIN shops ON shops.id = shop_id WHERE orders.id = ?
"""
_PUT = """
    INSERT INTO checkout_items (checkout_id, position, product_id, title, quantity, unit_price, image_url)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class Reorder(Struct, rename="camel", frozen=True):
    """A new checkout with the goods of an order, at what they cost now."""

    customer_id: str
    checkout: Checkout
    left_out: Annotated[list[str], Meta(description="Line items of the order whose products are out of stock.")]


def reorder(writer: Writer, body: OrderCommand) -> Reorder:
    """Begin a checkout with what of an order can be bought now."""
    permit(writer, "REORDER", body.customer_id, body.order_id)
    lines = writer.rows(_LINES, (body.order_id,))
    bought = [line for line in lines if line[-1]]
    total = sum(quantity * price for _, quantity, _, _, price, _, _ in bought)
    checkout, now = new_id("chk"), writer.seconds
    writer.change(_BEGIN, checkout, checkout, now, now, total, body.order_id)
    for place, (_, quantity, product, title, price, image_url, _) in enumerate(bought):
        writer.change(_PUT, checkout, place, product, title, quantity, price, image_url)
    writer.announce("checkout.updated", checkout, body.customer_id)
    left_out = [line[0] for line in lines if not line[-1]]
    return Reorder(body.customer_id, checkouts_by_id(writer, [checkout])[checkout], left_out)
