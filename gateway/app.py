"""The composition root: wires settings, clients, cache, schema and routes into one ASGI application."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from graphql import GraphQLError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from downstream.client import ServiceClient
from gateway import graphiql, health, log
from gateway.auth import Authenticator, ConfiguredKey, Keys, PublishedKeys
from gateway.compression import Compression
from gateway.demo import DemoPeople
from gateway.documents import KnownDocuments, Registered, Trusted, read_manifest
from gateway.guard import Guard
from gateway.http import COST_HEADER, GraphQLEndpoint, MakeContext
from gateway.limits import DocumentLimits, Greatest
from gateway.reply import Replies
from gateway.settings import Settings
from loaders import Loaders
from loaders.cache import Cache
from loaders.sources import Sources
from resolvers.context import Context, Viewer
from resolvers.cursor import Cursors
from resolvers.rollout import Rollout
from schema import Schema, create_schema

SERVICES = ("order", "payment", "recs")
# Shorter than the contract's 30 s, so that a service never closes a connection that is about to be used.
KEEPALIVE_SECONDS = 20.0
REDIS_CONNECTIONS = 200
GRAPHQL_PATH = "/graphql"
DOCUMENT_PATH = f"{GRAPHQL_PATH}/"
# What browsers may send from the origins that are allowed, and how long they need not ask again.
CORS_HEADERS = (
    "authorization",
    "content-type",
    "graphql-preflight",
    "apollo-require-preflight",
    "x-apollo-operation-name",
    COST_HEADER,
    "graphql-client-name",
    "graphql-client-version",
    "apollographql-client-name",
    "apollographql-client-version",
)
CORS_SECONDS = 7200


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
    routes: list[BaseRoute] = [
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
            stack.push_async_callback(parts.sources.close)
            await parts.sources.start()
            yield

    return OrderCenter(_with_cors(_endpoint(settings, parts), settings), routes=routes, lifespan=lifespan)


def app_from_environment() -> Starlette:
    """Return the gateway as the environment configures it, for a server's worker process."""
    settings = Settings.from_environment(os.environ)
    log.configure(settings.log_level)
    return create_app(settings)


class OrderCenter(Starlette):
    """Everything that is served. GraphQL goes past the routing, which would cost a twentieth of its time."""

    def __init__(self, graphql: ASGIApp, **options: Any) -> None:  # noqa: ANN401  Starlette's own
        super().__init__(**options)
        self._graphql = graphql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        if scope["type"] == "http" and (scope["path"] == GRAPHQL_PATH or scope["path"].startswith(DOCUMENT_PATH)):
            await self._graphql(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


@dataclass(frozen=True)
class _Parts:
    """What outlives requests."""

    http: httpx.AsyncClient
    clients: tuple[httpx.AsyncClient, ...]
    services: Mapping[str, ServiceClient]
    redis: Redis | None
    sources: Sources
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
        clients = {name: _http_client(settings, name, tls, transports.get(name)) for name in SERVICES}
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
        cache = Cache(redis, timeout=settings.redis_timeout, memory_bytes=settings.memory_bytes)
        return cls(http, tuple(clients.values()), services, redis, Sources(services, cache), keys)


def _endpoint(settings: Settings, parts: _Parts) -> GraphQLEndpoint:
    schema = create_schema(limits=_limits(settings), hide_suggestions=settings.production)
    return GraphQLEndpoint(
        GRAPHQL_PATH,
        schema,
        Authenticator(parts.keys, settings),
        _context_maker(settings, parts),
        _documents(settings, schema, parts.redis),
        Guard(
            max_cost=settings.max_cost,
            warn_only="cost" in settings.warn_only,
            introspection=not settings.production,
        ),
        Replies(Compression(settings.compress_from), production=settings.production),
        graphiql.graphiql_page if settings.graphiql else None,
        max_body_bytes=settings.max_body_bytes,
    )


def _documents(settings: Settings, schema: Schema, redis: Redis | None) -> KnownDocuments:
    trusted = None
    if settings.documents != "off":
        trusted = Trusted(read_manifest(Path(settings.documents_file or "")), only=settings.documents == "only")
    if not settings.registered_seconds:
        return KnownDocuments(trusted, None)

    def is_valid(text: str) -> bool:
        try:
            return not schema.documents.validate(schema.documents.get(text))
        except GraphQLError:
            return False

    return KnownDocuments(trusted, Registered(redis, seconds=settings.registered_seconds, is_valid=is_valid))


def _limits(settings: Settings) -> DocumentLimits:
    greatest = Greatest(**{name: getattr(settings, f"max_{name}") for name in Greatest.__struct_fields__})
    return DocumentLimits(greatest, settings.warn_only)


def _with_cors(graphql: ASGIApp, settings: Settings) -> ASGIApp:
    if not settings.cors_origins:
        return graphql
    return CORSMiddleware(
        graphql,
        allow_origins=sorted(settings.cors_origins),
        allow_methods=["GET", "POST"],
        allow_headers=CORS_HEADERS,
        allow_credentials=settings.cors_credentials,
        expose_headers=[COST_HEADER, "retry-after"],
        max_age=CORS_SECONDS,
    )


def _context_maker(settings: Settings, parts: _Parts) -> MakeContext:
    cursors = Cursors(settings.cursor_secret.encode()[:64])
    rollout = Rollout(settings.rollout_customers, settings.rollout_regions, settings.rollout_percentage)

    def make(viewer: Viewer | None) -> Context:
        deadline = asyncio.get_running_loop().time() + settings.downstream_timeout
        loaders = Loaders(parts.sources, patience=settings.batch_patience, deadline=deadline)
        return Context(viewer, loaders, cursors, rollout, settings.max_page_size)

    return make


def _http_client(
    settings: Settings, name: str, tls: ssl.SSLContext, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    limits = httpx.Limits(
        max_connections=settings.downstream_connections,
        max_keepalive_connections=settings.downstream_connections,
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
