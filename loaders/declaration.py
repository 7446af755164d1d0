"""What a loader is: one declaration says what it fetches, how long that may be kept, and what it waits for."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Generic, Protocol, Self, TypeVar, overload

from downstream.client import ServiceClient
from downstream.endpoint import Document, Entity
from loaders.cache import Cache
from loaders.fetch import Fetch
from loaders.loader import Loader, Merged
from loaders.progress import Progress

K = TypeVar("K")
V = TypeVar("V")


class Sources(Protocol):
    """What a request's loaders fetch from."""

    services: Mapping[str, ServiceClient]
    cache: Cache
    progress: Progress
    deadline: float


class Declaration(Generic[K, V]):
    """A loader as declared on ``Loaders``; read from an instance, it is that request's loader.

    Args:
        endpoint: Where values come from; it also knows whose each key's value must be.
        ttl: Seconds that a cached value may be used.
        feeders: Loaders whose results may lead to more keys for this one. While one of them is under way in the same
            request a batch waits for it, for a bounded time, so that a query costs one call and not one per branch.
    """

    def __init__(self, endpoint: Entity[K, V], *, ttl: float, feeders: "Sequence[Declaration[Any, Any]]" = ()) -> None:
        self.endpoint = endpoint
        self.ttl = ttl
        self.feeders = feeders
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the attribute's name."""
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Sources, owner: type) -> Loader[K, V]: ...
    def __get__(self, instance: Sources | None, owner: type) -> Self | Loader[K, V]:
        """Make the request's loader at first use; later reads find it in the instance's dictionary."""
        if instance is None:
            return self
        loader = Loader(self._fetch_from(instance))
        instance.__dict__[self.name] = loader
        return loader

    def _fetch_from(self, sources: Sources) -> Fetch[K, V]:
        async def fetch(keys: Sequence[K]) -> Mapping[K, V | Exception]:
            with sources.progress.fetching(self):
                return await inner(keys)

        inner: Fetch[K, V] = partial(self._read_through, sources)
        if self.feeders:
            inner = Merged(inner, partial(sources.progress.settle, self.feeders))
        return fetch

    async def _read_through(self, sources: Sources, keys: Sequence[K]) -> Mapping[K, V | Exception]:
        found: dict[K, V | Exception] = {}
        cached: Mapping[K, V] = await sources.cache.read(self.name, self.endpoint, keys)
        found.update(cached)
        missing = [key for key in keys if key not in found]
        if missing:
            service = sources.services[self.endpoint.service]
            fetched = await service.fetch(self.endpoint, missing, deadline=sources.deadline)
            documents = {key: one for key, one in fetched.items() if isinstance(one, Document)}
            sources.cache.write(self.name, self.endpoint, documents, ttl=self.ttl)
            found.update({key: one.value if isinstance(one, Document) else one for key, one in fetched.items()})
        return found
