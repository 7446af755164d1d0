from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from services.common.database import ASKED, Reader
from services.common.money import Money, money
from services.common.shared import Quantity, grouped
from services.common.times import Time, time

_REFUNDS = "SELECT id, order_id, customer_id, transaction_id, currency, amount, reason, created_at FROM refunds"
_BY_ID = f"{_REFUNDS} WHERE id {ASKED}"
_BY_ORDER = f"{_REFUNDS} WHERE order_id {ASKED} ORDER BY order_id, created_at, id"

_ITEMS = """
    SELECT refund_id, line_item_id, quantity, refund_items.amount, currency
    FROM refund_items JOIN refunds ON refunds.id = refund_id
    WHERE refund_id IN (SELECT value FROM json_each(?)) ORDER BY refund_id, position
"""


class RefundItem(Struct, rename="camel", frozen=True):
    """How much of a line was paid back."""

    line_item_id: str
    quantity: Quantity
    amount: Money


class Refund(Struct, rename="camel", frozen=True):
    """Money that went back to the person."""

    id: str
    order_id: str
    customer_id: str
    transaction_id: str | None
    amount: Money
    reason: str | None
    created_at: Time
    items: list[RefundItem]


def refunds_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, Refund]:
    """Read refunds."""
    return {refund.id: refund for refund in _completed(reader, reader.rows_of(_BY_ID, ids))}


def refunds_by_order(reader: Reader, orders: Sequence[str]) -> dict[str, list[Refund]]:
    """Read the refunds of orders, oldest first; an order without any is left out."""
    refunds = _completed(reader, reader.rows_of(_BY_ORDER, orders))
    return grouped((refund.order_id, refund) for refund in refunds)


def _completed(reader: Reader, rows: list[Any]) -> Iterable[Refund]:
    items = grouped(
        (refund, RefundItem(line_item, quantity, money(amount, currency)))
        for refund, line_item, quantity, amount, currency in reader.rows_of(_ITEMS, [row[0] for row in rows])
    )
    for key, order, customer, transaction, currency, amount, reason, created_at in rows:
        yield Refund(
            id=key,
            order_id=order,
            customer_id=customer,
            transaction_id=transaction,
            amount=money(amount, currency),
            reason=reason,
            created_at=time(created_at),
            items=items.get(key, []),
        )
