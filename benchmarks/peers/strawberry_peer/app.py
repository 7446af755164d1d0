"""Strawberry behind Starlette and uvicorn (uvloop and httptools), one process: ``python -m strawberry_peer.app``."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from .cache import Cache, connect
from .loaders import Batches, Loaders
from .schema import schema
from .services import Services
from .types import Context


class Gateway(GraphQL[Context, None]):
    """Gives each request its loaders, and reads and writes JSON with orjson."""

    batches: Batches

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002  the signature is Strawberry's
        """Return a request's context."""
        return {"loaders": Loaders(self.batches)}

    def decode_json(self, data: str | bytes) -> object:
        """Read JSON."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        """Write JSON."""
        return orjson.dumps(data)


gateway = Gateway(schema, graphql_ide=None)


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    """Connect, and disconnect."""
    services, redis = Services(), connect()
    gateway.batches = Batches(services, Cache(redis))
    yield
    await services.close()
    if redis is not None:
        await redis.aclose()


app = Starlette(routes=[Route("/graphql", gateway)], lifespan=lifespan)

if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ.get("PORT", "9200")),
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
    )
