"""Between the gateway and a service: real HTTP, and a test that acts before or after a request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx

Act = Callable[[], Awaitable[None]]


class Interposed(httpx.AsyncBaseTransport):
    """Acts around the next request to a path, once; everything else passes."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self._before: dict[str, Act] = {}
        self._after: dict[str, Act] = {}

    def before(self, path: str, act: Act) -> None:
        """Act when the request is about to go out."""
        self._before[path] = act

    def after(self, path: str, act: Act) -> None:
        """Act when the answer has come and the gateway has not seen it."""
        self._after[path] = act

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v1/")
        if act := self._before.pop(path, None):
            await act()
        response = await self._inner.handle_async_request(request)
        if act := self._after.pop(path, None):
            content = b"".join([chunk async for chunk in response.aiter_raw()])
            await act()
            return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(content))
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


@asynccontextmanager
async def relay(url: str, answered: Callable[[], None]) -> AsyncIterator[str]:
    """A relay in front of a service, for a gateway that is a process of its own.

    Args:
        url: The service.
        answered: Called with each command's answer, which is then swallowed.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        commanded = False

        async def forward() -> None:
            nonlocal commanded
            while data := await reader.read(65536):
                commanded = commanded or b"idempotency-key:" in data.lower()
                upstream_writer.write(data)

        forwarding = asyncio.create_task(forward())
        while data := await upstream_reader.read(65536):
            if commanded:
                answered()
                break
            writer.write(data)
        forwarding.cancel()
        writer.close()
        upstream_writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
