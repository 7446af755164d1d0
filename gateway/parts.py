"""What outlives requests: connections to services and Redis, the token keys, and what is counted over time."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from downstream.client import ServiceClient
from downstream.policy import CallPolicy
from downstream.transport import KeepAliveTransport
from gateway.admission.auth import ConfiguredKey, Keys, PublishedKeys
from gateway.admission.rate import Rates
from gateway.drain import Drain, Flag
from gateway.pressure import Pressure
from gateway.settings import Settings
from gateway.telemetry.requests import Telemetry
from loaders import Loaders
from loaders.cache import Cache
from loaders.changes import Changes
from loaders.hub import Hub
from loaders.invalidation import Invalidator
from loaders.sources import Sources

SERVICES = ("order", "payment", "recs")
REDIS_CONNECTIONS = 200
# Under pressure an answer may take this part of the time that its calls have: what comes later has holes.
TARGETS = 3


@dataclass(frozen=True)
class Parts:
    """What outlives requests.

    Attributes:
        http: Asks for keys.
        services: Client of each service, by its name.
        redis: For the cache, documents and rates; None: everything stays in this process.
        sources: What loaders share.
        invalidator: Takes out of the cache what has changed.
        changes: Sends commands.
        keys: Check tokens.
        persons: What each person may ask for over time.
        clients: What all who use one program may ask for.
        drain: Says whether the process is about to end.
        pressure: Says how many requests are worked on at a time.
        telemetry: Watches; None: nobody does.
        hub: Hands events to those who wait for them.
    """

    http: httpx.AsyncClient
    services: Mapping[str, ServiceClient]
    redis: Redis | RedisCluster | None
    sources: Sources
    invalidator: Invalidator
    changes: Changes
    keys: Keys
    persons: Rates
    clients: Rates
    drain: Drain
    pressure: Pressure
    telemetry: Telemetry | None
    hub: Hub

    @classmethod
    def connect(
        cls,
        settings: Settings,
        transports: Mapping[str, httpx.AsyncBaseTransport],
        redis: Redis | RedisCluster | None,
        telemetry: Telemetry | None,
        asked: Flag | None = None,
    ) -> "Parts":
        """Make them; nothing is connected before it is used."""
        tls = _authorities()
        http = httpx.AsyncClient(
            timeout=settings.request_timeout, verify=tls, trust_env=False, transport=transports.get("keys")
        )
        if redis is None and settings.redis_url is not None:
            redis = connect_redis(settings, timeout=settings.redis_timeout)
        keys: Keys
        if settings.jwt_jwks_url is not None:
            keys = PublishedKeys(http, settings.jwt_jwks_url, settings.jwt_algorithm)
        else:
            keys = ConfiguredKey(Path(settings.jwt_public_key_file or ""), settings.jwt_algorithm)
        services = {name: _service(settings, name, tls, transports.get(name), telemetry) for name in SERVICES}
        cache = Cache(redis, timeout=settings.redis_timeout, memory_bytes=settings.memory_bytes)
        seconds = settings.rate_burst_seconds
        persons = Rates("person", settings.rate_per_person, settings.rate_per_person * seconds)
        clients = Rates("client", settings.rate_per_client, settings.rate_per_client * seconds)
        sources = Sources(services, cache, telemetry, settings.ttl_scale)
        invalidator = Invalidator(cache, Loaders.declarations())
        changes = Changes(services, invalidator)
        drain = Drain(settings.drain_seconds, asked)
        pressure = Pressure(settings.max_concurrent, target=settings.request_timeout / TARGETS)
        rates = (persons, clients)
        return cls(
            http, services, redis, sources, invalidator, changes, keys, *rates, drain, pressure, telemetry, Hub()
        )


@cache
def _authorities() -> ssl.SSLContext:
    # Reading them takes longer than all else here, so a process does it once, however many gateways run in it.
    return httpx.create_ssl_context(trust_env=False)


def _service(
    settings: Settings,
    name: str,
    tls: ssl.SSLContext,
    transport: httpx.AsyncBaseTransport | None,
    telemetry: Telemetry | None,
) -> ServiceClient:
    url: str = getattr(settings, f"{name}_service_url")
    policy = CallPolicy(**{field: getattr(settings, f"downstream_{field}") for field in CallPolicy.__struct_fields__})
    return ServiceClient(
        name,
        transport or KeepAliveTransport(url, tls=tls),
        url=url,
        token=getattr(settings, f"{name}_service_token"),
        policy=policy,
        observer=telemetry,
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
