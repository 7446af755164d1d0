"""All settings: read once from the environment, checked as a whole, frozen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from downstream.policy import CallPolicy

PREFIX = "ORDER_CENTER_"

Url = Annotated[str, Meta(pattern=r"^https?://", max_length=2000)]
Secret = Annotated[str, Meta(min_length=32)]
# It goes into a header.
Token = Annotated[str, Meta(pattern="^[!-~]+$")]
Seconds = Annotated[float, Meta(gt=0, le=60)]
Share = Annotated[float, Meta(ge=0, le=1)]
_CALLS = CallPolicy()


class SettingsError(Exception):
    """Settings that cannot be used; the message names each and says why, without showing its value."""


class Settings(Struct, frozen=True, kw_only=True):
    """Settings of one gateway process. Each is the variable ``ORDER_CENTER_<NAME>``; lists are comma-separated.

    Attributes:
        order_service_url: Base URL of the order service.
        order_service_token: Bearer token that it takes.
        payment_service_url: Base URL of the payment service.
        payment_service_token: Bearer token that it takes.
        recs_service_url: Base URL of the recs service.
        recs_service_token: Bearer token that it takes.
        request_timeout: Seconds that all that a request asks of the services may take.
        downstream_max_body_bytes: Greatest answer of a service.
        downstream_connections: Requests to one service at a time, at most.
        downstream_queue: Calls to one service that may wait for their turn.
        downstream_queue_seconds: How long each of them may.
        downstream_retries: Times that a failed request is repeated, at most.
        downstream_retry_share: Retries and hedges per call, over time.
        downstream_retry_floor: Of these per second in any case.
        downstream_hedge_quantile: A request that takes longer than this share of its like is sent again; 1: none is.
        downstream_hedge_share: Of these per call, over time.
        downstream_breaker_failures: Failures in a row that stop further calls to a service.
        downstream_breaker_share: Share of failures among the last hundred that does so too.
        downstream_breaker_seconds: How long calls are stopped before one tries again.
        batch_patience: Seconds that a batch waits at most for others of its request that may bring it more keys.
        redis_url: Cache; without it nothing is cached.
        redis_cluster: Whether ``redis_url`` names a node of a Redis Cluster.
        redis_timeout: Seconds that the cache may take before it is skipped.
        memory_bytes: Greatest size of what the process itself keeps of what it fetched; 0: nothing.
        events_secret: Signs what is sent to ``/events``; without it there is no such endpoint.
        jwt_jwks_url: Where the keys that sign people's tokens are published. This or ``jwt_public_key_file``.
        jwt_public_key_file: PEM file with the one public key that signs them.
        jwt_algorithm: The algorithm of those keys.
        jwt_issuer: Required ``iss``.
        jwt_audience: Required ``aud``.
        cursor_secret: Signs cursors; the same in all replicas, at least 32 characters.
        max_page_size: Greatest ``first`` or ``last``.
        max_body_bytes: Greatest request body.
        rollout_customers: Ids of people who see the Order Center in any case.
        rollout_regions: Regions where everybody sees it.
        rollout_percentage: Share of all others who see it, 0 to 100.
        graphiql: Serve GraphiQL to browsers.
        demo_issuer_url: Development issuer whose people GraphiQL offers.
    """

    order_service_url: Url
    order_service_token: Token
    payment_service_url: Url
    payment_service_token: Token
    recs_service_url: Url
    recs_service_token: Token
    request_timeout: Seconds = 2.0
    downstream_max_body_bytes: Annotated[int, Meta(ge=1000)] = _CALLS.max_body_bytes
    downstream_connections: Annotated[int, Meta(ge=1, le=10_000)] = _CALLS.connections
    downstream_queue: Annotated[int, Meta(ge=0, le=10_000)] = _CALLS.queue
    downstream_queue_seconds: Annotated[float, Meta(ge=0, le=60)] = _CALLS.queue_seconds
    downstream_retries: Annotated[int, Meta(ge=0, le=10)] = _CALLS.retries
    downstream_retry_share: Share = _CALLS.retry_share
    downstream_retry_floor: Annotated[float, Meta(ge=0, le=1000)] = _CALLS.retry_floor
    downstream_hedge_quantile: Annotated[float, Meta(ge=0.5, le=1)] = _CALLS.hedge_quantile
    downstream_hedge_share: Share = _CALLS.hedge_share
    downstream_breaker_failures: Annotated[int, Meta(ge=1)] = _CALLS.breaker_failures
    downstream_breaker_share: Annotated[float, Meta(gt=0, le=1)] = _CALLS.breaker_share
    downstream_breaker_seconds: Seconds = _CALLS.breaker_seconds
    batch_patience: Annotated[float, Meta(ge=0, le=10)] = 0.1
    redis_url: Annotated[str, Meta(pattern="^(redis|rediss|unix)://")] | None = None
    redis_cluster: bool = False
    redis_timeout: Seconds = 0.05
    memory_bytes: Annotated[int, Meta(ge=0)] = 64 * 1024 * 1024
    events_secret: Secret | None = None
    jwt_jwks_url: Url | None = None
    jwt_public_key_file: str | None = None
    jwt_algorithm: Annotated[str, Meta(pattern="^(ES256|ES384|ES512|RS256|RS384|RS512|PS256|EdDSA)$")] = "ES256"
    jwt_issuer: Annotated[str, Meta(min_length=1)]
    jwt_audience: Annotated[str, Meta(min_length=1)]
    cursor_secret: Secret
    max_page_size: Annotated[int, Meta(ge=1, le=1000)] = 100
    max_body_bytes: Annotated[int, Meta(ge=1000)] = 1_000_000
    rollout_customers: frozenset[str] = frozenset()
    rollout_regions: frozenset[str] = frozenset()
    rollout_percentage: Annotated[float, Meta(ge=0, le=100)] = 100.0
    graphiql: bool = False
    demo_issuer_url: Url | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and check all settings; raises ``SettingsError`` naming every one that cannot be used."""
        problems: list[str] = []
        values: dict[str, Any] = {}
        given = {name: text for name, text in environment.items() if name.startswith(PREFIX)}
        for field in msgspec.structs.fields(cls):
            variable = PREFIX + field.name.upper()
            text = given.pop(variable, "")
            if not text:
                if field.required:
                    problems.append(f"{variable} is missing")
                continue
            try:
                values[field.name] = _convert(text, field.type)
            except msgspec.ValidationError as error:
                problems.append(f"{variable}: {error}")
        problems += [f"{variable} is not a setting" for variable in sorted(given)]
        if not problems:
            settings = cls(**values)
            problems = settings._conflicts()
        if problems:
            raise SettingsError("\n".join(problems))
        return settings

    def _conflicts(self) -> list[str]:
        problems = []
        if (self.jwt_jwks_url is None) == (self.jwt_public_key_file is None):
            problems.append(f"{PREFIX}JWT_JWKS_URL or {PREFIX}JWT_PUBLIC_KEY_FILE must be set, and not both")
        if self.jwt_public_key_file is not None and not Path(self.jwt_public_key_file).is_file():
            problems.append(f"{PREFIX}JWT_PUBLIC_KEY_FILE: there is no such file")
        problems += [
            f"{PREFIX}{name.upper()}: the URL has no host"
            for name in ("order_service_url", "payment_service_url", "recs_service_url")
            if not urlsplit(getattr(self, name)).hostname
        ]
        return problems


def _convert(text: str, kind: Any) -> object:  # noqa: ANN401  msgspec takes any type
    value = [part.strip() for part in text.split(",") if part.strip()] if kind == frozenset[str] else text
    return msgspec.convert(value, kind, strict=False)
