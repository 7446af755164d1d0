"""The two tiers of a process: decoded values in memory, and their JSON in Redis."""

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis, RedisCluster

from loaders.memory import Memory
from loaders.store import Store
from loaders.topology import ClusterNodes, OneNode


@dataclass
class Tally:
    """What happened to the keys that were asked for, since the process began.

    Attributes:
        answers: Answers given as they were kept.
        memory: Found in the process.
        redis: Found in Redis.
        fetched: Asked for downstream, each once however many waited for it.
        refreshed: Of these, asked for early, while the old value was still in use.
        stale: Served beyond their time because their service failed.
        refused: Not kept, because they had been invalidated while they were fetched.
        spoilt: Found in Redis and not believed.
    """

    answers: int = 0
    memory: int = 0
    redis: int = 0
    fetched: int = 0
    refreshed: int = 0
    stale: int = 0
    refused: int = 0
    spoilt: int = 0


class Cache:
    """What a process keeps.

    Args:
        redis: Where values are kept for all processes; None: nowhere.
        timeout: Seconds that Redis may take for anything.
        memory_bytes: What may be kept in the process itself; 0: nothing.
    """

    def __init__(
        self, redis: "Redis | RedisCluster | None" = None, *, timeout: float = 0.05, memory_bytes: int = 0
    ) -> None:
        self.memory = Memory(memory_bytes) if memory_bytes else None
        self.store: Store | None = None
        self.tally = Tally()
        # Counts this process's invalidations, for when there is no Redis to count all of them.
        self.epoch = 0
        if redis is not None:
            nodes = ClusterNodes(redis) if isinstance(redis, RedisCluster) else OneNode(redis)
            self.store = Store(nodes, timeout, self._changed)

    async def start(self) -> None:
        """Connect, if Redis can be reached now."""
        if self.store is not None:
            await self.store.start()

    async def close(self) -> None:
        """Close what was opened."""
        if self.store is not None:
            await self.store.close()

    def _changed(self, names: Sequence[bytes] | None) -> None:
        if self.memory is None:
            return
        if names is None:
            self.memory.clear()
        else:
            for name in names:
                self.memory.forget(name)
