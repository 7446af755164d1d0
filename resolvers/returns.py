"""Returns by order and by customer."""

from collections.abc import Sequence
from functools import partial
from operator import attrgetter

from downstream.order import Order
from downstream.record import Owned
from downstream.returns import Return, ReturnFilter, ReturnQuery
from engine import loads
from loaders import Loaders
from resolvers.context import Context
from resolvers.many import Level, each
from resolvers.paging import Connection, PageArguments, connections
from resolvers.user import User


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
