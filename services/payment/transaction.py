from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from services.common.database import ASKED, Reader
from services.common.money import Money, money
from services.common.paging import Selection, Sort
from services.common.search import Listing, Query
from services.common.shared import grouped
from services.common.times import Time, time

TransactionKind = Literal["AUTHORIZATION", "CHARGE", "REFUND", "VOID", "CHARGEBACK"]
TransactionStatus = Literal["PENDING", "SUCCESS", "FAILURE", "ACTION_REQUIRED"]
PaymentMethodKind = Literal["CARD", "WALLET", "BANK_TRANSFER", "PAY_LATER", "GIFT_CARD", "CASH_ON_DELIVERY"]
LastFour = Annotated[str, Meta(pattern="^[0-9]{4}$", description="The last four digits; no others exist here.")]

_TRANSACTIONS = """
    SELECT id, order_id, customer_id, kind, status, currency, amount, method, brand, last4, created_at,
        coalesce((SELECT changed_at FROM journal WHERE subject = transactions.id), created_at), failure_reason
    FROM transactions
"""
_BY_ID = f"{_TRANSACTIONS} WHERE id {ASKED}"
_BY_ORDER = f"{_TRANSACTIONS} WHERE order_id {ASKED} ORDER BY order_id, created_at, id"


class Transaction(Struct, rename="camel", frozen=True):
    """One movement of money, or an attempt."""

    id: str
    order_id: str
    customer_id: str
    kind: TransactionKind
    status: TransactionStatus
    amount: Money
    method: PaymentMethodKind
    brand: str | None
    last4: LastFour | None
    created_at: Time
    updated_at: Time
    failure_reason: Annotated[str | None, Meta(description="In the customer's words.")]


class TransactionFilter(Struct, frozen=True, forbid_unknown_fields=True):
    """Null restricts nothing; a list means any of its values."""

    kind: list[TransactionKind] | None = None
    status: list[TransactionStatus] | None = None


class TransactionQuery(Query, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks for a page of a person's transactions."""

    filter: TransactionFilter | None = None
    sort: Literal["CREATED_AT"] = "CREATED_AT"


def transactions_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, Transaction]:
    """Read transactions."""
    return {each.id: each for each in _transactions(reader.rows_of(_BY_ID, ids))}


def transactions_by_order(reader: Reader, orders: Sequence[str]) -> dict[str, list[Transaction]]:
    """Read the transactions of orders, oldest first; an order without any is left out."""
    return grouped((each.order_id, each) for each in _transactions(reader.rows_of(_BY_ORDER, orders)))


def _selected(query: TransactionQuery) -> Selection:
    chosen = query.filter or TransactionFilter()
    selection = Selection("transactions", ("customer_id = ?",), (query.customer_id,))
    return selection.where_any("kind", chosen.kind).where_any("status", chosen.status)


TRANSACTIONS = Listing(
    sorts={"CREATED_AT": Sort("transactions.CREATED_AT", ("created_at", "id"))},
    select=_selected,
    get=transactions_by_id,
)


def _transactions(rows: list[Any]) -> Iterable[Transaction]:
    for key, order, customer, kind, status, currency, amount, method, brand, last4, *times, failure_reason in rows:
        created_at, updated_at = times
        yield Transaction(
            id=key,
            order_id=order,
            customer_id=customer,
            kind=kind,
            status=status,
            amount=money(amount, currency),
            method=method,
            brand=brand,
            last4=last4,
            created_at=time(created_at),
            updated_at=time(updated_at),
            failure_reason=failure_reason,
        )
