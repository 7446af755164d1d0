"""Follows the stream that services write their events to, and invalidates what they are about."""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec
from redis.asyncio import Redis, RedisCluster
from redis.exceptions import ResponseError

from loaders import events
from loaders.failures import FAILURES
from loaders.invalidation import InvalidationError, Invalidator

STREAM = "order-center:events"
GROUP = "order-center"
FIELD = b"event"

BLOCK_SECONDS = 2.0
PAUSE_SECONDS = 1.0
# What a process took and did not finish within this time, another one takes over.
ABANDONED_SECONDS = 10.0
BATCH = 500

Entry: TypeAlias = tuple[bytes, dict[bytes, bytes] | None]
Entries: TypeAlias = Sequence[Entry]

log = logging.getLogger(__name__)


class Follower:
    """Takes its share of the stream's events: each is taken by one process, and by another one if that one dies.

    Args:
        redis: Client whose time-out is longer than ``BLOCK_SECONDS``.
        invalidator: Does what the events ask for.
    """

    def __init__(self, redis: "Redis | RedisCluster", invalidator: Invalidator) -> None:
        self._redis = redis
        self._invalidator = invalidator
        self._name = secrets.token_hex(8)
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False
        # Taken and not finished.
        self._left: Entries = ()

    def start(self) -> None:
        """Follow in the background."""
        self._task = asyncio.get_running_loop().create_task(self._follow())

    async def close(self) -> None:
        """Stop. What was not finished, another process takes over."""
        if self._task is None:
            return
        # A cancellation alone may be lost where a client turns it into a time-out of its own.
        self._is_closed = True
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=0.1)
        await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        is_member = False
        while not self._is_closed:
            try:
                if not is_member:
                    await self._join()
                    # As abandoned, what was taken before a failure would have to wait for so much longer. To read it
                    # again makes it look as if it were young, so that a process that cannot handle it would keep it.
                    await self._handle(self._left or await self._read("0"))
                    is_member = True
                await self._handle(await self._abandoned())
                await self._handle(await self._read(">"))
            except (*FAILURES, InvalidationError) as error:
                is_member = False
                log.debug("cannot follow the events: %s", type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
            except Exception:
                # Whatever it is, events must go on being followed.
                is_member = False
                log.exception("cannot follow the events")
                await asyncio.sleep(PAUSE_SECONDS)

    async def _join(self) -> None:
        try:
            # From the stream's beginning: to invalidate once more does no harm, to miss one would.
            await self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def _abandoned(self) -> Entries:
        idle = round(ABANDONED_SECONDS * 1000)
        claimed: Any = await self._redis.xautoclaim(STREAM, GROUP, self._name, min_idle_time=idle, count=BATCH)
        entries: Entries = claimed[1]
        return entries

    async def _read(self, position: str) -> Entries:
        """Return what nobody has taken yet, ``>``, or what this process took and has not finished, ``0``."""
        block = round(BLOCK_SECONDS * 1000)
        answer: Any = await self._redis.xreadgroup(GROUP, self._name, {STREAM: position}, count=BATCH, block=block)
        # redis-py gives a list of pairs over RESP2, and over RESP3 a dictionary with a list of lists for each stream.
        if isinstance(answer, dict):
            return [entry for pages in answer.values() for page in pages for entry in page]
        return [entry for _, page in answer for entry in page]

    async def _handle(self, entries: Entries) -> None:
        if not entries:
            return
        self._left = entries
        try:
            await self._invalidate(entries)
        except (*FAILURES, InvalidationError):
            raise
        except Exception:  # noqa: BLE001  it is logged by the one that it comes from, which takes no other with it
            for entry in entries:
                await self._handle_alone(entry)
        await self._redis.xack(STREAM, GROUP, *(number for number, _ in entries))
        self._left = ()

    async def _handle_alone(self, entry: Entry) -> None:
        try:
            await self._invalidate([entry])
        except (*FAILURES, InvalidationError):
            raise
        except Exception:
            log.exception("an event that cannot be handled")

    async def _invalidate(self, entries: Entries) -> None:
        found: list[events.Event] = []
        for _, fields in entries:
            try:
                found += events.decode((fields or {}).get(FIELD, b"[]"))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                log.warning("an event that cannot be read: %s", error)
        await self._invalidator.invalidate(events.tags_of(found))
