"""One loader's values in both tiers: finds them, keeps them, and says who may fetch them."""

import asyncio
import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from msgspec import Raw, Struct

from downstream.endpoint import Entity
from loaders.awaited import Awaited
from loaders.cache import Cache
from loaders.commands import Fill
from loaders.kept import Keeping, Part
from loaders.memory import ENTRY_BYTES, Entry, Memory, Shelf
from loaders.policy import Policy
from loaders.store import Store
from loaders.tags import is_tag
from loaders.weight import Scale

K = TypeVar("K")
V = TypeVar("V")

# A refresh that comes earlier than so many times the cost of a fetch is rarer than one in a hundred million.
RARE = 20


class Found(Struct, Generic[K, V]):
    """What was found of some keys.

    Attributes:
        values: Values that may be used; None: there is no such thing.
        aged: Keys whose value should be refreshed.
        missing: Keys to be fetched.
        spare: Of these, values that may be used if the fetch fails.
        epoch: Nothing fetched before an invalidation up to this epoch will do for the missing ones.
        parts: Where the values are from, unless the process remembers them itself.
    """

    values: Mapping[K, V | None]
    aged: Sequence[K]
    missing: Sequence[K]
    spare: Mapping[K, V]
    epoch: int
    parts: Mapping[K, Part] = {}


