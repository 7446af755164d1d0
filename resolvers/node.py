"""Anything by its id alone, with the same ownership as on every other path."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from engine import loads
from loaders import Loaders
from resolvers import ids
from resolvers.context import Context
from resolvers.errors import BadUserInputError, NotFoundError
from resolvers.user import user

MAX_NODES = 100

# How each kind of id is loaded: shared things by the id, private ones by the id and whose they must be.
BY_PREFIX: Mapping[str, Callable[[Context, str], Awaitable[object]]] = {
    "cus": user,
    "ord": lambda context, id_: context.loaders.order_by_id.load(context.owned(id_)),
    "shm": lambda context, id_: context.loaders.shipment_by_id.load(context.owned(id_)),
    "ret": lambda context, id_: context.loaders.return_by_id.load(context.owned(id_)),
    "chk": lambda context, id_: context.loaders.checkout_by_id.load(context.owned(id_)),
    "pay": lambda context, id_: context.loaders.transaction_by_id.load(context.owned(id_)),
    "rfd": lambda context, id_: context.loaders.refund_by_id.load(context.owned(id_)),
    "pm": lambda context, id_: context.loaders.payment_method_by_id.load(context.owned(id_)),
    "tag": lambda context, id_: context.loaders.tag_by_id.load(context.owned(id_)),
    "sug": lambda context, id_: context.loaders.suggestion_by_id.load(context.owned(id_)),
    "prd": lambda context, id_: context.loaders.product_by_id.load(id_),
    "shop": lambda context, id_: context.loaders.shop_by_id.load(id_),
}


@loads(
    Loaders.customer_by_id,
    Loaders.order_by_id,
    Loaders.shipment_by_id,
    Loaders.return_by_id,
    Loaders.checkout_by_id,
    Loaders.transaction_by_id,
    Loaders.refund_by_id,
    Loaders.payment_method_by_id,
    Loaders.tag_by_id,
    Loaders.suggestion_by_id,
    Loaders.product_by_id,
    Loaders.shop_by_id,
)
async def node(context: Context, identifier: str, argument: str = "id") -> object:
    """Return the record, or user, that an id names.

    Raises:
        BadUserInputError: It cannot be an id of anything.
        NotFoundError: There is no such thing, or it is somebody else's.
        UnauthenticatedError: It names something private, and nobody is signed in.
    """
    load = BY_PREFIX.get(ids.prefix(identifier, argument))
    if load is None:
        raise BadUserInputError(argument, "is not an id")
    found = await load(context, identifier)
    if found is None:
        raise NotFoundError
    return found


@loads(node)
async def nodes(context: Context, identifiers: Sequence[str]) -> list[object]:
    """Return what each id names, in order, an exception where ``node`` would raise it."""
    if len(identifiers) > MAX_NODES:
        raise BadUserInputError("ids", f"must hold at most {MAX_NODES} ids")
    found = (node(context, identifier, f"ids[{place}]") for place, identifier in enumerate(identifiers))
    return list(await asyncio.gather(*found, return_exceptions=True))
