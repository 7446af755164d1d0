"""Keeps one link to each Redis node: opens it, watches its pulse, gives it up when it lags, and tries again later."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence

import hiredis
from redis.exceptions import RedisError, ResponseError

from loaders import scripts
from loaders.failures import FAILURES
from loaders.link import Address, Argument, Link, connect
from loaders.topology import Topology

VALUES = "oc3:v:"
EPOCH = "oc3:epoch"

# Also the longest time for which a cut connection can go unnoticed, together with the time-out of a reply.
PULSE_SECONDS = 0.25
SKIP_SECONDS = 1.0

# In place of a reply that never came.
LOST = hiredis.ReplyError("LOST the connection")

log = logging.getLogger(__name__)


class Links:
    """Links to all nodes.

    Args:
        topology: Knows the nodes.
        timeout: Seconds that Redis may take for anything.
        pushed: Called with the names of values that were changed; None: all may have been.

    Attributes:
        epoch: The latest epoch seen; 0 before the first.
        since: An epoch that began after the last link was opened. A node may have lost what it knew of earlier ones.
    """

    def __init__(self, topology: Topology, timeout: float, pushed: Callable[[Sequence[bytes] | None], None]) -> None:
        self.topology = topology
        self.epoch = 0
        self.since = 0
        self._timeout = timeout
        self._pushed = pushed
        self._links: dict[Address, Link] = {}
        # Opened, and not used before an epoch has begun.
        self._new: dict[Address, Link] = {}
        self._clock = 0.0
        self._keeper: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._is_stale = True
        self._is_closed = False
        self._knows_policy = False

    @property
    def is_up(self) -> bool:
        """Whether there is anybody to ask."""
        return bool(self._links)

    def route(self, name: str) -> Link | None:
        """Return the link to the node that keeps a key; None while there is none."""
        address = self.topology.place(name)
        return None if address is None else self._links.get(address)

    def now(self) -> float:
        """Return the time in Unix seconds by Redis's clock, so that all replicas agree and ours may jump."""
        return asyncio.get_running_loop().time() + self._clock

    def loop_time(self, seconds: float) -> float:
        """Return the event loop's time of a time by Redis's clock."""
        return seconds - self._clock

    async def start(self) -> None:
        """Try to connect, and keep trying in the background."""
        await self._attend()
        self._keeper = asyncio.get_running_loop().create_task(self._keep())

    async def close(self) -> None:
        """Close all links."""
        self._is_closed = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        links = [*self._links.values(), *self._new.values()]
        self._links, self._new = {}, {}
        for link in links:
            link.abort()

    async def spread(self, commands: Sequence[tuple[str, Sequence[Argument]]]) -> Sequence[object]:
        """Send each command to the node of the key it is for; return the replies in order, ``LOST`` for none."""
        groups: dict[Link, list[int]] = {}
        for place, (name, _) in enumerate(commands):
            link = self.route(name)
            if link is not None:
                groups.setdefault(link, []).append(place)
        replies: list[object] = [LOST] * len(commands)

        async def ask(link: Link, places: Sequence[int]) -> None:
            for place, reply in zip(places, await link.call_all([commands[p][1] for p in places]), strict=True):
                replies[place] = reply
                self.notice(link, reply)

        await asyncio.gather(*(ask(link, places) for link, places in groups.items()), return_exceptions=True)
        return replies

    async def transact(self, name: str, commands: Sequence[Sequence[Argument]]) -> Sequence[object]:
        """Let the node of a key carry commands out in one step; return their replies, ``LOST`` for none."""
        lost = [LOST] * len(commands)
        link = self.route(name)
        if link is None:
            return lost
        try:
            replies = (await link.call_all([("MULTI",), *commands, ("EXEC",)]))[-1]
        except RedisError:
            return lost
        if not isinstance(replies, list):
            self.notice(link, replies)
            return lost
        for reply in replies:
            self.notice(link, reply)
        return replies

    def tell(self, name: str, command: Sequence[Argument]) -> None:
        """Send one command whose reply nobody waits for."""
        link = self.route(name)
        if link is not None:
            link.send([command], lambda replies: self.notice(link, replies[0]) if replies else None)

    async def tick(self) -> int:
        """Move the epoch on and return it; raises ``RedisError``."""
        return await self._tick(self.route(EPOCH))

    async def _tick(self, link: Link | None) -> int:
        if link is None:
            raise RedisError("Redis cannot be reached")
        reply = await link.call("EVALSHA", scripts.TICK.digest, 1, EPOCH)
        if not isinstance(reply, list):
            raise RedisError("Redis gave an answer that cannot be used")
        epoch, now = reply
        self.epoch = max(self.epoch, epoch)
        self._clock = now / 1_000_000 - asyncio.get_running_loop().time()
        return int(epoch)

    async def settle(self) -> bool:
        """Return once every node has sent off what it announced because of commands answered before; whether all did.

        Redis may answer a command before it has written the news of it to others. It has when it answers another one.
        """
        replies = await asyncio.gather(*(link.call("PING") for link in self._links.values()), return_exceptions=True)
        return not any(isinstance(reply, BaseException) for reply in replies)

    def notice(self, link: Link, reply: object) -> None:
        """Look at a reply for signs that a node is not what it was."""
        if not isinstance(reply, hiredis.ReplyError):
            return
        code = str(reply).partition(" ")[0]
        if code in ("MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN"):
            self._is_stale = True
            self._wake.set()
        elif code in ("READONLY", "NOSCRIPT", "NOAUTH", "MASTERDOWN"):
            # It has lost its scripts or its office; a new connection finds out what is there now.
            link.abort()

    async def _keep(self) -> None:
        while not self._is_closed:
            pause = PULSE_SECONDS if self._links else SKIP_SECONDS * random.uniform(0.5, 1.0)  # noqa: S311  jitter
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            await self._attend()

    async def _attend(self) -> None:
        try:
            if self._is_stale:
                await self._connect()
            if self._links:
                await self._pulse()
        except FAILURES as error:
            log.debug("no connection to Redis: %s", type(error).__name__)
        except Exception:
            # Whatever it is, the process must come back to Redis, and start without it.
            log.exception("no connection to Redis")

    async def _connect(self) -> None:
        # Before the first await, so that what is lost meanwhile is not overlooked.
        self._is_stale = False
        try:
            addresses = await self.topology.discover()
        except BaseException:
            self._is_stale = True
            raise
        for address, link in list(self._links.items()):
            if address not in addresses:
                link.abort()
        opened = await asyncio.gather(
            *(self._open(address) for address in addresses if address not in self._links), return_exceptions=True
        )
        failures = [one for one in opened if isinstance(one, BaseException)]
        if failures:
            self._is_stale = True
            log.debug("%d nodes of Redis cannot be reached", len(failures))
        if self._new:
            await self._begin()

    async def _begin(self) -> None:
        """Use the new links, from an epoch on that begins now, and with Redis's time."""
        address = self.topology.place(EPOCH)
        link = None if address is None else self._new.get(address, self._links.get(address))
        try:
            self.since = await self._tick(link)
        except RedisError as error:
            log.debug("nobody can tell the epoch: %s", type(error).__name__)
            for new in list(self._new.values()):
                new.abort()
        self._links.update(self._new)
        self._new = {}

    async def _open(self, address: Address) -> None:
        link = await connect(address, self._timeout, self._pushed, self._lose)
        try:
            for script in scripts.ALL:
                await link.call("SCRIPT", "LOAD", script.code)
            await link.call("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", VALUES)
            await self._look_at_policy(link)
        except BaseException:
            link.abort()
            raise
        self._new[address] = link

    async def _look_at_policy(self, link: Link) -> None:
        """Warn, once, of a Redis that may evict what invalidations go by."""
        if self._knows_policy:
            return
        try:
            told = await link.call("CONFIG", "GET", "maxmemory-policy")
        except ResponseError:
            # Not everybody may ask.
            told = None
        policy = told.get(b"maxmemory-policy") if isinstance(told, dict) else None
        if isinstance(policy, bytes) and policy != b"noeviction" and not self._knows_policy:
            log.warning("Redis evicts (maxmemory-policy %s), so invalidations can miss values: it should be noeviction",
                        policy.decode(errors="replace"))  # fmt: skip
        self._knows_policy = True

    async def _pulse(self) -> None:
        epochs = self.route(EPOCH)
        others = [link for link in self._links.values() if link is not epochs]
        await asyncio.gather(*(link.call("PING") for link in others), return_exceptions=True)
        await self.tick()

    def _lose(self, link: Link) -> None:
        for address in [address for address, one in self._new.items() if one is link]:
            del self._new[address]
            self._is_stale = True
        lost = [address for address, one in self._links.items() if one is link]
        for address in lost:
            del self._links[address]
        if lost:
            log.warning("the connection to Redis is lost")
            self._is_stale = True
            self._pushed(None)
            if not link.was_late:
                self._wake.set()
