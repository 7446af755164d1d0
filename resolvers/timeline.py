"""Who did what with an order."""

from collections.abc import Sequence
from operator import attrgetter

from downstream.order import Order
from downstream.record import Owned
from downstream.timeline import TimelineEvent
from engine import loads
from loaders import Loaders
from resolvers.context import Context
from resolvers.many import Results, each


@loads(Loaders.timeline_by_order)
async def timelines_of_orders(orders: Sequence[Order], context: Context) -> Results[Sequence[TimelineEvent]]:
    """Each order's history, oldest first."""
    keys = [Owned(one.id, one.customer_id) for one in orders]
    return each(await context.loaders.timeline_by_order.load_all(keys), attrgetter("events"))
