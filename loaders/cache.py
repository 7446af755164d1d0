"""A read-through Redis cache inside the batch functions: one MGET per batch, and no harm when Redis is away."""

import asyncio
import hashlib
import logging
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self, TypeVar

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from downstream.endpoint import Document, Entity

K = TypeVar("K")
V = TypeVar("V")

# Part of every key: a new layout of values starts with an empty cache.
FORMAT = "oc1"
MAX_PLAIN_NAME = 64
SECONDS_SKIPPED_AFTER_FAILURE = 1.0
# For so long after an invalidation nothing under its tag is kept, since it may have been read before: longer than any
# call takes.
GUARD_SECONDS = 5.0

# KEYS: guard, value. ARGV: the value, how long it may live (ms).
KEEP = "if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2]) end"

log = logging.getLogger(__name__)


class Slot(NamedTuple):
    """Where a document is kept, and the head that its value must have."""

    name: str
    head: bytes

    @classmethod
    def of(cls, loader: str, endpoint: Entity[K, V], key: K) -> Self | None:
        """Return a key's slot; None where it must not be cached because it names no owner."""
        owner = endpoint.owner(key)
        if owner is None:
            return None
        name = endpoint.name(key)
        short = name if len(name) <= MAX_PLAIN_NAME else hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
        # Redis Cluster keeps what is in braces on one node: all of a person's values, or all of one shared thing's.
        return cls(f"{_guard(owner or short)}:{loader}:{short}", f"{owner}\n{name}\n".encode())

    def seal(self, raw: bytes) -> bytes:
        """Return the value to keep."""
        return self.head + raw

    def open(self, endpoint: Entity[K, V], key: K, value: bytes) -> V | None:
        """Return the record in a kept value; None where head, form, id or owner are not as they must be."""
        if not value.startswith(self.head):
            return None
        try:
            record = endpoint.decode(value[len(self.head) :])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        return record if endpoint.admits(key, record) else None


class Cache:
    """Documents in Redis, each under a key that names its owner, with the owner and the key again in the value.

    Args:
        redis: Client with short timeouts and no retries; None: every read is a miss.
    """

    def __init__(self, redis: Redis | None) -> None:
        self._redis = redis
        self._skip_until = 0.0
        self._writes: set[asyncio.Task[None]] = set()

    async def read(self, loader: str, endpoint: Entity[K, V], keys: Sequence[K]) -> Mapping[K, V]:
        """Return what is cached of these keys. Whatever cannot be read or believed is a miss."""
        redis = self._available()
        if redis is None:
            return {}
        named = [(key, slot) for key in keys if (slot := Slot.of(loader, endpoint, key))]
        if not named:
            return {}
        try:
            values = await redis.mget([slot.name for _, slot in named])
        except (RedisError, OSError) as error:
            self._failed(error)
            return {}
        found: dict[K, V] = {}
        spoilt: list[str] = []
        for (key, slot), value in zip(named, values, strict=True):
            if not isinstance(value, bytes):
                continue
            record = slot.open(endpoint, key, value)
            if record is None:
                spoilt.append(slot.name)
            else:
                found[key] = record
        if spoilt:
            log.warning("deleting %d cached values of %s that cannot be believed", len(spoilt), loader)
            self._later(self._delete(redis, spoilt))
        return found

    def write(self, loader: str, endpoint: Entity[K, V], documents: Mapping[K, Document[V]], *, ttl: float) -> None:
        """Keep documents for ``ttl`` seconds, off the request's path."""
        redis = self._available()
        if redis is None:
            return
        named = {slot: doc for key, doc in documents.items() if (slot := Slot.of(loader, endpoint, key))}
        if named:
            self._later(self._set(redis, {slot.name: slot.seal(doc.raw) for slot, doc in named.items()}, ttl))

    async def invalidate(self, tags: Iterable[str]) -> bool:
        """Delete everything kept of these owners, and let nothing older be kept.

        Returns:
            Whether Redis confirmed it.
        """
        if self._redis is None:
            return True
        try:
            for tag in tags:
                await self._redis.set(_guard(tag), b"", px=round(GUARD_SECONDS * 1000))
                names = [name async for name in self._redis.scan_iter(match=f"{_guard(tag)}:*", count=1000)]
                if names:
                    await self._redis.unlink(*names)
        except (RedisError, OSError) as error:
            self._failed(error)
            return False
        return True

    async def close(self) -> None:
        """Finish what is being written."""
        await asyncio.gather(*self._writes)

    async def _set(self, redis: Redis, values: Mapping[str, bytes], ttl: float) -> None:
        try:
            async with redis.pipeline(transaction=False) as pipe:
                for name, value in values.items():
                    guard = name.partition("}")[0] + "}"
                    pipe.eval(KEEP, 2, guard, name, value, round(ttl * 1000))
                await pipe.execute()
        except (RedisError, OSError) as error:
            self._failed(error)

    async def _delete(self, redis: Redis, names: Sequence[str]) -> None:
        try:
            await redis.delete(*names)
        except (RedisError, OSError) as error:
            self._failed(error)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    def _available(self) -> Redis | None:
        skipped = asyncio.get_running_loop().time() < self._skip_until
        return None if skipped else self._redis

    def _failed(self, error: Exception) -> None:
        log.warning("skipping Redis for %.0f s: %s", SECONDS_SKIPPED_AFTER_FAILURE, type(error).__name__)
        self._skip_until = asyncio.get_running_loop().time() + SECONDS_SKIPPED_AFTER_FAILURE


def _guard(tag: str) -> str:
    return f"{FORMAT}:{{{tag}}}"
