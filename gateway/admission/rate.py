"""How much people and clients may ask for over time, in cost units.

Each is a token bucket. A request is judged in this process, at once; several times a second what was spent is added up
in Redis, and what others have spent there is taken off here. So a request never waits for Redis, a failing Redis leaves
each replica with its own buckets, and what all replicas together let through too much is at most one burst each.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis, RedisCluster

from loaders.failures import FAILURES

SECONDS_BETWEEN_SETTLEMENTS = 0.25
LONGEST_PAUSE_SECONDS = 2.0
MAX_BUCKETS = 50_000
# Requests to Redis at a time, each on a connection.
AT_ONCE = 20
# Buckets that one request settles: Redis does nothing else meanwhile.
TOGETHER = 100

# Takes what was spent off buckets and returns what is left in each, which can be less than nothing.
_SETTLE = """
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local lefts = {}
for place, key in ipairs(KEYS) do
  local bucket = redis.call('HMGET', key, 'left', 'at')
  local left = tonumber(bucket[1]) or burst
  left = math.min(burst, left + math.max(0, now - (tonumber(bucket[2]) or now)) * rate) - tonumber(ARGV[2 + place])
  redis.call('HSET', key, 'left', tostring(left), 'at', tostring(now))
  redis.call('EXPIRE', key, math.ceil((burst - left) / rate) + 1)
  lefts[place] = tostring(left)
end
return lefts
"""


@dataclass(slots=True)
class Bucket:
    """What one person or client may still spend.

    Attributes:
        left: Cost units.
        at: Monotonic seconds when that was so.
        spent: Cost units that Redis does not know of yet.
    """

    left: float
    at: float
    spent: float = 0.0


class Rates:
    """Buckets that all fill up alike.

    Args:
        kind: Of whom, for Redis.
        per_second: Cost units by which a bucket fills up; 0: nobody is limited.
        burst: Cost units that a full one holds.

    Attributes:
        refused: How often there was not enough left, since the start.
    """

    def __init__(self, kind: str, per_second: float, burst: float) -> None:
        self.refused = 0
        self._kind = kind
        self._per_second = per_second
        self._burst = burst
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, name: str, cost: float) -> float:
        """Spend; returns 0, or in how many seconds it would be possible, and then nothing is spent."""
        if not self._per_second:
            return 0.0
        now = time.monotonic()
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._add(name, now)
        # Of too many buckets, those that nobody has asked for in the longest time are forgotten.
        self._buckets.move_to_end(name)
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._per_second)
        bucket.at = now
        # A single request that is dearer than a full bucket holds goes through when the bucket is full.
        needed = min(cost, self._burst)
        if bucket.left < needed:
            self.refused += 1
            return (needed - bucket.left) / self._per_second
        bucket.left -= cost
        bucket.spent += cost
        return 0.0

    def give_back(self, name: str, cost: float) -> None:
        """Take back what was taken just now, for what was refused for another reason."""
        bucket = self._buckets.get(name)
        if bucket is not None:
            bucket.left += cost
            bucket.spent -= cost

    async def settle(self, redis: Redis | RedisCluster) -> None:
        """Tell Redis what was spent, and learn what others have spent; raises what redis-py raises."""
        spent = [(name, bucket, bucket.spent) for name, bucket in self._buckets.items() if bucket.spent]
        if not spent:
            return
        for _, bucket, units in spent:
            bucket.spent -= units
        try:
            lefts = await self._tell(redis, [(name, units) for name, _, units in spent])
        except FAILURES:
            for _, bucket, units in spent:
                bucket.spent += units
            raise
        now = time.monotonic()
        for (_, bucket, _), left in zip(spent, lefts, strict=True):
            # What was spent meanwhile is not in what Redis says.
            bucket.left = left - bucket.spent
            bucket.at = now

    async def _tell(self, redis: Redis | RedisCluster, spent: Sequence[tuple[str, float]]) -> list[float]:
        # Each key may be on another node of a cluster.
        size = 1 if isinstance(redis, RedisCluster) else TOGETHER
        groups = [spent[start : start + size] for start in range(0, len(spent), size)]
        lefts: list[float] = []
        for start in range(0, len(groups), AT_ONCE):
            answers = await asyncio.gather(*(self._ask(redis, group) for group in groups[start : start + AT_ONCE]))
            lefts += (float(left) for answer in answers for left in answer)
        return lefts

    def _ask(self, redis: Redis | RedisCluster, group: Sequence[tuple[str, float]]) -> Awaitable[list[bytes]]:
        keys = [f"order-center:rate:{self._kind}:{{{name}}}" for name, _ in group]
        arguments = [str(one) for one in (self._per_second, self._burst, *(units for _, units in group))]
        return cast("Awaitable[list[bytes]]", redis.eval(_SETTLE, len(keys), *keys, *arguments))

    def _add(self, name: str, now: float) -> Bucket:
        bucket = self._buckets[name] = Bucket(self._burst, now)
        while len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        return bucket


async def settle_for_ever(redis: Redis | RedisCluster, rates: Sequence[Rates]) -> None:
    """Settle again and again until cancelled; while Redis fails, everybody has the buckets of this process.

    A Redis that fails is asked less and less often: to wait for it in vain costs more than to be answered.
    """
    pause = SECONDS_BETWEEN_SETTLEMENTS
    while True:
        await asyncio.sleep(pause)
        try:
            for one in rates:
                await one.settle(redis)
            pause = SECONDS_BETWEEN_SETTLEMENTS
        except FAILURES:
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
