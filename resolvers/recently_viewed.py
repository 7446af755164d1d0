"""What a person looked at."""

from collections.abc import Sequence

from downstream.recently_viewed import View, ViewQuery
from engine import loads
from loaders import Loaders
from resolvers.context import Context
from resolvers.many import Level
from resolvers.paging import Connection, PageArguments, connections
from resolvers.user import User


@loads(Loaders.views_by_customer)
def views_of_users(users: Sequence[User], context: Context, page: PageArguments) -> Level[Connection[View]]:
    """A page of what each person looked at, newest first."""
    loader = context.loaders.views_by_customer
    return connections(users, context, page, loader, ViewQuery, scope="recentlyViewed")
