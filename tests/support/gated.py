"""A client of an application that takes nothing until the test lets it."""

import asyncio

from starlette.types import Message


class Gated:
    """ASGI's ``send``; open at first."""

    def __init__(self) -> None:
        self.tried: list[Message] = []
        self.taken: list[Message] = []
        self._is_open = asyncio.Event()
        self.open()

    def open(self) -> None:
        """Take what waits, and all that comes."""
        self._is_open.set()

    def close(self) -> None:
        """Take nothing more."""
        self._is_open.clear()

    async def __call__(self, message: Message) -> None:
        self.tried.append(message)
        await self._is_open.wait()
        self.taken.append(message)
