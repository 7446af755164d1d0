"""The roots of every subscription. Each shows only what is the viewer's own."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

import resolvers.subscription as subscriptions
from downstream import order as order_records
from engine import event_field, loads
from loaders.events import Data
from resolvers.context import Context
from resolvers.many import Level
from schema.access import SIGNED_IN
from schema.order import Order
from schema.user import User


@loads(subscriptions.orders_of_events)
def _order_updated(
    events: Sequence[Data],
    context: Context,
    order_id: Annotated[  # noqa: ARG001  it decides which events there are
        strawberry.ID | None, strawberry.argument(description="Only this order; all of the viewer's unless given.")
    ] = None,
) -> Level[order_records.Order]:
    return subscriptions.orders_of_events(events, context)


@strawberry.type(
    description="Where every subscription begins. An event is shown by what it has changed, as it is then.",
    directives=SIGNED_IN,
)
class Subscription:
    """Where every subscription begins."""

    order_updated: Order | None = event_field(
        subscriptions.order_updates,
        _order_updated,
        description="An order of the viewer's that has changed: itself, its parcels, its returns or its payments.",
    )
    payment_updated: Order | None = event_field(
        subscriptions.payment_updates,
        subscriptions.orders_of_events,
        description="An order of the viewer's whose payments have changed.",
    )
    order_center_updated: User | None = event_field(
        subscriptions.center_updates,
        subscriptions.people_of_events,
        description="The viewer, when anything in their Order Center has changed: badges, orders, payments, tags, …",
    )
