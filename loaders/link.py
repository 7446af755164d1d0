"""One connection to Redis: commands pipelined, replies in order, and between them what Redis pushes (RESP3).

Because reads, writes and invalidations share the connection, their order is Redis's own: a value that was read before
it was invalidated is also received before.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import hiredis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

# A reply is late after this share of the time it has; it is lost after the whole. In between a loop that was busy
# has a chance to read what has long arrived.
LATE_SHARE = 0.8

Argument = bytes | str | int
Take = Callable[[Sequence[object] | None], None]


@dataclass(frozen=True)
class Address:
    """Where a Redis node is and how to log in. ``path`` is a socket's; it goes before host and port."""

    host: str = "localhost"
    port: int = 6379
    path: str | None = None
    username: str | None = None
    password: str | None = None
    db: int = 0
    tls: ssl.SSLContext | None = None


class Link(asyncio.Protocol):
    """A connection that is given up as soon as one reply takes longer than ``timeout`` seconds.

    Args:
        timeout: Seconds for any reply.
        pushed: Called with the names of changed keys; None: all of them may have changed.
        lost: Called once when the connection is gone.

    Attributes:
        was_late: Whether it was given up because a reply took too long.
    """

    def __init__(
        self,
        timeout: float,
        pushed: Callable[[Sequence[bytes] | None], None],
        lost: "Callable[[Link], None]",
    ) -> None:
        self._timeout = timeout
        self._pushed = pushed
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._transport: asyncio.Transport | None = None
        # Of each command that waits: when it was sent, how many replies it gets, and who takes them.
        self._waiting: deque[tuple[float, int, Take]] = deque()
        self._replies: list[object] = []
        self._timer: asyncio.TimerHandle | None = None
        self.was_late = False

    @property
    def is_open(self) -> bool:
        """Whether commands can be sent."""
        return self._transport is not None

    def send(self, commands: Sequence[Sequence[Argument]], take: Take) -> None:
        """Send commands; ``take`` gets one reply for each, errors among them, or None when the connection is lost."""
        if self._transport is None:
            take(None)
            return
        self._waiting.append((self._loop.time(), len(commands), take))
        if self._timer is None:
            self._timer = self._loop.call_later(self._timeout * LATE_SHARE, self._look)
        packed = [hiredis.pack_command(tuple(command)) for command in commands]  # type: ignore[arg-type]  # any length
        self._transport.write(b"".join(packed))

    async def call(self, *command: Argument) -> object:
        """Send one command and return its reply; raises ``ResponseError`` or ``redis.ConnectionError``."""
        (reply,) = await self.call_all([command])
        if isinstance(reply, hiredis.ReplyError):
            raise ResponseError(str(reply))
        return reply

    async def call_all(self, commands: Sequence[Sequence[Argument]]) -> Sequence[object]:
        """Send commands and return their replies, errors among them; raises ``redis.ConnectionError``."""
        future: asyncio.Future[Sequence[object] | None] = self._loop.create_future()

        def take(replies: Sequence[object] | None) -> None:
            if not future.done():
                future.set_result(replies)

        self.send(commands, take)
        replies = await future
        if replies is None:
            raise RedisConnectionError("the connection to Redis is lost")
        return replies

    def abort(self) -> None:
        """Give the connection up at once."""
        if self._transport is not None:
            self._transport.abort()
            self.connection_lost(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        # uvloop's transports are asyncio's by what they do, not by their class.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand replies to those who wait for them, and pushes on, in their order."""
        reader = self._reader
        try:
            reader.feed(data)
            while (reply := reader.gets()) is not False:
                if isinstance(reply, hiredis.PushNotification):
                    self._push(reply)
                else:
                    self._reply(reply)
        except hiredis.ProtocolError:
            self.abort()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  the signature is asyncio's
        """Tell everybody who waits."""
        if self._transport is None:
            return
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        self._lost(self)
        waiting, self._waiting = self._waiting, deque()
        for _, _, take in waiting:
            take(None)

    def _push(self, push: Sequence[object]) -> None:
        kind, names = push[0], push[1] if len(push) > 1 else None
        if kind == b"invalidate":
            self._pushed([name for name in names if isinstance(name, bytes)] if isinstance(names, list) else None)

    def _reply(self, reply: object) -> None:
        if not self._waiting:
            raise hiredis.ProtocolError("a reply that nobody waits for")
        self._replies.append(reply)
        _, count, take = self._waiting[0]
        if len(self._replies) == count:
            self._waiting.popleft()
            replies, self._replies = self._replies, []
            take(replies)

    def _look(self) -> None:
        """Wait on for as long as the oldest command may take; give up when that is over."""
        self._timer = None
        if self._waiting:
            sent = self._waiting[0][0]
            age = self._loop.time() - sent
            if age >= self._timeout:
                self.was_late = True
                self.abort()
            else:
                share = 1.0 if age >= self._timeout * LATE_SHARE else LATE_SHARE
                self._timer = self._loop.call_at(sent + self._timeout * share, self._look)


async def connect(
    address: Address,
    seconds: float,
    pushed: Callable[[Sequence[bytes] | None], None],
    lost: Callable[[Link], None],
) -> Link:
    """Open a link and log in; raises ``RedisError``, ``OSError`` or ``TimeoutError``.

    Args:
        address: Where to.
        seconds: How long that, and then each reply, may take.
        pushed: The link's.
        lost: The link's.
    """
    loop = asyncio.get_running_loop()
    link = Link(seconds, pushed, lost)
    async with asyncio.timeout(seconds):
        if address.path is not None:
            await loop.create_unix_connection(lambda: link, address.path)
        else:
            await loop.create_connection(lambda: link, address.host, address.port, ssl=address.tls)
    try:
        login = ("AUTH", address.username or "default", address.password) if address.password else ()
        await link.call("HELLO", 3, *login)
        if address.db:
            await link.call("SELECT", address.db)
    except BaseException:
        link.abort()
        raise
    return link
