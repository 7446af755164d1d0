"""What the payment provider does."""

from typing import Protocol

from services.common.database import Writer
from services.common.ids import new_id
from services.common.money import money

_OPEN = """
    INSERT INTO ledgers (order_id, customer_id, financial_status, currency, total, authorized, captured, refunded,
        outstanding)
    VALUES (?, ?, 'PENDING', ?, ?, 0, 0, 0, ?) ON CONFLICT DO NOTHING
"""
_METHOD = """
    SELECT method, brand, last4 FROM payment_methods WHERE customer_id = ?
    ORDER BY is_default DESC, created_at, id LIMIT 1
"""
_TRANSACTION = """
    INSERT INTO transactions (id, order_id, customer_id, kind, status, currency, amount, method, brand, last4,
        created_at)
    VALUES (?, ?, ?, ?, 'SUCCESS', ?, ?, ?, ?, ?, ?)
"""
_CAPTURED = """
    UPDATE ledgers SET captured = captured + outstanding, outstanding = 0, financial_status = 'PAID' WHERE order_id = ?
"""
_REFUND = """
    INSERT INTO refunds (id, order_id, customer_id, transaction_id, currency, amount, reason, created_at)
    VALUES (?, ?, ?, ?, ?, ?, 'The order was cancelled', ?)
"""
_GIVEN_BACK = "UPDATE ledgers SET refunded = captured, outstanding = 0, financial_status = ? WHERE order_id = ?"


class Payable(Protocol):
    """An order, as far as money is concerned."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def customer_id(self) -> str:
        """Whose it is."""

    @property
    def currency(self) -> str:
        """In which currency."""

    @property
    def total(self) -> int:
        """What it comes to, in minor units."""


def charge(writer: Writer, order: Payable) -> str:
    """Take what is still to be paid for an order, and say it to the customer."""
    writer.change(_OPEN, order.id, order.customer_id, order.currency, order.total, order.total)
    ((outstanding,),) = writer.rows("SELECT outstanding FROM ledgers WHERE order_id = ?", (order.id,))
    if outstanding:
        _transact(writer, order, "CHARGE", outstanding)
        writer.change(_CAPTURED, order.id)
        writer.announce("payment.updated", order.id, order.customer_id)
    return f"{_words(outstanding, order)} paid"


def give_back(writer: Writer, order: Payable) -> tuple[str, str]:
    """Give back what was taken for a cancelled order; return the financial status, and what to say to the customer."""
    rows = writer.rows("SELECT captured - refunded, captured FROM ledgers WHERE order_id = ?", (order.id,))
    left, captured = rows[0] if rows else (0, 0)
    status = "REFUNDED" if captured else "VOIDED"
    if left:
        transaction = _transact(writer, order, "REFUND", left)
        given = (order.id, order.customer_id, transaction, order.currency, left, writer.seconds)
        refund = new_id("rfd")
        writer.change(_REFUND, refund, *given)
        writer.enter(refund, order.customer_id)
    writer.change(_GIVEN_BACK, status, order.id)
    writer.announce("payment.updated", order.id, order.customer_id)
    return status, f"{_words(left, order)} paid back" if captured else "The reserved amount was released"


def _transact(writer: Writer, order: Payable, kind: str, amount: int) -> str:
    means = writer.rows(_METHOD, (order.customer_id,)) or [("BANK_TRANSFER", None, None)]
    key = new_id("pay")
    head = (key, order.id, order.customer_id, kind, order.currency, amount)
    writer.change(_TRANSACTION, *head, *means[0], writer.seconds)
    writer.enter(key, order.customer_id)
    return key


def _words(minor: int, order: Payable) -> str:
    amount = money(minor, order.currency)
    return f"{amount.amount} {amount.currency_code}"
