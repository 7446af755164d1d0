"""A request's loader: aiodataloader over a ``Fetch``, and the merging of calls that one query spreads over branches."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from aiodataloader import DataLoader

from loaders.fetch import Fetch

K = TypeVar("K")
V = TypeVar("V")


class Loader(DataLoader[K, V | None]):
    """Loads each key once per request; never shared between requests."""

    def __init__(self, fetch: Fetch[K, V]) -> None:
        super().__init__()
        self._fetch = fetch

    async def batch_load_fn(self, keys: list[K]) -> list[V | Exception | None]:  # type: ignore[override]
        """Return one value per key; None for what does not exist, an exception where that key failed."""
        found = await self._fetch(keys)
        return [found.get(key) for key in keys]

    async def load_all(self, keys: Sequence[K]) -> list[V | BaseException | None]:
        """Return one value, exception or None per key, so that one failure takes nothing from the others."""
        return await asyncio.gather(*map(self.load, keys), return_exceptions=True)


class Merged(Generic[K, V]):
    """A fetch that collects the keys of all calls made until ``settled`` returns, and fetches them in one call.

    Args:
        fetch: What fetches.
        settled: Given a function that tells how many keys there are, returns when no more are to be expected.
    """

    def __init__(self, fetch: Fetch[K, V], settled: Callable[[Callable[[], int]], Awaitable[None]]) -> None:
        self._fetch = fetch
        self._settled = settled
        self._keys: dict[K, None] = {}
        self._call: asyncio.Future[Mapping[K, V | Exception]] | None = None

    async def __call__(self, keys: Sequence[K]) -> Mapping[K, V | Exception]:
        """Return the merged call's result: these keys' values and maybe others'."""
        self._keys.update(dict.fromkeys(keys))
        if self._call is None:
            self._call = asyncio.ensure_future(self._run())
        # One caller's cancellation must not take the call from the others.
        return await asyncio.shield(self._call)

    async def _run(self) -> Mapping[K, V | Exception]:
        await self._settled(lambda: len(self._keys))
        keys, self._keys, self._call = list(self._keys), {}, None
        return await self._fetch(keys)
