"""A TCP proxy in front of a service that answers as a sick one does. It runs in the test's own event loop."""

import asyncio
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeAlias

from tests.support.waiting import until


class Exchange:
    """One request that came through the proxy, and the ways to answer it.

    Args:
        number: How many requests came before it.
        ask: Passes the request on and returns the service's whole answer.
        writer: Where the answer goes.
    """

    def __init__(self, number: int, ask: Callable[[], Awaitable[bytes]], writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.ask = ask
        self._writer = writer

    async def write(self, data: bytes) -> None:
        """Send some bytes."""
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        """Close the connection as a process that ends does."""
        self._writer.close()

    def reset(self) -> None:
        """Break the connection."""
        connection: socket.socket = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Fault: TypeAlias = Callable[[Exchange], Awaitable[None]]


class Proxy:
    """Passes requests on to a service, one connection each, and answers as ``fault`` says.

    Args:
        port: Where the service listens; None: there is none, and no fault may ask it.
    """

    def __init__(self, port: int | None = None) -> None:
        self.fault: Fault = healthy
        self.requests: list[bytes] = []
        self.connections: set[asyncio.StreamWriter] = set()
        self.accepted = 0
        self._upstream = port
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens, also while it refuses."""
        return f"http://127.0.0.1:{self._port}"

    async def listen(self) -> None:
        """Accept connections, at the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Accept no more connections, and end those that there are."""
        assert self._server is not None
        self._server.close()
        self.drop()
        await self.settled(0)

    def drop(self) -> None:
        """End all connections, as a service does when it restarts."""
        for writer in self.connections:
            writer.transport.abort()

    async def settled(self, connections: int) -> None:
        """Return when there are so many connections; fails when it does not come to that."""
        await until(lambda: len(self.connections) == connections)

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.refuse()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(writer)
        self.accepted += 1
        try:
            # What the other side does must be noticed while a fault is at work: it reads on in any case.
            incoming: asyncio.Queue[bytes] = asyncio.Queue()
            async with asyncio.TaskGroup() as group:
                answering = group.create_task(self._answer(incoming, writer))
                while request := await _message(reader):
                    self.requests.append(request)
                    incoming.put_nowait(request)
                answering.cancel()
        except* ConnectionError:
            pass
        finally:
            writer.close()
            self.connections.discard(writer)

    async def _answer(self, incoming: asyncio.Queue[bytes], writer: asyncio.StreamWriter) -> None:
        while True:
            request = await incoming.get()

            async def ask(request: bytes = request) -> bytes:
                return await self._pass_on(request)

            await self.fault(Exchange(len(self.requests) - 1, ask, writer))

    async def _pass_on(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        try:
            writer.write(request)
            return await _message(reader)
        finally:
            writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """Return a whole HTTP message with a Content-Length; nothing when the connection ends."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        return head + await reader.readexactly(int(lengths[0].split(b":")[1]) if lengths else 0)
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


# Ways to answer.


async def healthy(exchange: Exchange) -> None:
    """Pass the service's answer on."""
    await exchange.write(await exchange.ask())


def delayed(seconds: float) -> Fault:
    """Answer late."""

    async def fault(exchange: Exchange) -> None:
        answer = await exchange.ask()
        await asyncio.sleep(seconds)
        await exchange.write(answer)

    return fault


def dripping(seconds: float) -> Fault:
    """Answer one byte at a time."""

    async def fault(exchange: Exchange) -> None:
        for byte in await exchange.ask():
            await exchange.write(bytes([byte]))
            await asyncio.sleep(seconds)

    return fault


async def silent(_: Exchange) -> None:
    """Take the request and never answer."""
    await asyncio.Event().wait()


async def closing(exchange: Exchange) -> None:
    """Close the connection without an answer."""
    exchange.close()


async def resetting(exchange: Exchange) -> None:
    """Break the connection without an answer."""
    exchange.reset()


async def truncating(exchange: Exchange) -> None:
    """Close the connection in the middle of the answer."""
    answer = await exchange.ask()
    await exchange.write(answer[: len(answer) - 10])
    exchange.close()


async def resetting_midway(exchange: Exchange) -> None:
    """Break the connection in the middle of the answer."""
    answer = await exchange.ask()
    await exchange.write(answer[: len(answer) - 10])
    await asyncio.sleep(0.01)
    exchange.reset()


def saying(answer: bytes) -> Fault:
    """Answer with these bytes, whatever was asked."""

    async def fault(exchange: Exchange) -> None:
        await exchange.write(answer)

    return fault


def answering(body: bytes, status: str = "200 OK", **headers: str) -> Fault:
    """Answer with this body and these headers."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return saying("\r\n".join([*lines, "", ""]).encode() + body)


def in_turn(*faults: Fault) -> Fault:
    """Answer each request by the next of these, from the first again after the last."""
    count = 0

    async def fault(exchange: Exchange) -> None:
        nonlocal count
        count += 1
        await faults[(count - 1) % len(faults)](exchange)

    return fault


def every(nth: int, fault: Fault, otherwise: Fault = healthy) -> Fault:
    """Answer each so-many-th request by a fault."""
    return in_turn(*[otherwise] * (nth - 1), fault)


def _packed(megabytes: int) -> bytes:
    """Nothing, in a thousandth of its size. One is packed and put there again and again, which takes no time."""
    nothing = b" " * 1_000_000
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    one = packer.compress(nothing) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(megabytes):
        checksum = zlib.crc32(nothing, checksum)
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    return head + one * megabytes + packer.flush() + struct.pack("<II", checksum, megabytes * len(nothing))


garbage = saying(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
html = answering(b"<!doctype html><title>Bad gateway</title>", Content_Type="text/html")
bad_gzip = answering(b"\x1f\x8b but no more of it", Content_Encoding="gzip")
bomb = answering(_packed(megabytes=200), Content_Encoding="gzip")
unavailable = answering(b"", "503 Service Unavailable", Retry_After="0")
failing = answering(b"", "500 Internal Server Error")


def endless(chunk: bytes = b" " * 65_536) -> Fault:
    """Answer without end."""

    async def fault(exchange: Exchange) -> None:
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
        while True:
            await exchange.write(chunk)

    return fault
