"""Checkouts that a person began."""

from collections.abc import Sequence
from functools import partial

from downstream.checkout import Checkout, CheckoutFilter, CheckoutQuery
from engine import loads
from loaders import Loaders
from resolvers.context import Context
from resolvers.many import Level
from resolvers.paging import Connection, PageArguments, connections
from resolvers.user import User


@loads(Loaders.checkouts_by_customer)
def checkouts_of_users(
    users: Sequence[User], context: Context, page: PageArguments, *, where: CheckoutFilter | None
) -> Level[Connection[Checkout]]:
    """A page of each person's checkouts, last touched first."""
    query = partial(CheckoutQuery, filter=where)
    return connections(users, context, page, context.loaders.checkouts_by_customer, query, scope="checkouts")
