import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from services.common.batch import Endpoint
from services.common.changes import Answer, B, Command, carry_out
from services.common.database import Database, Reader, Writer
from services.common.events import Publisher
from services.common.exchange import (
    decode_body,
    disconnected,
    idempotency_key_of,
    read_body,
    require_token,
    timeout_of,
)
from services.common.openapi import Health, openapi_document
from services.common.problems import PROBLEM_JSON, DeadlineExceeded, Problem, problem_response
from services.common.times import Clock

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

Serve = Callable[[Request], Awaitable[Response]]

# nginx's code for a caller who left; nobody reads the answer.
_CALLER_LEFT = 499

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Service:
    """What a service answers. Endpoints and commands differ in their types, which nothing here looks at."""

    name: str
    title: str
    description: str
    endpoints: Sequence[Endpoint[Any, Any]]
    commands: Sequence[Command[Any, Any]] = ()


def create_app(
    service: Service, database: Database, token: str, clock: Clock, publisher: Publisher | None = None
) -> Starlette:
    """Make the ASGI application; it closes `database` when it ends. Without a publisher, events wait."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with nullcontext() if publisher is None else publisher.running():
            yield
        database.close()

    async def health(_: Request) -> Response:
        return _json(msgspec.json.encode(Health(service=service.name)))

    described = openapi_document(service.title, service.description, service.endpoints, service.commands)
    document = msgspec.json.encode(described)

    async def openapi(_: Request) -> Response:
        return _json(document)

    work = {endpoint.path: _reading(endpoint, database, clock) for endpoint in service.endpoints}
    work |= {command.path: _commanding(command, database, clock) for command in service.commands}
    posts = [Route(path, _answering(serve, token.encode()), methods=["POST"]) for path, serve in work.items()]
    app = Starlette(
        routes=[*posts, Route("/health", health), Route("/openapi.json", openapi)],
        exception_handlers={HTTPException: _http_failure},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _reading(endpoint: Endpoint[K, V], database: Database, clock: Clock) -> Serve:
    decoder = msgspec.json.Decoder(endpoint.request)

    async def serve(request: Request) -> Response:
        batch = decode_body(decoder, await read_body(request))

        def work(reader: Reader) -> bytes:
            return msgspec.json.encode(endpoint.rows(reader, batch))

        return _json(await _unless_gone(request, database.read(work, clock())))

    return serve


def _commanding(command: Command[B, V], database: Database, clock: Clock) -> Serve:
    decoder = msgspec.json.Decoder(command.request)

    async def serve(request: Request) -> Response:
        key = idempotency_key_of(request)
        body = decode_body(decoder, await read_body(request))

        def work(writer: Writer) -> Answer:
            return carry_out(command, writer, key, body)

        answer = await _unless_gone(request, database.write(work, clock()))
        media_type = "application/json" if answer.status == HTTPStatus.OK else PROBLEM_JSON
        headers = {"Idempotent-Replayed": "true"} if answer.replayed else None
        return Response(answer.content, answer.status, headers, media_type)

    return serve


def _answering(serve: Serve, token: bytes) -> Serve:
    async def answer(request: Request) -> Response:
        try:
            require_token(request, token)
            async with asyncio.timeout(timeout_of(request)):
                return await serve(request)
        except Problem as problem:
            return problem_response(problem)
        except TimeoutError:
            return problem_response(DeadlineExceeded())
        except ClientDisconnect:
            return Response(status_code=_CALLER_LEFT)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets an answer
            _log_bug(error)
            return problem_response(Problem(500, "INTERNAL", "The service failed; its log says where."))

    return answer


async def _unless_gone(request: Request, work: Coroutine[None, None, T]) -> T:
    """Await `work`, but give it up when the caller leaves.

    Raises:
        ClientDisconnect: The caller left.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(disconnected(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()


async def _http_failure(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return problem_response(Problem(405, "METHOD_NOT_ALLOWED", "This path has other methods.", error.headers))
    return problem_response(Problem(404, "NOT_FOUND", "There is nothing at this path."))


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")


def _log_bug(error: Exception) -> None:
    # Not the message: it may quote personal data.
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    _log.error("%s at %s", type(error).__name__, places)
