"""What a Redis that cannot be used makes redis-py raise."""

from redis.exceptions import RedisClusterException, RedisError

# A cluster of which no node answers is an exception of its own, which is no ``RedisError``.
FAILURES = (RedisError, RedisClusterException, OSError)