class Keeper(Generic[K, V]):
    """Keeps one loader's values.

    Args:
        loader: The loader's name.
        endpoint: Knows names, owners and records.
        policy: Knows times and tags.
        cache: Where to keep them.
    """

    def __init__(self, loader: str, endpoint: Entity[K, V], policy: Policy, cache: Cache) -> None:
        self._keeping = Keeping(loader, endpoint, policy)
        self._endpoint = endpoint
        self._policy = policy
        self._cache = cache
        self._scale = Scale()
        self.shelf: Shelf[K, V] = {} if cache.memory is None else cache.memory.shelf()

    def may_keep(self, key: K) -> bool:
        """Tell whether a key's value may be kept at all."""
        return self._endpoint.owner(key) is not None

    def _sort(
        self, names: Sequence[tuple[K, str]], data: Sequence[bytes | None], epoch: int, store: Store
    ) -> Found[K, V]:
        """Sort what Redis gave for these names, and remember it in the process."""
        unix = store.now() * 1000
        memory = self._cache.memory
        open_ = self._keeping.open
        values: dict[K, V | None] = {}
        aged: list[K] = []
        missing: list[K] = []
        spare: dict[K, V] = {}
        spoilt: list[str] = []
        parts: dict[K, Part] = {}
        for (key, name), one in zip(names, data, strict=True):
            if not one:
                missing.append(key)
                continue
            kept = open_(name, key, one)
            if kept is None:
                missing.append(key)
                spoilt.append(name)
                continue
            value, soft, hard, cost, size = kept
            if hard > unix:
                values[key] = value
                left = (soft - unix) / 1000
                head = one[: len(one) - size]
                if memory is not None:
                    left = self._remember(memory, key, name, value, (hard - unix) / 1000, left, cost, size, head)
                else:
                    parts[key] = Part(name.encode(), head, store.loop_time(soft / 1000))
                    if left < cost * RARE:
                        left += _lead(cost)
                if left <= 0:
                    aged.append(key)
            else:
                missing.append(key)
                if value is not None:
                    spare[key] = value
        self._cache.tally.redis += len(values)
        if spoilt:
            self._cache.tally.spoilt += len(spoilt)
            store.forget(spoilt)
        return Found(values, aged, missing, spare, epoch, parts)

    def named(self, keys: Iterable[K]) -> list[tuple[K, str]]:
        """Return the keys that may be kept, with their names in Redis."""
        name = self._keeping.name
        return [(key, text) for key in keys if (text := name(key)) is not None]

    async def lease(self, keys: Sequence[K]) -> tuple[Sequence[K], Awaited | None]:
        """Lease the fetch of these keys; return those that are being fetched elsewhere, and how to wait for them."""
        store = self._cache.store
        if store is None or not store.is_up:
            return (), None
        named = self.named(keys)
        awaited = await store.lease([name for _, name in named])
        return [] if awaited is None else [key for key, name in named if name.encode() in awaited.names], awaited

    async def release(self, keys: Sequence[K]) -> None:
        """Give up leases of keys that could not be fetched."""
        store = self._cache.store
        if keys and store is not None and store.is_up:
            await store.release([name for _, name in self.named(keys)])

    async def find(self, keys: Sequence[K]) -> Found[K, V]:
        """Return what Redis holds of these keys."""
        future: asyncio.Future[Found[K, V]] = asyncio.get_running_loop().create_future()

        def take(found: Found[K, V]) -> None:
            if not future.done():
                future.set_result(found)

        self.read(keys, take)
        return await future

    def read(self, keys: Sequence[K], take: Callable[[Found[K, V]], None]) -> None:
        """Give ``take`` what Redis holds of these keys: later, or at once where it cannot be asked."""
        store = self._cache.store
        named = [] if store is None or not store.is_up else self.named(keys)
        if store is None or not named:
            take(Found({}, (), keys, {}, self._cache.epoch))
            return

        def sort(data: Sequence[bytes | None], epoch: int) -> None:
            found = self._sort(named, data, epoch, store)
            if len(named) < len(keys):
                kept = {key for key, _ in named}
                found.missing = [*found.missing, *(key for key in keys if key not in kept)]
            take(found)

        store.read([name for _, name in named], sort)

    async def keep(self, values: Mapping[K, V | None], raw: Mapping[K, Raw], epoch: int, cost: float) -> None:
        """Keep what was fetched after ``epoch``, unless it was invalidated since.

        With a Redis, this process remembers it when it reads it from there: Redis announces the change to everybody.

        Args:
            values: What was fetched; None: there is no such thing.
            raw: The JSON that each value came as.
            epoch: The latest invalidation that was known of before.
            cost: Seconds that it took.
        """
        store = self._cache.store
        if store is None:
            memory = self._cache.memory
            if memory is not None and epoch == self._cache.epoch:
                for key, name in self.named(values):
                    size = len(memoryview(raw[key])) if key in raw else 0
                    self._remember_fetched(memory, key, name, values[key], size, cost)
        elif store.is_up and (named := self.named(values)):
            now = store.now()
            fills = [self._fill(key, name, values[key], raw.get(key), now, cost) for key, name in named]
            self._cache.tally.refused += await store.fill(fills, epoch)

    def _fill(self, key: K, name: str, value: V | None, raw: Raw | None, now: float, cost: float) -> Fill:
        body = None if raw is None else bytes(raw)
        return Fill(name, self._keeping.seal(name, body, now, cost), self._tags(key, value))

    def _tags(self, key: K, value: V | None) -> Sequence[str]:
        """Return the tags under which a value is found; one that is shared is found by its own name, without any."""
        policy, owner = self._policy, self._endpoint.owner(key)
        tags = set() if value is None else set(policy.mentions(value))
        if owner:
            tags.add(f"customer:{owner}")
            if policy.group:
                tags.add(f"{policy.group}:{owner}")
            if policy.subject:
                tags.add(f"{policy.subject}:{self._endpoint.name(key)}")
        return sorted(filter(is_tag, tags))

    def _remember_fetched(self, memory: Memory, key: K, name: str, value: V | None, size: int, cost: float) -> None:
        policy = self._policy
        hard, soft = (policy.negative, policy.negative) if value is None else (policy.ttl, policy.soft_ttl)
        self._remember(memory, key, name, value, hard, soft, cost, size)

    def _remember(
        self,
        memory: Memory,
        key: K,
        name: str,
        value: V | None,
        hard: float,
        soft: float,
        cost: float,
        size: int,
        head: bytes = b"",
    ) -> float:
        """Keep a value in the process; return after how many seconds it should be refreshed."""
        now = asyncio.get_running_loop().time()
        soft += _lead(cost)
        # A clock that is wrong must not make a value live longer than its policy says.
        until = now + min(hard, self._policy.ttl)
        weight = ENTRY_BYTES + self._scale.weigh(value, size)
        memory.put(Entry(self.shelf, key, name.encode(), value, now + soft, until, weight, head))
        return soft


def _lead(cost: float) -> float:
    """Return how much earlier than at its soft expiry a copy of a value is refreshed, in seconds below zero.

    Drawn once for each copy, from about the time that a fetch takes, so that not all come at once: XFetch (Vattani et
    al., VLDB 2015) with beta 1.
    """
    return cost * math.log(1.0 - random.random())  # noqa: S311  not for secrets
