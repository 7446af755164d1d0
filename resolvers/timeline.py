"""Who did what with an order."""

from collections.abc import Sequence
from operator import attrgetter

from downstream.order import Order
from downstream.record import Owned
from downstream.timeline import TimelineEvent
from engine import loads
from loaders import Loaders
from resolvers.context import Context
from resolvers.many import Level, each


@loads(Loaders.timeline_by_order)
def timelines_of_orders(orders: Sequence[Order], context: Context) -> Level[Sequence[TimelineEvent]]:
    """Each order's history, oldest first."""
    keys = [Owned(one.id, one.customer_id) for one in orders]
    return each(context.loaders.timeline_by_order.load_level(keys), attrgetter("events"))
