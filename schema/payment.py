"""Payments, refunds and stored payment methods. A card is its brand and last four digits, nothing more."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry.federation

from downstream import payment
from engine import batch_field, batch_key, loads
from resolvers import entity as entities
from resolvers import order as orders
from resolvers import payment as payments
from resolvers.change import Outcome
from resolvers.context import Context
from resolvers.many import Level
from resolvers.paging import Connection, PageArguments
from resolvers.user import User
from schema.access import SIGNED_IN
from schema.arguments import values
from schema.change import ChangeInput, Payload
from schema.connection import After, Before, First, Last
from schema.enums import public_enum
from schema.federation import PERSONAL
from schema.lists import about
from schema.money import Money
from schema.node import Node
from schema.records import reads
from schema.resolved import resolved
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.order import Order

public_enum(
    payment.FinancialStatus,
    "How much of an order is paid.",
    PENDING="Nothing has been paid yet.",
    AUTHORIZED="The money is reserved and not taken yet.",
    PARTIALLY_PAID="A part is paid.",
    PAID="All is paid.",
    PARTIALLY_REFUNDED="A part was given back.",
    REFUNDED="All was given back.",
    VOIDED="The reservation was released; nothing was taken.",
    EXPIRED="It was not paid in time.",
)
public_enum(
    payment.TransactionKind,
    "What a payment does.",
    AUTHORIZATION="Reserves money.",
    CHARGE="Takes money.",
    REFUND="Gives money back.",
    VOID="Releases a reservation.",
    CHARGEBACK="The bank took the money back.",
)
public_enum(
    payment.TransactionStatus,
    "How a payment went.",
    PENDING="It is under way.",
    SUCCESS="It went through.",
    FAILURE="It failed.",
    ACTION_REQUIRED="The customer must confirm it.",
)
public_enum(
    payment.PaymentMethodKind,
    "A means of payment.",
    CARD="A credit or debit card.",
    WALLET="A digital wallet.",
    BANK_TRANSFER="A bank transfer.",
    PAY_LATER="Paying later or in parts.",
    GIFT_CARD="A gift card.",
    CASH_ON_DELIVERY="Cash on delivery.",
)


@strawberry.federation.type(
    keys=[batch_key("id", entities.payments)],
    description="One movement of money for an order, or an attempt at it.",
    directives=SIGNED_IN,
)
@reads(payment.Transaction)
class Payment(Node):
    """One movement of money for an order."""

    kind: payment.TransactionKind = strawberry.field(description="What it does.")
    status: payment.TransactionStatus = strawberry.field(description="How it went.")
    amount: Money = strawberry.field(description="How much.")
    method: payment.PaymentMethodKind = strawberry.field(description="By which means.")
    brand: str | None = strawberry.field(description="The card's or wallet's brand.")
    last4: str | None = strawberry.field(description="The card's last four digits.", directives=PERSONAL)
    created_at: DateTime = strawberry.field(description="When.")
    updated_at: DateTime = strawberry.field(description="When it last changed.")
    failure_reason: str | None = strawberry.field(description="Why it failed, in words for the customer.")
    order: Annotated["Order", strawberry.lazy("schema.order")] | None = batch_field(
        orders.orders_of, description="The order it belongs to."
    )


@strawberry.type(description="What a refund gives back for a line item.")
@reads(payment.RefundItem)
class RefundItem:
    """What a refund gives back for a line item."""

    line_item_id: strawberry.ID = strawberry.field(description="Id of the order's line item.")
    quantity: int = strawberry.field(description="How many of it.")
    amount: Money = strawberry.field(description="How much for them.")


@strawberry.type(description="Money given back for an order.", directives=SIGNED_IN)
@reads(payment.Refund)
class Refund(Node):
    """Money given back for an order."""

    amount: Money = strawberry.field(description="How much.")
    reason: str | None = strawberry.field(description="Why, in words for the customer.")
    created_at: DateTime = strawberry.field(description="When.")
    items: list[RefundItem] = strawberry.field(description="For which line items.", directives=about(10))
    transaction_id: strawberry.ID | None = strawberry.field(description="Id of the payment that gave it back.")
    order: Annotated["Order", strawberry.lazy("schema.order")] | None = batch_field(
        orders.orders_of, description="The order it belongs to."
    )


@strawberry.type(description="A stored means of payment.", directives=SIGNED_IN)
@reads(payment.PaymentMethod)
class PaymentMethod(Node):
    """A stored means of payment."""

    method: payment.PaymentMethodKind = strawberry.field(description="Its kind.")
    brand: str | None = strawberry.field(description="The card's or wallet's brand.")
    last4: str | None = strawberry.field(description="The card's last four digits.")
    expiry_month: int | None = strawberry.field(description="Month in which the card expires, 1 to 12.")
    expiry_year: int | None = strawberry.field(description="Year in which the card expires.")
    is_default: bool = strawberry.field(description="Whether it is used unless another is chosen.")
    created_at: DateTime = strawberry.field(description="When it was stored.")


@strawberry.input(description="Which payments; what is left out does not restrict.")
class PaymentFilter:
    """Which payments."""

    kind: list[payment.TransactionKind] | None = strawberry.field(default=None, description="Any of these kinds.")
    status: list[payment.TransactionStatus] | None = strawberry.field(
        default=None, description="Any of these outcomes."
    )

    def to_record(self) -> payment.TransactionFilter:
        """Return what the service is asked for."""
        return payment.TransactionFilter(
            kind=values("filter.kind", self.kind), status=values("filter.status", self.status)
        )


@loads(payments.payments_of_users)
def payments_of_users(
    users: Sequence[User],
    context: Context,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    *,
    filter: Annotated[PaymentFilter | None, strawberry.argument(description="Which ones; all unless given.")] = None,  # noqa: A002  public name
) -> Level[Connection[payment.Transaction]]:
    """Answer ``User.payments``."""
    page = PageArguments(first, after, last, before)
    return payments.payments_of_users(users, context, page, where=filter.to_record() if filter else None)


@strawberry.input(description="Which payment method to use unless another is chosen.")
class SetDefaultPaymentMethodInput(ChangeInput):
    """Which payment method to use unless another is chosen."""

    payment_method_id: strawberry.ID = strawberry.field(description="Id of the viewer's payment method.")


def _payment_methods(root: strawberry.Parent[Outcome[payment.Wallet]]) -> Sequence[payment.PaymentMethod] | None:
    return root.value.payment_methods if root.value else None


@strawberry.type(description="What came of choosing a default payment method.")
class SetDefaultPaymentMethodPayload(Payload):
    """What came of choosing a default payment method."""

    payment_methods: list[PaymentMethod] | None = resolved(
        _payment_methods,
        "All of the viewer's payment methods as they are now; null when nothing was done.",
        directives=about(10),
    )
