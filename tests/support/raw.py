"""A client that sends and takes bytes, whatever they mean."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

import pytest

# Long enough for a machine that is busy; nothing waits for it where all is well.
SECONDS = 10.0


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, port: int) -> Self:
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._writer.write(data)

    async def takes(self, expected: bytes) -> None:
        """Fail unless exactly these bytes come next."""
        async with asyncio.timeout(SECONDS):
            assert await self._reader.readexactly(len(expected)) == expected

    async def answer(self) -> bytes:
        """Return the body of an answer that says how long it is."""
        async with asyncio.timeout(SECONDS):
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            return await self._reader.readexactly(int(length.partition(b":")[2]))

    async def ended(self) -> bytes:
        """Return all that comes until the server closes or cuts the connection."""
        received = b""
        with suppress(ConnectionResetError):
            async with asyncio.timeout(SECONDS):
                while more := await self._reader.read(65536):
                    received += more
        return received

    async def silent(self, seconds: float) -> None:
        """Fail if anything comes within so many seconds."""
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(self._reader.read(1), seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
