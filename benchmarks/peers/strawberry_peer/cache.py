"""A read-through Redis cache inside the batch functions: one MGET per batch."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias, TypeVar

import orjson
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from .services import Row, ServiceError

K = TypeVar("K")

# One value per key: None for what does not exist, an error where that key failed.
Fetch: TypeAlias = Callable[[Sequence[K]], Awaitable[list[Row | ServiceError | None]]]

# Seconds that cached values may be used; unset: for each kind of value what the Order Center itself allows.
TTL = int(os.environ["TTL"]) if os.environ.get("TTL") else None


def connect() -> "Redis | None":
    """Return a client of the Redis at REDIS_URL; None without one."""
    url = os.environ.get("REDIS_URL")
    # The default pool refuses the 101st connection, which 64 requests with three MGETs each need; this one waits.
    return Redis(connection_pool=BlockingConnectionPool.from_url(url, max_connections=128, timeout=10)) if url else None


class Cache:
    """Values as JSON. What does not exist and errors are not kept; whatever cannot be read is a miss."""

    def __init__(self, redis: "Redis | None") -> None:
        self._redis = redis
        self._writes: set[asyncio.Task[None]] = set()

    def around(self, name: Callable[[K], str], seconds: int, fetch: Fetch[K]) -> Fetch[K]:
        """Return a fetch that asks Redis first; ``name`` is a key's name there."""
        redis = self._redis
        if redis is None:
            return fetch

        async def cached(keys: Sequence[K]) -> list[Row | ServiceError | None]:
            names = [name(key) for key in keys]
            try:
                kept = await redis.mget(names)
            except (RedisError, OSError):
                kept = [None] * len(names)
            values = [None if text is None else orjson.loads(text) for text in kept]
            missing = [place for place, value in enumerate(values) if value is None]
            if missing:
                fetched = await fetch([keys[place] for place in missing])
                for place, value in zip(missing, fetched, strict=True):
                    values[place] = value
                self._keep(redis, {names[place]: values[place] for place in missing}, TTL or seconds)
            return values

        return cached

    def _keep(self, redis: Redis, values: dict[str, Row | ServiceError | None], seconds: int) -> None:
        """Write without letting anybody wait for it."""
        found = {name: orjson.dumps(value) for name, value in values.items() if isinstance(value, dict)}
        if found:
            task = asyncio.get_running_loop().create_task(_write(redis, found, seconds))
            self._writes.add(task)
            task.add_done_callback(self._writes.discard)


async def _write(redis: Redis, values: dict[str, bytes], seconds: int) -> None:
    pipeline = redis.pipeline(transaction=False)
    for name, value in values.items():
        pipeline.set(name, value, ex=seconds)
    try:
        await pipeline.execute()
    except (RedisError, OSError):
        return
