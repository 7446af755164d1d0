"""Enums. Records keep the services' strings, which graphql-core finds by value: faster than enum members."""

from enum import Enum

import strawberry


@strawberry.enum
class FinancialStatus(Enum):
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


@strawberry.enum
class FulfillmentStatus(Enum):
    """How much of an order has been shipped."""

    UNFULFILLED = "UNFULFILLED"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    FULFILLED = "FULFILLED"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class OrderStatus(Enum):
    """Where an order is in its life."""

    UNPAID = "UNPAID"
    ON_HOLD = "ON_HOLD"
    AWAITING_SHIPMENT = "AWAITING_SHIPMENT"
    PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
    AWAITING_COLLECTION = "AWAITING_COLLECTION"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class PaymentMethodKind(Enum):
    """A means of payment."""

    CARD = "CARD"
    WALLET = "WALLET"
    BANK_TRANSFER = "BANK_TRANSFER"
    PAY_LATER = "PAY_LATER"
    GIFT_CARD = "GIFT_CARD"
    CASH_ON_DELIVERY = "CASH_ON_DELIVERY"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class Placement(Enum):
    """Where a suggestion is shown."""

    ORDER_CENTER = "ORDER_CENTER"
    ORDER_DETAIL = "ORDER_DETAIL"
    CHECKOUT = "CHECKOUT"
    HOME = "HOME"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class SuggestionReason(Enum):
    """Why a product is suggested."""

    BOUGHT_TOGETHER = "BOUGHT_TOGETHER"
    SIMILAR = "SIMILAR"
    TAGGED_BEFORE = "TAGGED_BEFORE"
    TRENDING = "TRENDING"
    VIEWED = "VIEWED"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class TrackingStatus(Enum):
    """How far a parcel has come."""

    CONFIRMED = "CONFIRMED"
    LABEL_PURCHASED = "LABEL_PURCHASED"
    CARRIER_PICKED_UP = "CARRIER_PICKED_UP"
    IN_TRANSIT = "IN_TRANSIT"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    ATTEMPTED_DELIVERY = "ATTEMPTED_DELIVERY"
    DELAYED = "DELAYED"
    DELIVERED = "DELIVERED"
    READY_FOR_PICKUP = "READY_FOR_PICKUP"
    PICKED_UP = "PICKED_UP"
    FAILURE = "FAILURE"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class TransactionKind(Enum):
    """What a transaction does."""

    AUTHORIZATION = "AUTHORIZATION"
    CHARGE = "CHARGE"
    REFUND = "REFUND"
    VOID = "VOID"
    CHARGEBACK = "CHARGEBACK"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class TransactionStatus(Enum):
    """How a transaction went."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    UNKNOWN = "UNKNOWN"
