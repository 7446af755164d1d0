"""A person and everything about their shopping."""

import strawberry
import strawberry.federation

from downstream import user as records
from engine import ListSize, batch_field, batch_key
from resolvers import entity as entities
from resolvers import user as users
from resolvers.paging import DEFAULT_PAGE_SIZE
from resolvers.payment import payment_methods_of_users
from schema.access import SIGNED_IN
from schema.checkout import Checkout, checkouts_of_users
from schema.connection import PAGED, Connection
from schema.federation import PERSONAL
from schema.journal import Changes, changes_of_centers
from schema.lists import about
from schema.node import Node
from schema.order import Order, orders_of_users
from schema.payment import Payment, PaymentMethod, payments_of_users
from schema.recently_viewed import RecentlyViewed, views_of_users
from schema.records import reads
from schema.returns import Return, returns_of_users
from schema.scalars import DateTime, Url
from schema.suggestion import Suggestion, suggestions_of_users
from schema.tag import Tag, tags_of_users


@strawberry.type(
    description="The badges of the Order Center: how many orders wait under each tab.", directives=SIGNED_IN
)
@reads(records.Badges)
class OrderCenter:
    """How many orders wait under each tab."""

    to_pay: int = strawberry.field(description="Waiting for their payment.")
    to_ship: int = strawberry.field(description="Paid and not shipped yet.")
    to_receive: int = strawberry.field(description="On their way or waiting to be collected.")
    to_review: int = strawberry.field(description="Arrived and not reviewed yet.")
    returns: int = strawberry.field(description="With a return under way.")
    cancelled: int = strawberry.field(description="Cancelled.")
    unread_updates: int = strawberry.field(description="With news that the person has not seen.")
    changes: Changes | None = batch_field(
        changes_of_centers,
        description="What has changed since a cursor, oldest first, so that a client that was away catches up.",
        directives=[
            ListSize(
                assumed_size=DEFAULT_PAGE_SIZE,
                slicing_arguments=["first"],
                sized_fields=["nodes"],
                require_one_slicing_argument=False,
            )
        ],
    )


@strawberry.federation.type(
    keys=[batch_key("id", entities.users)], description="A person who shops.", directives=SIGNED_IN
)
@reads(users.User)
class User(Node):
    """A person who shops."""

    display_name: str | None = batch_field(
        users.display_names, description="The name that the app shows.", directives=PERSONAL
    )
    handle: str | None = batch_field(
        users.handles, description="The name by which others mention them.", directives=PERSONAL
    )
    avatar_url: Url | None = batch_field(users.avatar_urls, description="Their picture.", directives=PERSONAL)
    member_since: DateTime | None = batch_field(users.members_since, description="When they joined.")
    order_center: OrderCenter | None = batch_field(
        users.order_centers, description="The Order Center's badges; null for whom it is not rolled out yet."
    )
    orders: Connection[Order] | None = batch_field(orders_of_users, description="What they bought.", directives=PAGED)
    payments: Connection[Payment] | None = batch_field(
        payments_of_users, description="What they paid, tried to pay and got back, newest first.", directives=PAGED
    )
    payment_methods: list[PaymentMethod] | None = batch_field(
        payment_methods_of_users,
        description="The means of payment that they stored.",
        directives=[*PERSONAL, *about(10)],
    )
    returns: Connection[Return] | None = batch_field(
        returns_of_users, description="What they sent back, newest request first.", directives=PAGED
    )
    checkouts: Connection[Checkout] | None = batch_field(
        checkouts_of_users, description="What they began to buy, last touched first.", directives=PAGED
    )
    tags: Connection[Tag] | None = batch_field(tags_of_users, description="What they keep an eye on.", directives=PAGED)
    suggestions: Connection[Suggestion] | None = batch_field(
        suggestions_of_users, description="What they might like, best first.", directives=PAGED
    )
    recently_viewed: Connection[RecentlyViewed] | None = batch_field(
        views_of_users, description="What they looked at, newest first.", directives=PAGED
    )
