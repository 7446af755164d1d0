from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from services.common.database import ASKED, Reader
from services.common.shared import grouped
from services.common.times import Time, time
from services.payment.transaction import LastFour, PaymentMethodKind

_METHODS = """
    SELECT id, customer_id, method, brand, last4, expiry_month, expiry_year, is_default, created_at
    FROM payment_methods
"""
_BY_ID = f"{_METHODS} WHERE id {ASKED}"
_BY_CUSTOMER = f"{_METHODS} WHERE customer_id {ASKED} ORDER BY customer_id, created_at, id"


class PaymentMethod(Struct, rename="camel", frozen=True):
    """A stored way to pay."""

    id: str
    customer_id: str
    method: PaymentMethodKind
    brand: str | None
    last4: LastFour | None
    expiry_month: Annotated[int, Meta(ge=1, le=12)] | None
    expiry_year: int | None
    is_default: bool
    created_at: Time


class Wallet(Struct, rename="camel", frozen=True):
    """A person's stored payment methods, oldest first."""

    customer_id: str
    payment_methods: list[PaymentMethod]


def payment_methods_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, PaymentMethod]:
    """Read payment methods."""
    return {each.id: each for each in _methods(reader.rows_of(_BY_ID, ids))}


def wallets_by_customer(reader: Reader, customers: Sequence[str]) -> dict[str, Wallet]:
    """Read wallets; who has no payment method has none, since this service does not know who exists."""
    methods = grouped((each.customer_id, each) for each in _methods(reader.rows_of(_BY_CUSTOMER, customers)))
    return {customer: Wallet(customer, each) for customer, each in methods.items()}


def _methods(rows: list[Any]) -> Iterable[PaymentMethod]:
    for key, customer, method, brand, last4, expiry_month, expiry_year, is_default, created_at in rows:
        yield PaymentMethod(
            id=key,
            customer_id=customer,
            method=method,
            brand=brand,
            last4=last4,
            expiry_month=expiry_month,
            expiry_year=expiry_year,
            is_default=bool(is_default),
            created_at=time(created_at),
        )
