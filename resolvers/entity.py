"""What other subgraphs refer to by its key, with the same ownership as on every other path."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from downstream.order import Order
from engine import fill, loads
from loaders import Loaders
from resolvers import ids
from resolvers.context import Context
from resolvers.errors import BadUserInputError
from resolvers.many import Level, Results, found
from resolvers.node import BY_PREFIX
from resolvers.order import check_number

Keys: TypeAlias = Sequence[Mapping[str, Any]]


@loads(Loaders.customer_by_id)
def users(keys: Keys, context: Context) -> Level[Any]:
    """People by id: oneself, or anybody for staff."""
    return _by_id("cus", keys, context)


@loads(Loaders.order_by_id)
def orders(keys: Keys, context: Context) -> Level[Any]:
    """Orders by id."""
    return _by_id("ord", keys, context)


@loads(Loaders.order_by_number)
def orders_of_numbers(keys: Keys, context: Context) -> Level[Any]:
    """Orders by number."""
    return _checked(keys, "number", check_number, partial(_orders_of_numbers, context))


@loads(Loaders.product_by_id)
def products(keys: Keys, context: Context) -> Level[Any]:
    """Products by id."""
    return _by_id("prd", keys, context)


@loads(Loaders.shop_by_id)
def shops(keys: Keys, context: Context) -> Level[Any]:
    """Shops by id."""
    return _by_id("shop", keys, context)


@loads(Loaders.transaction_by_id)
def payments(keys: Keys, context: Context) -> Level[Any]:
    """Payments by id."""
    return _by_id("pay", keys, context)


@loads(Loaders.shipment_by_id)
def shipments(keys: Keys, context: Context) -> Level[Any]:
    """Parcels by id."""
    return _by_id("shm", keys, context)


def _orders_of_numbers(context: Context, numbers: Sequence[str]) -> Level[Order]:
    return context.loaders.order_by_number.load_level(context.all_owned(numbers))


def _by_id(kind: str, keys: Keys, context: Context) -> Level[Any]:
    return _checked(keys, "id", partial(_check_id, kind), partial(BY_PREFIX[kind], context))


def _check_id(kind: str, identifier: str) -> str:
    return ids.check(identifier, kind, "id")


def _checked(
    keys: Keys, name: str, check: Callable[[str], str], load: Callable[[Sequence[str]], Level[Any]]
) -> Level[Any]:
    """Load what keys name; what cannot be a key is the error of its own place."""
    results: Results[Any] = [None] * len(keys)
    places: list[int] = []
    names: list[str] = []
    for place, key in enumerate(keys):
        try:
            names.append(check(key[name]))
            places.append(place)
        except BadUserInputError as error:
            results[place] = error
    return fill(results, [(places, lambda: found(load(names)))] if names else [])
