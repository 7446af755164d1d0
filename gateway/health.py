"""Whether the process lives, and what of the things behind it can be reached."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from redis.asyncio import Redis, RedisCluster
from starlette.requests import Request
from starlette.responses import JSONResponse

from downstream.client import ServiceClient
from gateway.admission.auth import Keys, PublishedKeys
from gateway.drain import Drain
from loaders.failures import FAILURES

# What was found is believed for so long: anybody may ask, as often as they like, and each look costs calls.
SECONDS_BELIEVED = 1.0


class State(NamedTuple):
    """What was found.

    Attributes:
        is_ready: Whether requests can be served.
        parts: What is said of each part.
    """

    is_ready: bool
    parts: Mapping[str, object]


async def live(_request: Request) -> JSONResponse:
    """Answer as long as the event loop turns."""
    return JSONResponse({"status": "live"})


class Readiness:
    """Says of each service, the cache and the token keys whether it can be used.

    One service that is down leaves the gateway ready, since it serves what the others hold; it is not ready when all
    are down, when it has no key to check anybody's token with, or when it is about to end. The last is said at once;
    all else is looked at once a second, for all who ask.
    """

    def __init__(
        self,
        services: Mapping[str, ServiceClient],
        redis: Redis | RedisCluster | None,
        keys: Keys,
        drain: Drain,
    ) -> None:
        self._services = services
        self._redis = redis
        self._keys = keys
        self._drain = drain
        self._looking = asyncio.Lock()
        self._found: State | None = None
        self._believed_until = 0.0

    async def __call__(self, _request: Request) -> JSONResponse:
        """Answer 200 or 503 with the state of each part."""
        self._drain.asked()
        if self._drain.begun:
            return JSONResponse({"status": "stopping"}, status_code=503)
        found = await self._state()
        return JSONResponse(found.parts, status_code=200 if found.is_ready else 503)

    async def _state(self) -> State:
        clock = asyncio.get_running_loop().time
        async with self._looking:
            if self._found is None or clock() >= self._believed_until:
                self._found = await self._look()
                self._believed_until = clock() + SECONDS_BELIEVED
            return self._found

    async def _look(self) -> State:
        if isinstance(self._keys, PublishedKeys) and not self._keys.ready:
            await self._keys.read()
        up = await asyncio.gather(*(service.healthy() for service in self._services.values()))
        services = {name: "up" if is_up else "down" for name, is_up in zip(self._services, up, strict=True)}
        ready = any(up) and self._keys.ready
        parts = {
            "status": ("ready" if all(up) else "degraded") if ready else "not ready",
            "services": services,
            "cache": await self._cache(),
            "tokenKeys": "up" if self._keys.ready else "down",
        }
        return State(ready, parts)

    async def _cache(self) -> str:
        if self._redis is None:
            return "none"
        try:
            await self._redis.ping()
        except FAILURES:
            return "down"
        return "up"
