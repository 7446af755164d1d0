"""The composition root: wires settings, clients, cache, schema and routes into one ASGI application."""

import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Route

from downstream.client import ServiceClient
from downstream.command import CommandClient
from gateway import graphiql, health
from gateway.auth import Authenticator, ConfiguredKey, Keys, PublishedKeys
from gateway.demo import DemoPeople
from gateway.http import GraphQLEndpoint, MakeContext
from gateway.settings import Settings
from loaders import Loaders
from loaders.cache import Cache
from loaders.changes import Changes
from resolvers.context import Context, Viewer
from resolvers.cursor import Cursors
from resolvers.rollout import Rollout
from schema import create_schema

SERVICES = ("order", "payment", "recs")
# Shorter than the contract's 30 s, so that a service never closes a connection that is about to be used.
KEEPALIVE_SECONDS = 20.0
REDIS_CONNECTIONS = 200


def create_app(
    settings: Settings,
    *,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    redis: Redis | None = None,
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
        max_body_bytes=settings.max_body_bytes,
    )
    routes: list[BaseRoute] = [
        Route("/graphql", endpoint.__call__, methods=["GET", "POST"]),
        Route("/health/live", health.live),
        Route("/health/ready", health.Readiness(parts.services, parts.redis, parts.keys).__call__),
    ]
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
            for client in (*parts.clients, parts.http):
                await stack.enter_async_context(client)
            if parts.redis is not None and redis is None:
                stack.push_async_callback(parts.redis.aclose)
            stack.push_async_callback(parts.cache.close)
            stack.push_async_callback(parts.changes.close)
            yield

    return Starlette(routes=routes, lifespan=lifespan)


def app_from_environment() -> Starlette:
    """Return the gateway as the environment configures it, for a server's worker process."""
    return create_app(Settings.from_environment(os.environ))


@dataclass(frozen=True)
class _Parts:
    """What outlives requests."""

    http: httpx.AsyncClient
    clients: tuple[httpx.AsyncClient, ...]
    services: Mapping[str, ServiceClient]
    redis: Redis | None
    cache: Cache
    changes: Changes
    keys: Keys

    @classmethod
    def connect(
        cls, settings: Settings, transports: Mapping[str, httpx.AsyncBaseTransport], redis: Redis | None
    ) -> "_Parts":
        # Reading the certificate authorities takes longer than all else here, so it is done once.
        tls = httpx.create_ssl_context(trust_env=False)
        http = httpx.AsyncClient(
            timeout=settings.downstream_timeout, verify=tls, trust_env=False, transport=transports.get("keys")
        )
        clients = {
            name: _http_client(settings, name, tls, transports.get(name), kept=settings.downstream_connections)
            for name in SERVICES
        }
        # A kept connection may be closed while a command goes out on it, and nobody would know whether it arrived.
        fresh = {name: _http_client(settings, name, tls, transports.get(name), kept=0) for name in SERVICES}
        if redis is None and settings.redis_url is not None:
            redis = _redis(settings.redis_url, settings.redis_timeout)
        keys: Keys
        if settings.jwt_jwks_url is not None:
            keys = PublishedKeys(http, settings.jwt_jwks_url)
        else:
            keys = ConfiguredKey(Path(settings.jwt_public_key_file or ""), settings.jwt_algorithm)
        services = {
            name: ServiceClient(name, client, timeout=settings.downstream_timeout) for name, client in clients.items()
        }
        commands = {
            name: CommandClient(name, client, timeout=settings.downstream_timeout) for name, client in fresh.items()
        }
        cache = Cache(redis)
        return cls(http, (*clients.values(), *fresh.values()), services, redis, cache, Changes(commands, cache), keys)


def _context_maker(settings: Settings, parts: _Parts) -> MakeContext:
    cursors = Cursors(settings.cursor_secret.encode()[:64])
    rollout = Rollout(settings.rollout_customers, settings.rollout_regions, settings.rollout_percentage)

    def make(viewer: Viewer | None) -> Context:
        loaders = Loaders(parts.services, parts.cache, patience=settings.batch_patience)
        return Context(viewer, loaders, parts.changes, cursors, rollout, settings.max_page_size)

    return make


def _http_client(
    settings: Settings, name: str, tls: ssl.SSLContext, transport: httpx.AsyncBaseTransport | None, *, kept: int
) -> httpx.AsyncClient:
    limits = httpx.Limits(
        max_connections=settings.downstream_connections,
        max_keepalive_connections=kept,
        keepalive_expiry=KEEPALIVE_SECONDS,
    )
    return httpx.AsyncClient(
        base_url=getattr(settings, f"{name}_service_url"),
        headers={"Authorization": f"Bearer {getattr(settings, f'{name}_service_token')}"},
        timeout=settings.downstream_timeout,
        limits=limits,
        # A proxy in the environment is for the world outside; the services are ours.
        trust_env=False,
        verify=tls,
        transport=transport,
    )


def _redis(url: str, timeout: float) -> Redis:
    """Return a client that fails at once: redis-py by itself retries a refused connection for seconds."""
    return Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        max_connections=REDIS_CONNECTIONS,
    )
