"""The composition root: wires settings, clients, cache, schema and routes into one ASGI application."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from redis.asyncio import Redis, RedisCluster
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import graphiql, health
from gateway.admission.auth import Authenticator
from gateway.admission.crowd import Crowd
from gateway.admission.documents import KnownDocuments, Registered, Trusted, read_manifest
from gateway.admission.guard import Guard
from gateway.admission.limits import DocumentLimits, Greatest
from gateway.admission.rate import settle_for_ever
from gateway.admission.router import Routers
from gateway.compression import Compression
from gateway.cors import Cors
from gateway.development.people import DemoPeople
from gateway.drain import Flag
from gateway.events import EventsEndpoint
from gateway.following import Following
from gateway.garbage import collect_less_often
from gateway.http import GraphQLEndpoint
from gateway.operations import COST_HEADER, MakeContext, Operations
from gateway.parts import Parts, connect_redis
from gateway.protocol import PRESSURE
from gateway.reply import Replies
from gateway.settings import Settings
from gateway.streaming.event_streams import EventStreams
from gateway.streaming.sockets import SocketEndpoint
from gateway.streaming.streams import StreamLimits, Streams
from gateway.telemetry import log
from gateway.telemetry.wiring import exposed, telemetry_of
from gateway.workers import end_with_parent
from loaders import Loaders
from loaders.answers import Answers
from loaders.cache import Cache
from loaders.feed import Feed
from loaders.invalidation import InvalidationError, Invalidator
from resolvers.context import Context, Viewer
from resolvers.cursor import Cursors
from resolvers.rollout import Rollout
from schema import Schema, create_schema

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
    "last-event-id",
    "x-graphql-event-stream-token",
)
CORS_SECONDS = 7200


def create_app(
    settings: Settings,
    *,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    redis: Redis | RedisCluster | None = None,
    asked: Flag | None = None,
) -> Starlette:
    """Return the gateway.

    Args:
        settings: Checked settings.
        transports: Replaces the network to a service, by its name (and ``keys``, for the token keys), in tests.
        redis: Replaces the cache's connection. It is not closed.
        asked: Whether readiness has been asked for, of any worker; None: this process is alone.
    """
    parts = Parts.connect(settings, transports or {}, redis, telemetry_of(settings), asked)
    schema = create_schema(limits=_limits(settings), hide_suggestions=settings.production)
    crowd = Crowd(settings.max_concurrent_per_person)
    following = Following.of(settings, parts)
    feed = following.feed if following is not None else None
    routes: list[BaseRoute] = [
        Route("/health/live", health.live),
        Route("/health/ready", health.Readiness(parts.services, parts.redis, parts.keys, parts.drain).__call__),
    ]
    if settings.events_secret is not None:
        events = EventsEndpoint(parts.invalidator, parts.hub, feed, settings.events_secret)
        routes.append(Route("/events", events.__call__, methods=["POST"]))
    if settings.graphiql:
        routes += graphiql.routes()
    if settings.demo_issuer_url:
        people = DemoPeople(parts.http, settings.demo_issuer_url)
        # A web page must not get tokens by pointing its own host name at this machine.
        this_machine = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])
        routes.append(Route("/graphiql/people", people.__call__, middleware=[this_machine]))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[Mapping[str, object]]:
        async with AsyncExitStack() as stack:
            # First, so that what the others do in their end is seen too.
            await stack.enter_async_context(exposed(settings, parts, schema, crowd))
            await stack.enter_async_context(parts.http)
            stack.push_async_callback(parts.keys.close)
            for service in parts.services.values():
                stack.push_async_callback(service.aclose)
            if parts.redis is not None and redis is None:
                stack.push_async_callback(parts.redis.aclose)
            stack.push_async_callback(parts.sources.close)
            stack.push_async_callback(parts.changes.close)
            await parts.sources.start()
            if following is not None:
                await stack.enter_async_context(following)
            if parts.redis is not None:
                settling = asyncio.create_task(settle_for_ever(parts.redis, (parts.persons, parts.clients)))
                stack.callback(settling.cancel)
            parts.pressure.start()
            stack.callback(parts.pressure.stop)
            if threading.current_thread() is threading.main_thread():
                parts.drain.watch()
                end_with_parent()
            yield {PRESSURE: parts.pressure}

    graphql, sockets = _endpoints(settings, parts, schema, crowd, feed)
    return OrderCenter(_with_cors(graphql, settings), sockets, routes=routes, lifespan=lifespan)


def app_from_environment(asked: Flag | None = None) -> Starlette:
    """Return the gateway as the environment configures it, for a server's worker process; ``asked`` as above."""
    settings = Settings.from_environment(os.environ)
    log.configure(settings.log_level)
    app = create_app(settings, asked=asked)
    collect_less_often()
    return app


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


