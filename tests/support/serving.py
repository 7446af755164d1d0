"""An application served by the gateway's protocol in the test's own event loop, so that it can be seen what it does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from gateway.protocol import DeadlineProtocol
from tests.support.services import free_port


@asynccontextmanager
async def serving(app: ASGIApp, *, max_requests: int = 10, keep_alive: int = 5) -> AsyncIterator[int]:
    """Serve it, and give the port; in the end nothing may be left of any request.

    Args:
        app: What is served.
        max_requests: At a time.
        keep_alive: Seconds for which a connection may rest.
    """
    deadlines = partial(DeadlineProtocol, seconds=0.5, max_requests=max_requests, under_way=set())
    config = uvicorn.Config(
        app,
        port=free_port(),
        http=cast("type[asyncio.Protocol]", deadlines),
        lifespan="off",
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_keep_alive=keep_alive,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield server.config.port
    server.should_exit = True
    await running
    assert server.server_state.tasks == set()
