"""What happened becomes known: events go from the outbox to a Redis Stream, each at least once, in their order."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec import Struct

from services.common.database import Database, Reader, Writer
from services.common.times import Clock, time

STREAM = "order-center:events"
# The stream is cut to about this many entries; who is further behind must begin anew.
KEPT = 100_000

# Another process may write events, too, and tells nobody.
_SECONDS_BETWEEN_LOOKS = 0.25
_SECONDS_AFTER_FAILURE = 1.0
_BATCH = 200

_NEXT = "SELECT sequence, id, kind, subject, customer_id, happened_at FROM outbox ORDER BY sequence LIMIT ?"

# What the subject of each kind of event is called among its data.
_SUBJECTS = {
    "order.updated": "orderId",
    "checkout.updated": "checkoutId",
    "payment.updated": "orderId",
    "wallet.updated": "customerId",
    "product.updated": "productId",
    "tag.updated": "tagId",
    "suggestion.updated": "suggestionId",
}

if TYPE_CHECKING:
    # It takes half of a service's start to load, and a service that publishes nothing does without.
    from redis.asyncio import Redis
    from redis.typing import EncodableT, FieldT

Fields: TypeAlias = "dict[FieldT, EncodableT]"

_log = logging.getLogger(__name__)


class CloudEvent(Struct, frozen=True):
    """What happened, as CloudEvents 1.0 writes it."""

    id: str
    source: str
    type: str
    time: datetime
    data: dict[str, str]
    specversion: str = "1.0"


class Publisher:
    """Publishes one service's events.

    An event leaves the outbox after the stream has it, so that none is lost: one that was published just before a
    crash is published again, with the same id.

    Args:
        service: Whose events.
        database: Holds the outbox.
        redis: Holds the stream.
        clock: Tells the time.
    """

    def __init__(self, service: str, database: Database, redis: "Redis", clock: Clock) -> None:
        self._service = service
        self._database = database
        self._redis = redis
        self._clock = clock

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Publish as long as the block runs, and what is left at its end."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self._redis.aclose()

    async def _run(self) -> None:
        while True:
            self._database.written.clear()
            try:
                while await self._publish():
                    pass
            except Exception as error:  # noqa: BLE001  whatever it is, events must go on
                _log.warning("events wait: %s", type(error).__name__)
                await asyncio.sleep(_SECONDS_AFTER_FAILURE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._database.written.wait(), _SECONDS_BETWEEN_LOOKS)

    async def _publish(self) -> bool:
        """Publish the oldest events; returns whether there may be more."""
        events = await self._database.read(self._oldest, self._clock())
        if not events:
            return False
        async with self._redis.pipeline(transaction=True) as pipe:
            for _, fields in events:
                pipe.xadd(STREAM, fields, maxlen=KEPT, approximate=True)
            await pipe.execute()
        last = events[-1][0]

        def forget(writer: Writer) -> None:
            writer.change("DELETE FROM outbox WHERE sequence <= ?", last)

        await self._database.write(forget, self._clock())
        return len(events) == _BATCH

    def _oldest(self, reader: Reader) -> list[tuple[int, Fields]]:
        return [
            (sequence, {"event": msgspec.json.encode(_event(self._service, *event)).decode()})
            for sequence, *event in reader.rows(_NEXT, (_BATCH,))
        ]


def _event(service: str, key: str, kind: str, subject: str, customer: str | None, happened_at: int) -> CloudEvent:
    data = {_SUBJECTS[kind]: subject}
    if customer is not None:
        data["customerId"] = customer
    return CloudEvent(key, f"/services/{service}", kind, time(happened_at), data)
