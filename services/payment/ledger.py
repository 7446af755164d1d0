from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from services.common.database import Reader
from services.common.money import Money, money
from services.common.shared import FinancialStatus
from services.payment.refund import Refund, refunds_by_order
from services.payment.transaction import Transaction, transactions_by_order

_LEDGERS = """
    SELECT order_id, customer_id, financial_status, currency, authorized, captured, refunded, outstanding
    FROM ledgers WHERE order_id IN (SELECT value FROM json_each(?))
"""


class Ledger(Struct, rename="camel", frozen=True):
    """The money side of one order; lists run oldest first."""

    order_id: str
    customer_id: str
    financial_status: FinancialStatus
    authorized: Money
    captured: Annotated[Money, Meta(description="The sum of the successful CHARGEs.")]
    refunded: Annotated[Money, Meta(description="The sum of the successful REFUNDs.")]
    outstanding: Annotated[Money, Meta(description="What is still to be paid.")]
    transactions: list[Transaction]
    refunds: list[Refund]


def ledgers_by_order(reader: Reader, orders: Sequence[str]) -> dict[str, Ledger]:
    """Read the ledgers of orders."""
    transactions = transactions_by_order(reader, orders)
    refunds = refunds_by_order(reader, orders)
    return {
        order: Ledger(
            order_id=order,
            customer_id=customer,
            financial_status=financial_status,
            authorized=money(authorized, currency),
            captured=money(captured, currency),
            refunded=money(refunded, currency),
            outstanding=money(outstanding, currency),
            transactions=transactions.get(order, []),
            refunds=refunds.get(order, []),
        )
        for order, customer, financial_status, currency, authorized, captured, refunded, outstanding in reader.rows_of(
            _LEDGERS, orders
        )
    }
