"""The composition root: wires settings, clients, cache, schema and routes into one ASGI application."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Route

from downstream.client import ServiceClient
from downstream.policy import CallPolicy
from downstream.transport import KeepAliveTransport
from gateway import graphiql, health
from gateway.auth import Authenticator, ConfiguredKey, Keys, PublishedKeys
from gateway.demo import DemoPeople
from gateway.events import EventsEndpoint
from gateway.http import GraphQLEndpoint, MakeContext
from gateway.settings import Settings
from loaders import Loaders
from loaders.cache import Cache
from loaders.follower import BLOCK_SECONDS, Follower
from loaders.invalidation import InvalidationError, Invalidator
from loaders.sources import Sources
from resolvers.context import Context, Viewer
from resolvers.cursor import Cursors
from resolvers.rollout import Rollout
from schema import create_schema

SERVICES = ("order", "payment", "recs")
REDIS_CONNECTIONS = 200


def create_app(
    settings: Settings,
    *,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    redis: Redis | RedisCluster | None = None,
) -> Starlette:
    """Return the gateway.

    Args:
        settings: Checked settings.
        transports: Replaces the network to a service, by its name (and ``keys``, for the token keys), in tests.
        redis: Replaces the cache's connection. It is not closed.
    """
    parts = _Parts.connect(settings, transports or {}, redis)
    endpoint = GraphQLEndpoint(
        create_schema(),
        Authenticator(parts.keys, settings),
        _context_maker(settings, parts),
        graphiql.graphiql_page if settings.graphiql else None,
        services=parts.services,
        max_body_bytes=settings.max_body_bytes,
    )
    routes: list[BaseRoute] = [
        Route("/graphql", endpoint.__call__, methods=["GET", "POST"]),
        Route("/health/live", health.live),
        Route("/health/ready", health.Readiness(parts.services, parts.redis, parts.keys).__call__),
    ]
    if settings.events_secret is not None:
        events = EventsEndpoint(parts.invalidator, settings.events_secret)
        routes.append(Route("/events", events.__call__, methods=["POST"]))
    if settings.graphiql:
        routes += graphiql.routes()
    if settings.demo_issuer_url:
        people = DemoPeople(parts.http, settings.demo_issuer_url)
        # A web page must not get tokens by pointing its own host name at this machine.
        this_machine = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])
        routes.append(Route("/graphiql/people", people.__call__, middleware=[this_machine]))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(parts.http)
            for service in parts.services.values():
                stack.push_async_callback(service.aclose)
            if parts.redis is not None and redis is None:
                stack.push_async_callback(parts.redis.aclose)
            stack.push_async_callback(parts.sources.close)
            await parts.sources.start()
            if settings.redis_url is not None:
                # It waits for events, longer than anything else may wait for Redis.
                following = connect_redis(settings, timeout=BLOCK_SECONDS + 1)
                stack.push_async_callback(following.aclose)
                follower = Follower(following, parts.invalidator)
                stack.push_async_callback(follower.close)
                follower.start()
            yield

    return Starlette(routes=routes, lifespan=lifespan)


def app_from_environment() -> Starlette:
    """Return the gateway as the environment configures it, for a server's worker process."""
    return create_app(Settings.from_environment(os.environ))


async def invalidate_tags(settings: Settings, tags: Sequence[str]) -> None:
    """Invalidate from outside a gateway; raises ``InvalidationError``, or ``ValueError`` for what is no tag."""
    if settings.redis_url is None:
        raise InvalidationError
    redis = connect_redis(settings, timeout=settings.redis_timeout)
    cache = Cache(redis, timeout=settings.redis_timeout)
    await cache.start()
    try:
        await Invalidator(cache, Loaders.declarations()).invalidate(tags)
    finally:
        await cache.close()
        await redis.aclose()


@dataclass(frozen=True)
class _Parts:
    """What outlives requests."""

    http: httpx.AsyncClient
    services: Mapping[str, ServiceClient]
    redis: Redis | RedisCluster | None
    sources: Sources
    invalidator: Invalidator
    keys: Keys

    @classmethod
    def connect(
        cls,
        settings: Settings,
        transports: Mapping[str, httpx.AsyncBaseTransport],
        redis: Redis | RedisCluster | None,
    ) -> "_Parts":
        # Reading the certificate authorities takes longer than all else here, so it is done once.
        tls = httpx.create_ssl_context(trust_env=False)
        http = httpx.AsyncClient(
            timeout=settings.request_timeout, verify=tls, trust_env=False, transport=transports.get("keys")
        )
        if redis is None and settings.redis_url is not None:
            redis = connect_redis(settings, timeout=settings.redis_timeout)
        keys: Keys
        if settings.jwt_jwks_url is not None:
            keys = PublishedKeys(http, settings.jwt_jwks_url)
        else:
            keys = ConfiguredKey(Path(settings.jwt_public_key_file or ""), settings.jwt_algorithm)
        services = {name: _service(settings, name, tls, transports.get(name)) for name in SERVICES}
        cache = Cache(redis, timeout=settings.redis_timeout, memory_bytes=settings.memory_bytes)
        invalidator = Invalidator(cache, Loaders.declarations())
        return cls(http, services, redis, Sources(services, cache), invalidator, keys)


def _context_maker(settings: Settings, parts: _Parts) -> MakeContext:
    cursors = Cursors(settings.cursor_secret.encode()[:64])
    rollout = Rollout(settings.rollout_customers, settings.rollout_regions, settings.rollout_percentage)

    def make(viewer: Viewer | None) -> Context:
        deadline = asyncio.get_running_loop().time() + settings.request_timeout
        loaders = Loaders(parts.sources, patience=settings.batch_patience, deadline=deadline)
        return Context(viewer, loaders, cursors, rollout, settings.max_page_size)

    return make


def _service(
    settings: Settings, name: str, tls: ssl.SSLContext, transport: httpx.AsyncBaseTransport | None
) -> ServiceClient:
    url: str = getattr(settings, f"{name}_service_url")
    policy = CallPolicy(**{field: getattr(settings, f"downstream_{field}") for field in CallPolicy.__struct_fields__})
    return ServiceClient(
        name,
        transport or KeepAliveTransport(url, tls=tls),
        url=url,
        token=getattr(settings, f"{name}_service_token"),
        policy=policy,
    )


def connect_redis(settings: Settings, *, timeout: float) -> Redis | RedisCluster:
    """Return a client that fails at once: redis-py by itself retries a refused connection for seconds."""
    url = settings.redis_url or ""
    retry = Retry(NoBackoff(), 0)
    if settings.redis_cluster:
        return RedisCluster.from_url(
            url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=retry, max_connections=REDIS_CONNECTIONS
        )
    return Redis.from_url(
        url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=retry, max_connections=REDIS_CONNECTIONS
    )
