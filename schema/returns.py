"""Goods on their way back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from downstream import returns as records
from engine import batch_field, loads
from resolvers import order as orders
from resolvers import returns
from resolvers.context import Context
from resolvers.many import Level
from resolvers.paging import Connection, PageArguments
from resolvers.user import User
from schema.access import SIGNED_IN
from schema.arguments import values
from schema.change import ChangeInput, Payload
from schema.connection import After, Before, First, Last
from schema.enums import public_enum
from schema.lists import about
from schema.money import Money
from schema.node import Node
from schema.records import reads
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.order import Order

public_enum(
    records.ReturnStatus,
    "How far a return has come.",
    REQUESTED="The shop has not answered yet.",
    OPEN="The shop waits for the goods.",
    DECLINED="The shop does not take the goods back.",
    CANCELED="The customer keeps the goods.",
    CLOSED="It is done.",
)
public_enum(
    records.ReturnReason,
    "Why goods go back.",
    DAMAGED="They arrived damaged.",
    DEFECTIVE="They do not work.",
    WRONG_ITEM="They are not what was ordered.",
    NOT_AS_DESCRIBED="They are not as described.",
    SIZE_OR_FIT="They do not fit.",
    CHANGED_MIND="They are not wanted any more.",
    OTHER="Another reason.",
)


@strawberry.type(description="How many of a line item go back.")
@reads(records.ReturnItem)
class ReturnItem:
    """How many of a line item go back."""

    line_item_id: strawberry.ID = strawberry.field(description="Id of the order's line item.")
    title: str = strawberry.field(description="What it is called.")
    quantity: int = strawberry.field(description="How many of it.")


@strawberry.type(description="Goods of one order on their way back.", directives=SIGNED_IN)
@reads(records.Return)
class Return(Node):
    """Goods of one order on their way back."""

    number: str = strawberry.field(description="The number to write on the parcel.")
    status: records.ReturnStatus = strawberry.field(description="How far it has come.")
    reason: records.ReturnReason = strawberry.field(description="Why.")
    note: str | None = strawberry.field(description="What the customer wrote.")
    requested_at: DateTime = strawberry.field(description="When it was requested.")
    updated_at: DateTime = strawberry.field(description="When it last changed.")
    closed_at: DateTime | None = strawberry.field(description="When it was done.")
    decline_reason: str | None = strawberry.field(description="Why the shop declined, in words for the customer.")
    refund_amount: Money | None = strawberry.field(description="What is or will be given back.")
    items: list[ReturnItem] = strawberry.field(description="What goes back.", directives=about(10))
    order: Annotated["Order", strawberry.lazy("schema.order")] | None = batch_field(
        orders.orders_of, description="The order it belongs to."
    )


@strawberry.input(description="Which returns; what is left out does not restrict.")
class ReturnFilter:
    """Which returns."""

    status: list[records.ReturnStatus] | None = strawberry.field(default=None, description="Any of these states.")

    def to_record(self) -> records.ReturnFilter:
        """Return what the service is asked for."""
        return records.ReturnFilter(status=values("filter.status", self.status))


@loads(returns.returns_of_users)
def returns_of_users(
    users: Sequence[User],
    context: Context,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    *,
    filter: Annotated[ReturnFilter | None, strawberry.argument(description="Which ones; all unless given.")] = None,  # noqa: A002  public name
) -> Level[Connection[records.Return]]:
    """Answer ``User.returns``."""
    page = PageArguments(first, after, last, before)
    return returns.returns_of_users(users, context, page, where=filter.to_record() if filter else None)


@strawberry.input(description="How many of a line item shall go back.")
class ReturnItemInput:
    """How many of a line item shall go back."""

    line_item_id: strawberry.ID = strawberry.field(description="Id of the order's line item.")
    quantity: int = strawberry.field(description="How many of it; at most its refundableQuantity.")

    def to_record(self) -> records.ReturnedItem:
        """Return what the service is told."""
        return records.ReturnedItem(line_item_id=self.line_item_id, quantity=self.quantity)


@strawberry.input(description="What of an order shall go back, and why.")
class RequestReturnInput(ChangeInput):
    """What of an order shall go back, and why."""

    order_id: strawberry.ID = strawberry.field(description="Id of the viewer's order.")
    reason: records.ReturnReason = strawberry.field(description="Why.")
    items: list[ReturnItemInput] = strawberry.field(description="What, 1 to 100 line items.")
    note: str | None = strawberry.field(default=None, description="More for the shop, at most 500 characters.")


@strawberry.input(description="Which return to withdraw.")
class CancelReturnInput(ChangeInput):
    """Which return to withdraw."""

    return_id: strawberry.ID = strawberry.field(description="Id of the viewer's return.")


@strawberry.type(description="What came of changing a return.")
class _ReturnPayload(Payload):
    value: Return | None = strawberry.field(
        name="return", description="The return as it is now; null when nothing was done."
    )


@strawberry.type(description="What came of asking for a return.")
class RequestReturnPayload(_ReturnPayload):
    """What came of asking for a return."""


@strawberry.type(description="What came of withdrawing a return.")
class CancelReturnPayload(_ReturnPayload):
    """What came of withdrawing a return."""
