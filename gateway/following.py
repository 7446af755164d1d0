"""What this process reads of the services' events: its share, to invalidate, and all of them, for who waits."""

from types import TracebackType

from redis.asyncio import Redis, RedisCluster

from gateway.parts import Parts, connect_redis
from gateway.settings import Settings
from loaders.feed import Feed
from loaders.follower import BLOCK_SECONDS, Follower


class Following:
    """Follows the stream as long as the block runs.

    Args:
        redis: Client of its own, since it waits for events longer than anything else may wait for Redis.
        parts: What events take effect on.
    """

    def __init__(self, redis: Redis | RedisCluster, parts: Parts) -> None:
        self.feed = Feed(redis, parts.invalidator, parts.hub)
        self._follower = Follower(redis, parts.invalidator)
        self._redis = redis

    @classmethod
    def of(cls, settings: Settings, parts: Parts) -> "Following | None":
        """Make one where there is a stream."""
        if settings.redis_url is None:
            return None
        return cls(connect_redis(settings, timeout=BLOCK_SECONDS + 1), parts)

    async def __aenter__(self) -> None:
        """Start."""
        self._follower.start()
        await self.feed.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.feed.close()
        await self._follower.close()
        await self._redis.aclose()
