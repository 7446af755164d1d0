"""Orders by id, by number and by customer."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from downstream.order import Order, OrderFilter, OrderQuery, OrderSort
from downstream.record import Owned
from engine import loads
from loaders import Loaders
from resolvers import ids
from resolvers.context import Context
from resolvers.errors import BadUserInputError
from resolvers.many import Level, found
from resolvers.paging import Connection, PageArguments, connections
from resolvers.user import User

MAX_NUMBER_LENGTH = 64


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
