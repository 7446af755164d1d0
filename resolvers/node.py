"""Anything by its id alone, with the same ownership as on every other path."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from engine import loads
from loaders import Loaders
from resolvers import ids
from resolvers.context import Context
from resolvers.errors import BadUserInputError, RequestError
from resolvers.many import Level, Results, found, then
from resolvers.user import users_of_ids

MAX_NODES = 100

# How the things of each kind are loaded: shared ones by their ids, private ones by their ids and whose they must be.
BY_PREFIX: Mapping[str, Callable[[Context, Sequence[str]], Level[Any]]] = {
    "cus": users_of_ids,
    "ord": lambda context, ids_: context.loaders.order_by_id.load_level(context.all_owned(ids_)),
    "shm": lambda context, ids_: context.loaders.shipment_by_id.load_level(context.all_owned(ids_)),
    "ret": lambda context, ids_: context.loaders.return_by_id.load_level(context.all_owned(ids_)),
    "chk": lambda context, ids_: context.loaders.checkout_by_id.load_level(context.all_owned(ids_)),
    "pay": lambda context, ids_: context.loaders.transaction_by_id.load_level(context.all_owned(ids_)),
    "rfd": lambda context, ids_: context.loaders.refund_by_id.load_level(context.all_owned(ids_)),
    "pm": lambda context, ids_: context.loaders.payment_method_by_id.load_level(context.all_owned(ids_)),
    "tag": lambda context, ids_: context.loaders.tag_by_id.load_level(context.all_owned(ids_)),
    "sug": lambda context, ids_: context.loaders.suggestion_by_id.load_level(context.all_owned(ids_)),
    "prd": lambda context, ids_: context.loaders.product_by_id.load_level(ids_),
    "shop": lambda context, ids_: context.loaders.shop_by_id.load_level(ids_),
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
def node(context: Context, identifier: str) -> Level[Any]:
    """The record, or user, that an id names; ``NotFoundError`` where there is none or it is somebody else's."""
    return _nodes(context, [identifier], ["id"])


@loads(node)
def nodes(context: Context, identifiers: Sequence[str]) -> Level[Results[Any]]:
    """What each id names, in order; raises ``BadUserInputError`` where there are too many."""
    if len(identifiers) > MAX_NODES:
        raise BadUserInputError("ids", f"must hold at most {MAX_NODES} ids")
    arguments = [f"ids[{place}]" for place in range(len(identifiers))]
    return then(_nodes(context, identifiers, arguments), lambda results: [results])


@loads(node)
def if_there(context: Context, identifiers: Sequence[str]) -> Level[Any]:
    """What each id names; nothing where there is no such thing any more, or none of a kind that is known."""
    level = _nodes(context, identifiers, ["id"] * len(identifiers))
    return then(level, lambda results: [None if isinstance(one, RequestError) else one for one in results])


def _nodes(context: Context, identifiers: Sequence[str], arguments: Sequence[str]) -> Level[Any]:
    """Load things of all kinds at once, each kind together."""
    results: Results[Any] = [None] * len(identifiers)
    places: dict[str, list[int]] = {}
    for place, (identifier, argument) in enumerate(zip(identifiers, arguments, strict=True)):
        try:
            places.setdefault(_kind(identifier, argument), []).append(place)
        except BadUserInputError as error:
            results[place] = error
    waiting: list[Awaitable[None]] = []
    for kind, of_kind in places.items():
        try:
            level = found(BY_PREFIX[kind](context, [identifiers[place] for place in of_kind]))
        except RequestError as error:
            level = [error] * len(of_kind)
        filled = then(level, partial(_fill, results, of_kind))
        if not isinstance(filled, list):
            waiting.append(_done(filled))
    return _after_all(waiting, results) if waiting else results


def _kind(identifier: str, argument: str) -> str:
    kind = ids.prefix(identifier, argument)
    if kind not in BY_PREFIX:
        raise BadUserInputError(argument, "is not an id")
    return kind


def _fill(results: Results[Any], places: Sequence[int], values: Results[Any]) -> Results[Any]:
    for place, value in zip(places, values, strict=True):
        results[place] = value
    return values


async def _done(level: Awaitable[Results[Any]]) -> None:
    await level


async def _after_all(waiting: Sequence[Awaitable[None]], results: Results[Any]) -> Results[Any]:
    await asyncio.gather(*waiting)
    return results
