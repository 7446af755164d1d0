"""Which events a viewer may wait for, and what each of them shows."""

from collections.abc import Sequence

from downstream.order import Order
from downstream.record import Owned
from engine import loads
from loaders import Loaders
from loaders.events import Data
from loaders.hub import Interest
from resolvers import ids
from resolvers.context import Context
from resolvers.errors import NotFoundError
from resolvers.many import Level, present
from resolvers.user import User

ORDER_EVENTS = frozenset({"order.updated", "return.updated", "payment.updated"})
PAYMENT_EVENTS = frozenset({"payment.updated"})
CENTER_EVENTS = ORDER_EVENTS | {
    "customer.updated",
    "checkout.updated",
    "wallet.updated",
    "tag.updated",
    "suggestion.updated",
    "view.updated",
}


async def order_updates(context: Context, order_id: str | None = None) -> Interest:
    """Changes of the viewer's orders, or of one; raises ``NotFoundError`` where it is not theirs, to staff as well."""
    viewer = context.require_viewer()
    if order_id is not None:
        key = Owned(ids.check(order_id, "ord", "orderId"), viewer.id)
        if await context.loaders.order_by_id.load(key) is None:
            raise NotFoundError
    return Interest(viewer.id, ORDER_EVENTS, order_id)


def payment_updates(context: Context) -> Interest:
    """Changes of what the viewer pays for orders."""
    return Interest(context.require_viewer().id, PAYMENT_EVENTS)


def center_updates(context: Context) -> Interest:
    """Changes of anything in the viewer's Order Center."""
    return Interest(context.require_viewer().id, CENTER_EVENTS)


@loads(Loaders.order_by_id)
def orders_of_events(events: Sequence[Data], context: Context) -> Level[Order]:
    """The order that each event is about, as it is now; None where an event names none."""
    owner = context.require_viewer().id
    keys = [None if one.order_id is None else Owned(one.order_id, owner) for one in events]
    return present(keys, context.loaders.order_by_id)


def people_of_events(events: Sequence[Data], context: Context) -> Level[User]:
    """The viewer, in whose Order Center each event has changed something."""
    return [User(context.require_viewer().id) for _ in events]
