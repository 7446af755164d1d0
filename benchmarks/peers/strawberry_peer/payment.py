"""The money side of orders, from the payment service."""

from __future__ import annotations

import strawberry

from .enums import FinancialStatus, PaymentMethodKind, TransactionKind, TransactionStatus
from .scalars import DateTime
from .services import Row
from .types import Money


@strawberry.type
class Payment:
    """One movement of money, or an attempt at it."""

    id: strawberry.ID
    kind: TransactionKind
    status: TransactionStatus
    amount: Money
    method: PaymentMethodKind
    brand: str | None
    last4: str | None
    created_at: DateTime

    @classmethod
    def from_row(cls, row: Row) -> Payment:
        """Make one."""
        return cls(
            id=row["id"],
            kind=row["kind"],
            status=row["status"],
            amount=Money.from_row(row["amount"]),
            method=row["method"],
            brand=row["brand"],
            last4=row["last4"],
            created_at=row["createdAt"],
        )


@strawberry.type
class Refund:
    """Money given back."""

    id: strawberry.ID
    amount: Money
    reason: str | None
    created_at: DateTime

    @classmethod
    def from_row(cls, row: Row) -> Refund:
        """Make one."""
        return cls(
            id=row["id"], amount=Money.from_row(row["amount"]), reason=row["reason"], created_at=row["createdAt"]
        )


class Ledger:
    """The money side of one order; not a type of the schema."""

    __slots__ = ("financial_status", "payments", "refunds")

    def __init__(self, row: Row) -> None:
        self.financial_status: FinancialStatus = row["financialStatus"]
        self.payments = [Payment.from_row(one) for one in row["transactions"]]
        self.refunds = [Refund.from_row(one) for one in row["refunds"]]
