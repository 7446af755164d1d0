"""Serves a process's metrics on a port of their own, in the event loop that counts them."""

import asyncio
from functools import partial

import uvicorn
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.server import ServerState

from gateway.protocol import DeadlineProtocol

PATH = "/metrics"
# Of whoever scrapes.
SECONDS = 10.0
MAX_REQUESTS = 10
# Workers share the first port's name: each takes the next one that is free, so that Prometheus sees each by itself.
MAX_WORKERS = 64


class Scrape:
    """An HTTP server for one path.

    Args:
        registry: What is exposed.
        host: Where to listen.
        port: On which port; if another worker has it, on the next.

    Attributes:
        port: On which port it listens.
    """

    def __init__(self, registry: CollectorRegistry, host: str, port: int) -> None:
        self.port = port
        self._registry = registry
        self._host = host
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; raises ``OSError`` where no port is free."""
        app = Starlette(routes=[Route(PATH, self._metrics)])
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, server_header=False)
        config.load()

        protocol = partial(
            DeadlineProtocol,
            seconds=SECONDS,
            max_requests=MAX_REQUESTS,
            under_way=set(),
            config=config,
            server_state=self._state,
            app_state={},
        )

        loop = asyncio.get_running_loop()
        last = self.port + MAX_WORKERS - 1
        while self._server is None:
            try:
                self._server = await loop.create_server(protocol, self._host, self.port)
            except OSError:
                if self.port == last:
                    raise
                self.port += 1

    async def close(self) -> None:
        """Stop listening, and close what is open."""
        if self._server is not None:
            self._server.close()
            for connection in list(self._state.connections):
                connection.shutdown()
            await asyncio.sleep(0)

    async def _metrics(self, request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(self._registry), headers={"content-type": content_type})
