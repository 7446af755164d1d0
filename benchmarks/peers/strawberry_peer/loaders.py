"""The batch functions of the process, and a fresh set of aiodataloader loaders per request."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple, TypeVar

from aiodataloader import DataLoader

from .cache import Cache, Fetch
from .order import Order
from .payment import Ledger
from .services import Row, ServiceError, Services
from .suggested import Suggestion, Tag
from .types import Product, Profile, Shop

K = TypeVar("K")
V = TypeVar("V")

# The contract's greatest batch.
MAX_KEYS = 500


class Window(NamedTuple):
    """The first items of a person's list."""

    customer_id: str
    limit: int


class Batches:
    """The batch functions.

    Args:
        services: Where values come from.
        cache: Where they are kept.
    """

    def __init__(self, services: Services, cache: Cache) -> None:
        def entities(kind: str, seconds: int, path: str) -> Fetch[str]:
            async def fetch(ids: Sequence[str]) -> list[Row | ServiceError | None]:
                found = await services.fetch(path, ids)
                return [found.get(one) for one in ids]

            return cache.around(lambda one: f"{kind}:{one}", seconds, fetch)

        def lists(kind: str, seconds: int, path: str) -> Fetch[Window]:
            async def fetch(windows: Sequence[Window]) -> list[Row | ServiceError | None]:
                found = await services.fetch(
                    path,
                    [
                        {"ref": str(place), "customerId": window.customer_id, "limit": window.limit}
                        for place, window in enumerate(windows)
                    ],
                )
                return [found.get(str(place)) for place in range(len(windows))]

            return cache.around(lambda window: f"{kind}:{window.customer_id}:{window.limit}", seconds, fetch)

        self.profile = entities("customer", 60, "/order/v1/customers:batchGet")
        self.shop = entities("shop", 300, "/order/v1/shops:batchGet")
        self.product = entities("product", 300, "/order/v1/products:batchGet")
        self.ledger = entities("ledger", 5, "/payment/v1/ledgers:batchGetByOrder")
        self.orders = lists("orders", 5, "/order/v1/orders:search")
        self.tags = lists("tags", 15, "/recs/v1/tags:search")
        self.suggestions = lists("suggestions", 60, "/recs/v1/suggestions:search")


class Loaders:
    """One request's loaders; each converts a value once, however many fields show it."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches

    @cached_property
    def profile(self) -> DataLoader[str, Profile | None]:
        """By customer id."""
        return _loader(self._batches.profile, Profile)

    @cached_property
    def shop(self) -> DataLoader[str, Shop | None]:
        """By id."""
        return _loader(self._batches.shop, Shop.from_row)

    @cached_property
    def product(self) -> DataLoader[str, Product | None]:
        """By id."""
        return _loader(self._batches.product, Product.from_row)

    @cached_property
    def ledger(self) -> DataLoader[str, Ledger | None]:
        """By order id."""
        return _loader(self._batches.ledger, Ledger)

    @cached_property
    def orders(self) -> DataLoader[Window, list[Order] | None]:
        """By customer."""
        return _loader(self._batches.orders, _items(Order.from_row))

    @cached_property
    def tags(self) -> DataLoader[Window, list[Tag] | None]:
        """By customer."""
        return _loader(self._batches.tags, _items(Tag.from_row))

    @cached_property
    def suggestions(self) -> DataLoader[Window, list[Suggestion] | None]:
        """By customer."""
        return _loader(self._batches.suggestions, _items(Suggestion.from_row))


def _items(convert: Callable[[Row], V]) -> Callable[[Row], list[V]]:
    return lambda page: [convert(row) for row in page["items"]]


def _loader(fetch: Fetch[K], convert: Callable[[Row], V]) -> DataLoader[K, V | None]:
    async def load(keys: list[K]) -> list[V | ServiceError | None]:
        return [convert(value) if isinstance(value, dict) else value for value in await fetch(keys)]

    return DataLoader(load, max_batch_size=MAX_KEYS)  # type: ignore[arg-type]  # it raises the exceptions in a batch
