"""The process's side of a loader: what it remembers, what Redis holds, and what must be fetched."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from functools import partial
from itertools import islice
from typing import Generic, TypeAlias, TypeVar

from loaders.cache import Cache
from loaders.fetcher import Fetcher
from loaders.keeper import Found, Keeper
from loaders.kept import Part
from loaders.trip import Deliver, Party

K = TypeVar("K")
V = TypeVar("V")

Take: TypeAlias = Callable[[Found[K, V]], None]


class Source(Generic[K, V]):
    """Finds values for all requests of the process; each request still gets only what it asked for.

    Args:
        service: Name of the service that they come from.
        cache: The tiers.
        keeper: This loader's values in them.
        fetcher: Fetches what is in none.
    """

    def __init__(self, service: str, cache: Cache, keeper: Keeper[K, V], fetcher: Fetcher[K, V]) -> None:
        self.service = service
        self._cache = cache
        self._keeper = keeper
        self._fetcher = fetcher
        self._shelf = keeper.shelf

    def recall(self, keys: Iterable[K], memo: MutableMapping[K, V | None]) -> list[K]:
        """Add to ``memo`` what the process remembers; return the keys that are still missing, each once."""
        shelf = self._shelf
        if not shelf:
            return list(dict.fromkeys([key for key in keys if key not in memo] if memo else keys))
        now = asyncio.get_running_loop().time()
        missing: dict[K, None] = {}
        aged: list[K] = []
        before = len(memo)
        for key in keys:
            if key in memo:
                continue
            entry = shelf.get(key)
            if entry is None or entry.until <= now:
                missing[key] = None
            else:
                memo[key] = entry.value
                entry.used = True
                if entry.fresh_until <= now:
                    # The next one to come need not ask too.
                    entry.fresh_until = entry.until
                    aged.append(key)
        self._cache.tally.memory += len(memo) - before
        if aged:
            self._fetcher.refresh(aged)
        return list(missing)

    def parts(self, memo: Mapping[K, V | None], known: Mapping[K, Part]) -> list[Part] | None:
        """Return what vouches for each value of a request; None where nothing does for one of them.

        Args:
            memo: What the request has loaded.
            known: What vouches for values that the process does not remember.
        """
        shelf = self._shelf
        parts: list[Part] = []
        for key, value in memo.items():
            entry = shelf.get(key)
            if entry is not None and entry.value is value:
                parts.append(Part(entry.name, entry.head, entry.fresh_until))
            elif key in known:
                parts.append(known[key])
            else:
                return None
        return parts

    @property
    def epoch(self) -> int:
        """The latest invalidation that is known of where there is no Redis to ask."""
        return self._cache.epoch

    @property
    def can_read(self) -> bool:
        """Whether Redis can be asked at present."""
        store = self._cache.store
        return store is not None and store.is_up

    def read(self, keys: Sequence[K], take: Take[K, V]) -> None:
        """Give ``take`` what Redis holds of these keys: later, or at once where it cannot be asked."""
        self._keeper.read(keys, partial(self._refresh, take))

    def _refresh(self, take: Take[K, V], found: Found[K, V]) -> None:
        if found.aged:
            self._fetcher.refresh(found.aged)
        take(found)

    def fetch(self, keys: Sequence[K], deadline: float, epoch: int, deliver: Deliver[K, V]) -> None:
        """Give ``deliver`` what becomes of these distinct keys, once that is known of all.

        A key that is being fetched for another request is not fetched again, unless it was invalidated in between.

        Args:
            keys: What to fetch.
            deadline: Event loop time up to which the answer is waited for.
            epoch: Nothing that was fetched before an invalidation up to this epoch will do.
            deliver: Takes values and failures.
        """
        self._fetcher.board(Party(keys, deadline, epoch, deliver), keys)

    def served_stale(self, count: int) -> None:
        """Count values that were served beyond their time."""
        self._cache.tally.stale += count

    def lefts(self, now: float, most: int) -> Sequence[float]:
        """Return for how many seconds values may still be used, of so many values that the process remembers."""
        values = (one for one in self._shelf.values() if one.value is not None and one.until > now)
        return [one.until - now for one in islice(values, most)]

    async def idle(self) -> None:
        """Return once nothing is being fetched or kept."""
        await self._fetcher.idle()

    async def close(self) -> None:
        """Give up what is under way; whoever waits for it is told."""
        await self._fetcher.close()
