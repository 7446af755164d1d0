"""What a person tagged."""

from collections.abc import Sequence
from functools import partial

from downstream.tag import Tag, TagFilter, TagQuery, TagSort
from engine import loads
from loaders import Loaders
from resolvers.context import Context
from resolvers.many import Level
from resolvers.paging import Connection, PageArguments, connections
from resolvers.user import User


@loads(Loaders.tags_by_customer)
def tags_of_users(
    users: Sequence[User],
    context: Context,
    page: PageArguments,
    *,
    where: TagFilter | None,
    search: str | None,
    sort: TagSort,
    descending: bool,
) -> Level[Connection[Tag]]:
    """A page of each person's tags."""
    query = partial(TagQuery, filter=where, search=search, sort=sort, descending=descending)
    loader = context.loaders.tags_by_customer
    return connections(users, context, page, loader, query, scope=f"tags:{sort}:{descending}")
