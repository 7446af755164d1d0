"""Returns by order and by customer."""

from collections.abc import Sequence
from functools import partial
from operator import attrgetter

from downstream.order import Order
from downstream.record import Owned
from downstream.returns import (
    CANCEL_RETURN,
    REQUEST_RETURN,
    RequestReturn,
    Return,
    ReturnCommand,
    ReturnedItem,
    ReturnFilter,
    ReturnQuery,
    ReturnReason,
)
from engine import loads
from loaders import Loaders
from resolvers import ids
from resolvers.change import Outcome, change, note
from resolvers.context import Context
from resolvers.errors import BadUserInputError
from resolvers.many import Level, each
from resolvers.paging import Connection, PageArguments, connections
from resolvers.user import User
from resolvers.user_error import InvalidInputError

MAX_ITEMS = 100


@loads(Loaders.returns_by_order)
def returns_of_orders(orders: Sequence[Order], context: Context) -> Level[Sequence[Return]]:
    """Each order's returns, oldest first."""
    keys = [Owned(one.id, one.customer_id) for one in orders]
    return each(context.loaders.returns_by_order.load_level(keys), attrgetter("returns"))


@loads(Loaders.returns_by_customer)
def returns_of_users(
    users: Sequence[User], context: Context, page: PageArguments, *, where: ReturnFilter | None
) -> Level[Connection[Return]]:
    """A page of each person's returns, newest request first."""
    query = partial(ReturnQuery, filter=where)
    return connections(users, context, page, context.loaders.returns_by_customer, query, scope="returns")


async def request_return(
    context: Context,
    order_id: str,
    reason: ReturnReason,
    remark: str | None,
    items: Sequence[ReturnedItem],
    key: str | None,
) -> Outcome[Return]:
    """Ask a shop to take goods of the viewer's back."""
    ids.check(order_id, "ord", "input.orderId")
    if reason is ReturnReason.UNKNOWN:
        raise BadUserInputError("input.reason", "cannot be UNKNOWN")
    for place, item in enumerate(items):
        ids.check(item.line_item_id, "itm", f"input.items[{place}].lineItemId")

    def body(customer_id: str) -> RequestReturn:
        if not 0 < len(items) <= MAX_ITEMS or any(item.quantity < 1 for item in items):
            raise InvalidInputError("items", f"Choose 1 to {MAX_ITEMS} items, and at least one of each.")
        return RequestReturn(customer_id=customer_id, order_id=order_id, reason=reason, note=note(remark), items=items)

    return await change(context, REQUEST_RETURN, body, key, subject="orderId")


async def cancel_return(context: Context, return_id: str, key: str | None) -> Outcome[Return]:
    """Withdraw a return of the viewer's."""
    body = partial(ReturnCommand, return_id=ids.check(return_id, "ret", "input.returnId"))
    return await change(context, CANCEL_RETURN, body, key, subject="returnId")
