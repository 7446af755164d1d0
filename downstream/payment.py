"""Money that moved, and the means to move it, from the payment service."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from downstream.command import Body, Command
from downstream.endpoint import BatchGet, Entity, Search
from downstream.record import Money, OpenEnum, Owned, Page, Query, Record

# A service that sent more digits would break the contract, and the answer is refused whole.
Last4 = Annotated[str, Meta(pattern=r"\A[0-9]{4}\Z")]


class FinancialStatus(OpenEnum):
    """How much of an order is paid."""

    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    VOIDED = "VOIDED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


class TransactionKind(OpenEnum):
    """What a transaction does."""

    AUTHORIZATION = "AUTHORIZATION"
    CHARGE = "CHARGE"
    REFUND = "REFUND"
    VOID = "VOID"
    CHARGEBACK = "CHARGEBACK"
    UNKNOWN = "UNKNOWN"


class TransactionStatus(OpenEnum):
    """How a transaction went."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    UNKNOWN = "UNKNOWN"


class PaymentMethodKind(OpenEnum):
    """A means of payment."""

    CARD = "CARD"
    WALLET = "WALLET"
    BANK_TRANSFER = "BANK_TRANSFER"
    PAY_LATER = "PAY_LATER"
    GIFT_CARD = "GIFT_CARD"
    CASH_ON_DELIVERY = "CASH_ON_DELIVERY"
    UNKNOWN = "UNKNOWN"


class Transaction(Record, frozen=True):
    """One movement of money for an order, or an attempt at it."""

    id: str
    order_id: str
    customer_id: str
    kind: TransactionKind
    status: TransactionStatus
    amount: Money
    method: PaymentMethodKind
    brand: str | None
    last4: Last4 | None
    created_at: str
    updated_at: str
    failure_reason: str | None


class RefundItem(Record, frozen=True):
    """What a refund gives back for a line item."""

    line_item_id: str
    quantity: int
    amount: Money


class Refund(Record, frozen=True):
    """Money given back for an order."""

    id: str
    order_id: str
    customer_id: str
    transaction_id: str | None
    amount: Money
    reason: str | None
    created_at: str
    items: Sequence[RefundItem]


class Ledger(Record, frozen=True):
    """The money side of one order; transactions and refunds oldest first."""

    order_id: str
    customer_id: str
    financial_status: FinancialStatus
    authorized: Money
    captured: Money
    refunded: Money
    outstanding: Money
    transactions: Sequence[Transaction]
    refunds: Sequence[Refund]


class PaymentMethod(Record, frozen=True):
    """A stored means of payment."""

    id: str
    customer_id: str
    method: PaymentMethodKind
    brand: str | None
    last4: Last4 | None
    expiry_month: int | None
    expiry_year: int | None
    is_default: bool
    created_at: str


class Wallet(Record, frozen=True):
    """A customer's stored payment methods."""

    customer_id: str
    payment_methods: Sequence[PaymentMethod]


class TransactionFilter(Struct, frozen=True, kw_only=True, rename="camel"):
    """Which transactions; None: no restriction."""

    kind: tuple[TransactionKind, ...] | None = None
    status: tuple[TransactionStatus, ...] | None = None


class TransactionQuery(Query, frozen=True, kw_only=True):
    """A window of a customer's transactions, newest first."""

    filter: TransactionFilter | None = None


LEDGER_BY_ORDER: Entity[Owned, Ledger] = BatchGet("payment", "/v1/ledgers:batchGetByOrder", Ledger, identity="order_id")
TRANSACTION_BY_ID: Entity[Owned, Transaction] = BatchGet("payment", "/v1/transactions:batchGet", Transaction)
TRANSACTIONS_BY_CUSTOMER: Entity[TransactionQuery, Page[Transaction]] = Search(
    "payment", "/v1/transactions:search", Page[Transaction]
)
REFUND_BY_ID: Entity[Owned, Refund] = BatchGet("payment", "/v1/refunds:batchGet", Refund)
PAYMENT_METHOD_BY_ID: Entity[Owned, PaymentMethod] = BatchGet("payment", "/v1/paymentMethods:batchGet", PaymentMethod)
WALLET_BY_CUSTOMER: Entity[Owned, Wallet] = BatchGet("payment", "/v1/wallets:batchGet", Wallet, identity="customer_id")


class PaymentMethodCommand(Body, frozen=True, kw_only=True):
    """Names the payment method to change."""

    payment_method_id: str


SET_DEFAULT_PAYMENT_METHOD: Command[Wallet] = Command("payment", "/v1/paymentMethods:setDefault", Wallet)
