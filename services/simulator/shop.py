"""What shops do."""

import secrets

from services.common.database import Writer
from services.common.ids import new_id
from services.common.money import thousandths
from services.order.timeline import TimelineKind, tell, tell_customers_act

_CHECKOUT = """
    SELECT customer_id, shop_id, checkouts.currency, total, shops.name FROM checkouts JOIN shops ON shops.id = shop_id
    WHERE checkouts.id = ?
"""
_ITEMS = """
    SELECT product_id, title, image_url, quantity, unit_price FROM checkout_items
    WHERE checkout_id = ? ORDER BY position
"""
_ORDER = """
    INSERT INTO orders (id, customer_id, shop_id, number, confirmation_number, status, financial_status,
        fulfillment_status, placed_at, updated_at, currency, subtotal, total_discount, total_shipping, total_tax,
        total_tip, total, total_thousandths, shipping_address_id, search_text)
    SELECT ?, ?, ?, ?, ?, 'UNPAID', 'PENDING', 'UNFULFILLED', ?, ?, ?, ?, 0, 0, 0, 0, ?, ?,
        (SELECT shipping_address_id FROM orders WHERE customer_id = ? ORDER BY placed_at DESC LIMIT 1), ?
"""
_LINE = """
    INSERT INTO line_items (id, order_id, position, product_id, title, image_url, quantity, fulfilled_quantity,
        refundable_quantity, unit_price, total_discount, total, source_channel)
    VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, 0, ?, 'ORDER_CENTER')
"""
_PAID = "UPDATE orders SET status = 'AWAITING_SHIPMENT', financial_status = 'PAID' WHERE id = ?"
_RETURNABLE = "UPDATE line_items SET refundable_quantity = quantity WHERE order_id = ?"


def place(writer: Writer, checkout: str) -> str:
    """Make an order of a checkout, which is gone then."""
    ((customer, shop, currency, total, name),) = writer.rows(_CHECKOUT, (checkout,))
    items = writer.rows(_ITEMS, (checkout,))
    order, number = new_id("ord"), f"OC-{2_000_000 + secrets.randbelow(8_000_000)}"
    confirmation, now = new_id("x")[-6:], writer.seconds
    search = "\n".join((number, name, *(title for _, title, *_ in items))).casefold()
    head = (order, customer, shop, number, confirmation, now, now, currency, total, total)
    writer.change(_ORDER, *head, thousandths(total, currency), customer, search)
    for place_, (product, title, image_url, quantity, price) in enumerate(items):
        line = (new_id("itm"), order, place_, product, title, image_url, quantity, price, price * quantity)
        writer.change(_LINE, *line)
    writer.change("DELETE FROM checkout_items WHERE checkout_id = ?", checkout)
    writer.change("DELETE FROM checkouts WHERE id = ?", checkout)
    writer.announce("checkout.updated", checkout, customer, removed=True)
    tell_customers_act(writer, order, "PLACED", "You placed the order")
    return f"{number}: placed"


def pay(writer: Writer, order: str, words: str) -> str:
    """Go on with an order that is paid."""
    writer.change(_PAID, order)
    writer.change(_RETURNABLE, order)
    tell(writer, order, "PAID", words, actor="PAYMENT_PROVIDER", name=None)
    return said(writer, order, words)


def release(writer: Writer, order: str) -> str:
    """Go on with an order that was looked into."""
    writer.change("UPDATE orders SET status = 'AWAITING_SHIPMENT' WHERE id = ?", order)
    tell(writer, order, "RELEASED", "All is well; the order goes on", actor="SUPPORT", name="Noor")
    return said(writer, order, "released")


def settle(writer: Writer, order: str, status: str, words: str) -> str:
    """Note that the money of a cancelled order went back."""
    writer.change("UPDATE orders SET financial_status = ? WHERE id = ?", status, order)
    kind: TimelineKind = "REFUNDED" if status == "REFUNDED" else "NOTE"
    tell(writer, order, kind, words, actor="PAYMENT_PROVIDER", name=None)
    return said(writer, order, words)


def said(writer: Writer, order: str, words: str) -> str:
    """Put an order's number before what happened to it."""
    ((number,),) = writer.rows("SELECT number FROM orders WHERE id = ?", (order,))
    return f"{number}: {words}"
