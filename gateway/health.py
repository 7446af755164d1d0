"""Whether the process lives, and what of the things behind it can be reached."""

import asyncio
from collections.abc import Mapping

from redis.asyncio import Redis, RedisCluster
from starlette.requests import Request
from starlette.responses import JSONResponse

from downstream.client import ServiceClient
from gateway.admission.auth import Keys, PublishedKeys
from gateway.drain import Drain
from loaders.failures import FAILURES


async def live(_request: Request) -> JSONResponse:
    """Answer as long as the event loop turns."""
    return JSONResponse({"status": "live"})


class Readiness:
    """Says of each service, the cache and the token keys whether it can be used.

    One service that is down leaves the gateway ready, since it serves what the others hold; it is not ready when all
    are down, when it has no key to check anybody's token with, or when it is about to end.
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

    async def __call__(self, _request: Request) -> JSONResponse:
        """Answer 200 or 503 with the state of each part."""
        self._drain.asked()
        if self._drain.begun:
            return JSONResponse({"status": "stopping"}, status_code=503)
        if isinstance(self._keys, PublishedKeys) and not self._keys.ready:
            await self._keys.read()
        up = await asyncio.gather(*(service.healthy() for service in self._services.values()))
        services = {name: "up" if is_up else "down" for name, is_up in zip(self._services, up, strict=True)}
        ready = any(up) and self._keys.ready
        state = {
            "status": ("ready" if all(up) else "degraded") if ready else "not ready",
            "services": services,
            "cache": await self._cache(),
            "tokenKeys": "up" if self._keys.ready else "down",
        }
        return JSONResponse(state, status_code=200 if ready else 503)

    async def _cache(self) -> str:
        if self._redis is None:
            return "none"
        try:
            await self._redis.ping()
        except FAILURES:
            return "down"
        return "up"
