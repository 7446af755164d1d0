"""All sources of a process, each made when its loader is first used."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

from downstream.client import ServiceClient
from loaders.cache import Cache
from loaders.declaration import Declaration
from loaders.source import Source

K = TypeVar("K")
V = TypeVar("V")


class Sources:
    """What all requests of a process fetch from.

    Args:
        services: Client of each service, by its name.
        cache: Keeps what was fetched.
    """

    def __init__(self, services: Mapping[str, ServiceClient], cache: Cache) -> None:
        self._services = services
        self._cache = cache
        self._traffic: Counter[str] = Counter()
        self._made: dict[Declaration[Any, Any], Source[Any, Any]] = {}

    def of(self, declaration: Declaration[K, V]) -> Source[K, V]:
        """Return a loader's source."""
        source = self._made.get(declaration)
        if source is None:
            endpoint = declaration.endpoint
            client = self._services[endpoint.service]
            source = Source(declaration.name, endpoint, declaration.policy, client, self._cache, self._traffic)
            self._made[declaration] = source
        return source

    async def close(self) -> None:
        """Give up what is under way, and finish what is being written to the cache."""
        await asyncio.gather(*(source.close() for source in self._made.values()))
        await self._cache.close()
