"""Orders by id, by number and by customer."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol, TypeVar

from downstream.command import Command
from downstream.order import (
    MARK_UPDATES_READ,
    MarkUpdatesRead,
    Order,
    OrderCommand,
    OrderFilter,
    OrderQuery,
    OrderSort,
)
from downstream.record import Owned, Private
from downstream.user import Badges
from engine import loads
from loaders import Loaders
from resolvers import ids
from resolvers.change import Outcome, change
from resolvers.context import Context
from resolvers.errors import BadUserInputError
from resolvers.many import Level, Results, found
from resolvers.paging import Connection, PageArguments, connections
from resolvers.user import User

P = TypeVar("P", bound=Private)

MAX_NUMBER_LENGTH = 64
MAX_MARKED = 500


class OfOrder(Protocol):
    """A record that belongs to an order."""

    @property
    def order_id(self) -> str:
        """Id of the order."""

    @property
    def customer_id(self) -> str:
        """Id of its owner."""


@loads(Loaders.order_by_id, Loaders.order_by_number)
def order(context: Context, identifier: str | None, number: str | None) -> Level[Order]:
    """An order of the viewer's by its id or its number; raises ``BadUserInputError`` where both or none are given."""
    if (identifier is None) == (number is None):
        raise BadUserInputError("id", "or 'number' must be given, and not both")
    if identifier is not None:
        key = context.owned(ids.check(identifier, "ord", "id"))
        return found(context.loaders.order_by_id.load_level([key]))
    if number is None or not (0 < len(number) <= MAX_NUMBER_LENGTH and number.isprintable()):
        raise BadUserInputError("number", "is not an order number")
    return found(context.loaders.order_by_number.load_level([context.owned(number)]))


@loads(Loaders.orders_by_customer)
def orders_of_users(
    users: Sequence[User],
    context: Context,
    page: PageArguments,
    *,
    where: OrderFilter | None,
    search: str | None,
    sort: OrderSort,
    descending: bool,
) -> Level[Connection[Order]]:
    """A page of each person's orders."""
    query = partial(OrderQuery, filter=where, search=search, sort=sort, descending=descending)
    loader = context.loaders.orders_by_customer
    return connections(users, context, page, loader, query, scope=f"orders:{sort}:{descending}")


@loads(Loaders.order_by_id)
def orders_of(records: Sequence[OfOrder], context: Context) -> Level[Order]:
    """The order that each record belongs to."""
    return context.loaders.order_by_id.load_level([Owned(one.order_id, one.customer_id) for one in records])


def customers_of_orders(orders: Sequence[Order], _context: Context) -> Results[User]:
    """The person who placed each order."""
    return [User(one.customer_id) for one in orders]


async def change_order(context: Context, command: Command[P], order_id: str, key: str | None) -> Outcome[P]:
    """Do something with an order of the viewer's."""
    body = partial(OrderCommand, order_id=ids.check(order_id, "ord", "input.orderId"))
    return await change(context, command, body, key, subject="orderId")


async def mark_updates_read(context: Context, order_ids: Sequence[str] | None, key: str | None) -> Outcome[Badges]:
    """Count the updates of some orders of the viewer's, or of all, as seen."""
    if order_ids is not None and not 0 < len(order_ids) <= MAX_MARKED:
        raise BadUserInputError("input.orderIds", f"must hold 1 to {MAX_MARKED} ids")
    for place, order_id in enumerate(order_ids or ()):
        ids.check(order_id, "ord", f"input.orderIds[{place}]")
    body = partial(MarkUpdatesRead, order_ids=order_ids)
    return await change(context, MARK_UPDATES_READ, body, key, subject="orderIds")
