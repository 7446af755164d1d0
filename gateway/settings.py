"""All settings: read once from the environment, checked as a whole, frozen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from downstream.policy import CallPolicy

PREFIX = "ORDER_CENTER_"

Url = Annotated[str, Meta(pattern=r"^https?://", max_length=2000)]
Origin = Annotated[str, Meta(pattern=r"\A(\*|https?://[^/*]+)\Z", max_length=300)]
Secret = Annotated[str, Meta(min_length=32)]
Count = Annotated[int, Meta(ge=1)]
Limit = Annotated[
    str, Meta(pattern=r"\A(characters|tokens|depth|aliases|root_fields|fields|directives|comparisons|cost)\Z")
]
# It goes into a header.
Token = Annotated[str, Meta(pattern=r"\A[!-~]+\Z")]
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
        downstream_breaker_seconds: How long calls are stopped before a few try again.
        downstream_breaker_patience: Seconds that a read which is one of these few waits.
        batch_patience: Seconds that a batch waits at most for others of its request that may bring it more keys.
        redis_url: Cache; without it nothing is cached.
        redis_cluster: Whether ``redis_url`` names a node of a Redis Cluster.
        redis_timeout: Seconds that the cache may take before it is skipped.
        ttl_scale: By which the times to live of all that is kept are multiplied. They bound how long a change can go
            unseen that nobody has told; where services tell of every change, more is gained by longer ones.
        keep_answers: Whether whole answers are kept while all that they were made of is.
        memory_bytes: Greatest size of what the process itself keeps of what it fetched; 0: nothing.
        events_secret: Signs what is sent to ``/events``; without it there is no such endpoint.
        jwt_jwks_url: Where the keys that sign people's tokens are published. This or ``jwt_public_key_file``.
        jwt_public_key_file: PEM file with the one public key that signs them.
        jwt_algorithm: The algorithm of those keys.
        jwt_issuer: Required ``iss``.
        jwt_audience: Required ``aud``.
        router_secret: What routers of the federated graph show; without it there are none.
        router_header: The header where they show it.
        max_representations: Greatest number of entities that a router asks for at a time.
        cursor_secret: Signs cursors; the same in all replicas, at least 32 characters.
        max_page_size: Greatest ``first`` or ``last``.
        max_body_bytes: Greatest request body.
        max_characters: Greatest length of a document.
        max_tokens: Greatest number of a document's tokens.
        max_depth: Greatest depth of fields inside fields.
        max_aliases: Greatest number of an operation's aliases, those in fragments counted wherever they are spread.
        max_root_fields: Greatest number of fields at an operation's top.
        max_fields: Greatest number of an operation's fields.
        max_directives: Greatest number of an operation's directives.
        max_comparisons: Greatest number of pairs of fields in a document that have the same name in the answer, and of
            pairs of fragments that it spreads.
        max_cost: Greatest cost of an operation, by the schema's ``@cost`` and ``@listSize``.
        warn_only: Limits that are only written to the log when they are exceeded: their names without ``max_``.
        documents: What ``documents_file`` is for: ``off``, ``log`` others, or ``only`` these.
        documents_file: Manifest of trusted documents, in Relay's or Apollo's format.
        registered_seconds: How long a document that a client registers by its hash is kept; 0: none can be.
        max_concurrent: Greatest number of requests under way; others are told to come back.
        max_concurrent_per_person: Greatest number of one person's; strangers count as one.
        max_connections: Greatest number of WebSocket connections and event streams of a process.
        max_subscriptions_per_person: Greatest number of one person's, and of their connections, in a process;
            strangers count as one.
        max_operations_per_connection: Greatest number of operations under way on one of these connections.
        rate_per_person: Cost units per second that a person may ask for over time; 0: no limit.
        rate_per_client: Cost units per second of all who use one program (by its client name header); strangers
            count as one program. 0: no limit.
        rate_burst_seconds: For how many seconds' worth one may ask at once.
        drain_seconds: Between the first failing readiness and the closing, where somebody asks for readiness.
        compress_from: Answers of this many bytes are compressed for clients that take it; 0: none are.
        receive_timeout: Seconds that a client may take to send one request, and to take one answer.
        cors_origins: Origins whose pages may ask, or ``*`` for all.
        cors_credentials: Whether such pages may send cookies; not with ``*``.
        log_level: What is less important is not written to the log; from ``info`` on each request is.
        metrics_port: Where Prometheus reads this process's metrics; further workers take the next ports. 0: nowhere.
        metrics_host: The address that it listens on.
        traces_url: Where spans are sent: the ``/v1/traces`` of an OTLP receiver; without it there are no traces.
        traces_share: Share of requests that are recorded.
        traces_follow_callers: Whether a caller that sends ``traceparent`` decides that, and not the share.
        production: Serve strangers: no introspection without the scope ``schema:read``, no suggestions in messages,
            no GraphiQL, headers that bind browsers to TLS.
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
    downstream_breaker_patience: Seconds = _CALLS.breaker_patience
    batch_patience: Annotated[float, Meta(ge=0, le=10)] = 0.1
    redis_url: Annotated[str, Meta(pattern="^(redis|rediss|unix)://")] | None = None
    redis_cluster: bool = False
    redis_timeout: Seconds = 0.05
    ttl_scale: Annotated[float, Meta(gt=0, le=100_000)] = 1.0
    keep_answers: bool = True
    memory_bytes: Annotated[int, Meta(ge=0)] = 64 * 1024 * 1024
    events_secret: Secret | None = None
    jwt_jwks_url: Url | None = None
    jwt_public_key_file: str | None = None
    jwt_algorithm: Annotated[str, Meta(pattern=r"\A(ES256|ES384|ES512|RS256|RS384|RS512|PS256|EdDSA)\Z")] = "ES256"
    jwt_issuer: Annotated[str, Meta(min_length=1)]
    jwt_audience: Annotated[str, Meta(min_length=1)]
    router_secret: Annotated[str, Meta(min_length=32, pattern=r"\A[!-~]+\Z")] | None = None
    router_header: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9-]{1,100}\Z")] = "Router-Authorization"
    max_representations: Count = 1000
    cursor_secret: Secret
    max_page_size: Annotated[int, Meta(ge=1, le=1000)] = 100
    max_body_bytes: Annotated[int, Meta(ge=1000)] = 1_000_000
    max_characters: Count = 50_000
    max_tokens: Count = 2000
    max_depth: Count = 16
    max_aliases: Count = 30
    max_root_fields: Count = 20
    max_fields: Count = 1000
    max_directives: Count = 50
    max_comparisons: Count = 10_000
    max_cost: Count = 25_000
    warn_only: frozenset[Limit] = frozenset()
    documents: Annotated[str, Meta(pattern=r"\A(off|log|only)\Z")] = "off"
    documents_file: str | None = None
    registered_seconds: Annotated[int, Meta(ge=0)] = 604_800
    max_concurrent: Count = 500
    max_concurrent_per_person: Count = 50
    max_connections: Count = 10_000
    max_subscriptions_per_person: Count = 50
    max_operations_per_connection: Count = 25
    rate_per_person: Annotated[float, Meta(ge=0)] = 2000.0
    rate_per_client: Annotated[float, Meta(ge=0)] = 0.0
    rate_burst_seconds: Annotated[float, Meta(ge=1, le=3600)] = 30.0
    drain_seconds: Annotated[float, Meta(ge=0, le=300)] = 5.0
    compress_from: Annotated[int, Meta(ge=0)] = 1400
    receive_timeout: Seconds = 10.0
    cors_origins: frozenset[Origin] = frozenset()
    cors_credentials: bool = False
    log_level: Annotated[str, Meta(pattern=r"\A(debug|info|warning|error)\Z")] = "warning"
    metrics_port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    metrics_host: str = "0.0.0.0"  # noqa: S104  as `serve` listens, and only where a port is set
    traces_url: Url | None = None
    traces_share: Share = 0.01
    traces_follow_callers: bool = False
    production: bool = True
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
        if (self.documents != "off") != (self.documents_file is not None):
            problems.append(f"{PREFIX}DOCUMENTS and {PREFIX}DOCUMENTS_FILE: one needs the other")
        if self.documents_file is not None and not Path(self.documents_file).is_file():
            problems.append(f"{PREFIX}DOCUMENTS_FILE: there is no such file")
        if self.cors_credentials and "*" in self.cors_origins:
            problems.append(
                f"{PREFIX}CORS_CREDENTIALS: cookies from every origin would let any page act as its visitor"
            )
        if self.graphiql and self.production:
            problems.append(f"{PREFIX}GRAPHIQL: it is for development, where {PREFIX}PRODUCTION is false")
        problems += [
            f"{PREFIX}{name.upper()}: the URL has no host"
            for name in ("order_service_url", "payment_service_url", "recs_service_url")
            if not urlsplit(getattr(self, name)).hostname
        ]
        return problems


def _convert(text: str, kind: Any) -> object:  # noqa: ANN401  msgspec takes any type
    is_list = get_origin(kind) is frozenset
    value = [part.strip() for part in text.split(",") if part.strip()] if is_list else text
    return msgspec.convert(value, kind, strict=False)
