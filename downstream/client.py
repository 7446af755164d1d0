"""One client per service: a batch of keys in, verified documents out; commands beside."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, TypeVar

import httpx
import msgspec
from msgspec import UNSET

from downstream import trace
from downstream.breaker import Breaker
from downstream.budget import Budget
from downstream.call import Call, Send
from downstream.command import CommandClient
from downstream.counters import Counters
from downstream.endpoint import MAX_KEYS, Asked, Entity, Fetched, Row
from downstream.errors import DownstreamError, DownstreamMalformedError, KeyRefusedError
from downstream.exchange import Exchange
from downstream.hedge import Hedge
from downstream.limit import Limit
from downstream.observed import Observed
from downstream.observer import Observer
from downstream.policy import CallPolicy
from downstream.retry import Retry
from downstream.transport import KeepAliveTransport

K = TypeVar("K")
V = TypeVar("V")

# What the contract allows a call to take.
MAX_SECONDS = 60.0

log = logging.getLogger(__name__)


class ServiceClient:
    """Speaks the contract with one service.

    Args:
        service: Its name, for errors and logs.
        transport: Moves the bytes; in tests any of httpx's. It is closed with the client.
        url: The service's base URL.
        token: Bearer token that it takes.
        policy: How much it is asked, how often again, and when no more.
        observer: Watches each request; None: nobody does.
    """

    def __init__(
        self,
        service: str,
        transport: httpx.AsyncBaseTransport,
        *,
        url: str,
        token: str,
        policy: CallPolicy,
        observer: Observer | None = None,
    ) -> None:
        self.service = service
        self.counters = counters = Counters()
        self._transport = transport
        self._exchange = Exchange(
            service, transport, url=url, token=token, max_body_bytes=policy.max_body_bytes, counters=counters
        )
        self._limit = Limit(
            self._exchange if observer is None else Observed(self._exchange, service, observer),
            service=service,
            most=policy.connections,
            queue=policy.queue,
            queue_seconds=policy.queue_seconds,
            counters=counters,
        )
        self._breaker = Breaker(
            self._limit,
            service=service,
            failures=policy.breaker_failures,
            share=policy.breaker_share,
            seconds=policy.breaker_seconds,
            patience=policy.breaker_patience,
            counters=counters,
        )
        budget = Budget(share=policy.retry_share, floor=policy.retry_floor)

        def is_called() -> bool:
            return self._breaker.is_closed

        attempt: Send = self._breaker
        if policy.hedge_quantile < 1:
            attempt = Hedge(
                attempt,
                quantile=policy.hedge_quantile,
                share=policy.hedge_share,
                budget=budget,
                is_called=is_called,
                counters=counters,
            )
        # Past everything that sends a second time.
        self.commands = CommandClient(service, self._breaker)
        self.call: Send = Retry(
            attempt,
            retries=policy.retries,
            budget=budget,
            is_called=is_called,
            counters=counters,
        )

    @property
    def is_degraded(self) -> bool:
        """Whether it is being left alone after failures."""
        return not self._breaker.is_closed

    @property
    def in_flight(self) -> int:
        """How many requests it has at present."""
        return self._limit.in_flight

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return self._limit.waiting

    @property
    def limit(self) -> int:
        """How many requests it may have at present."""
        return self._limit.limit

    @property
    def connections(self) -> int:
        """How many connections to it are open; 0 where another transport than ours keeps them."""
        return self._transport.connections if isinstance(self._transport, KeepAliveTransport) else 0

    async def healthy(self) -> bool:
        """Tell whether the service answers its health check."""
        return await self._exchange.healthy()

    async def aclose(self) -> None:
        """Close its connections."""
        await self._breaker.aclose()
        await self._transport.aclose()

    async def fetch(self, endpoint: Entity[K, V], keys: Sequence[K], *, deadline: float) -> Fetched[K, V]:
        """Return what exists of these keys.

        Args:
            endpoint: What is asked for.
            keys: Any number of them.
            deadline: When to give up, in the event loop's time.

        Raises:
            DownstreamError: The call failed as a whole.
        """
        deadline = min(deadline, asyncio.get_running_loop().time() + MAX_SECONDS)
        if len(keys) <= MAX_KEYS:
            return await self._fetch(endpoint, keys, deadline)
        found: Fetched[K, V] = Fetched()
        chunks = [keys[start : start + MAX_KEYS] for start in range(0, len(keys), MAX_KEYS)]
        try:
            async with asyncio.TaskGroup() as group:
                parts = [group.create_task(self._fetch(endpoint, chunk, deadline)) for chunk in chunks]
        except ExceptionGroup as errors:
            # Not except*: what that raises is wrapped in another group before Python 3.11.4.
            failures, others = errors.split(DownstreamError)
            if others is not None or failures is None:
                raise
            raise failures.exceptions[0] from None
        for part in parts:
            found.update(part.result())
        return found

    async def _fetch(self, endpoint: Entity[K, V], keys: Sequence[K], deadline: float) -> Fetched[K, V]:
        self.counters.calls += 1
        asked = endpoint.ask(keys)
        rows = await self.call(Call(endpoint.path, asked.body, deadline))
        return self._match(endpoint, asked, rows)

    def _match(self, endpoint: Entity[K, V], asked: Asked[K], rows: Sequence[Row]) -> Fetched[K, V]:
        found: Fetched[K, V] = Fetched()
        values, raw, counters = found.values, found.raw, self.counters
        decode, admits = endpoint.decode, endpoint.admits
        waiting = dict(asked.keys)
        for row in rows:
            keys = waiting.pop(row.key, None)
            if keys is None:
                if row.key in asked.keys:
                    counters.duplicated += 1
                else:
                    counters.unasked += 1
                continue
            try:
                # What has no value is none that could be decoded; nor has what could not be served.
                value = decode(row.value if row.error is UNSET else UNSET)
            except (TypeError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                found.failures.update(dict.fromkeys(keys, self._failure(endpoint, row, error)))
                continue
            is_admitted = False
            for key in keys:
                if admits(key, value):
                    values[key], raw[key] = value, row.value
                    is_admitted = True
            # Staff and owner may both ask for one id; the row is only foreign when it serves neither.
            if not is_admitted:
                waiting[row.key] = keys
                counters.foreign += 1
        counters.missing += len(waiting)
        if waiting and endpoint.is_always_answered:
            failure = self._malformed(endpoint, f"{len(waiting)} keys without a row that answers them")
            found.failures.update({key: failure for keys in waiting.values() for key in keys})
        if dropped := len(rows) - len(asked.keys) + len(waiting):
            log.warning("dropped %d rows of the %s service at %s, trace %s: unasked, repeated or somebody else's",
                        dropped, self.service, endpoint.path, trace.current().id)  # fmt: skip
        return found

    def _failure(self, endpoint: Entity[Any, Any], row: Row, error: Exception) -> Exception:
        if row.error is not UNSET:
            return KeyRefusedError(self.service, row.error.code)
        # The message of a decode error names types and fields; the body stays out of the log.
        return self._malformed(endpoint, "a row has neither a value nor an error" if row.value is UNSET else error)

    def _malformed(self, endpoint: Entity[Any, Any], why: object) -> Exception:
        failure = DownstreamMalformedError(self.service)
        log.warning("%s at %s, trace %s: %s", failure, endpoint.path, trace.current().id, why)
        return failure