class OrderCenter(Starlette):
    """Everything that is served. GraphQL goes past the routing, which would cost a twentieth of its time."""

    def __init__(self, graphql: ASGIApp, sockets: ASGIApp, **options: Any) -> None:  # noqa: ANN401  Starlette's own
        super().__init__(**options)
        self._graphql = graphql
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        if scope["type"] == "http" and _is_graphql(scope["path"]):
            await self._graphql(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"] == GRAPHQL_PATH:
            await self._sockets(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _is_graphql(path: str) -> bool:
    return path == GRAPHQL_PATH or (path.startswith(DOCUMENT_PATH) and path != DOCUMENT_PATH)


def _endpoints(
    settings: Settings, parts: Parts, schema: Schema, crowd: Crowd, feed: Feed | None
) -> tuple[ASGIApp, ASGIApp]:
    """Return what answers HTTP, and what answers WebSocket."""
    guard = Guard(
        max_cost=settings.max_cost,
        warn_only="cost" in settings.warn_only,
        introspection=not settings.production,
        max_representations=settings.max_representations,
        persons=parts.persons,
        clients=parts.clients,
    )
    operations = Operations(
        schema,
        _documents(settings, parts.redis),
        guard,
        crowd,
        _context_maker(settings, parts),
        Answers(parts.sources.cache) if settings.keep_answers else None,
        parts.services,
    )
    authenticator = Authenticator(parts.keys, settings)
    replies = Replies(Compression(settings.compress_from), parts.drain, production=settings.production)
    routers = Routers(settings.router_header, settings.router_secret)
    endpoint = GraphQLEndpoint(
        GRAPHQL_PATH,
        authenticator,
        routers,
        operations,
        replies,
        graphiql.graphiql_page if settings.graphiql else None,
        max_body_bytes=settings.max_body_bytes,
        telemetry=parts.telemetry,
    )
    limits = StreamLimits(
        connections=settings.max_connections,
        per_person=settings.max_subscriptions_per_person,
        per_connection=settings.max_operations_per_connection,
        under_way=settings.max_concurrent,
    )
    streams = Streams(operations, parts.hub, feed, limits, parts.telemetry)
    parts.drain.before_closing(streams.go_away)
    sockets = SocketEndpoint(
        authenticator,
        routers,
        streams,
        settings.cors_origins,
        seconds=settings.receive_timeout,
        telemetry=parts.telemetry,
    )
    return EventStreams(endpoint, authenticator, routers, replies, streams, parts.telemetry), sockets


def _documents(settings: Settings, redis: Redis | RedisCluster | None) -> KnownDocuments:
    trusted = None
    if settings.documents != "off":
        trusted = Trusted(read_manifest(Path(settings.documents_file or "")), only=settings.documents == "only")
    if not settings.registered_seconds:
        return KnownDocuments(trusted, None)
    return KnownDocuments(trusted, Registered(redis, seconds=settings.registered_seconds))


def _limits(settings: Settings) -> DocumentLimits:
    greatest = Greatest(**{name: getattr(settings, f"max_{name}") for name in Greatest.__struct_fields__})
    return DocumentLimits(greatest, settings.warn_only)


def _with_cors(graphql: ASGIApp, settings: Settings) -> ASGIApp:
    if not settings.cors_origins:
        return graphql
    return Cors(
        graphql,
        origins=settings.cors_origins,
        methods=["GET", "POST", "PUT", "DELETE"],
        request_headers=CORS_HEADERS,
        response_headers=[COST_HEADER, "retry-after"],
        credentials=settings.cors_credentials,
        seconds=CORS_SECONDS,
    )


def _context_maker(settings: Settings, parts: Parts) -> MakeContext:
    cursors = Cursors(settings.cursor_secret.encode()[:64])
    rollout = Rollout(settings.rollout_customers, settings.rollout_regions, settings.rollout_percentage)

    def make(viewer: Viewer | None) -> Context:
        deadline = asyncio.get_running_loop().time() + settings.request_timeout
        loaders = Loaders(parts.sources, patience=settings.batch_patience, deadline=deadline)
        return Context(viewer, loaders, parts.changes, cursors, rollout, settings.max_page_size)

    return make
