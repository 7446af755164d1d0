"""Products that a person looked at."""

from collections.abc import Sequence

import strawberry

from downstream import recently_viewed as records
from engine import batch_field, loads
from resolvers import product as products
from resolvers import recently_viewed
from resolvers.context import Context
from resolvers.many import Level
from resolvers.paging import Connection, PageArguments
from resolvers.user import User
from schema.access import SIGNED_IN
from schema.connection import After, Before, First, Last
from schema.product import Product
from schema.records import reads
from schema.scalars import DateTime
from schema.source import Source


@strawberry.type(description="A product that a person looked at.", directives=SIGNED_IN)
@reads(records.View)
class RecentlyViewed:
    """A product that a person looked at."""

    id: strawberry.ID = strawberry.field(description="Unique and stable.")
    viewed_at: DateTime = strawberry.field(description="When they last did.")
    source: Source | None = strawberry.field(description="Where they met it.")
    product: Product | None = batch_field(products.products_of, description="The product as it is now.")


@loads(recently_viewed.views_of_users)
def views_of_users(
    users: Sequence[User],
    context: Context,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Level[Connection[records.View]]:
    """Answer ``User.recentlyViewed``."""
    return recently_viewed.views_of_users(users, context, PageArguments(first, after, last, before))
