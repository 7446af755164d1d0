"""Answers to pages' scripts have the headers that Starlette's middleware gives them."""

import pytest
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Message, Receive, Scope, Send

from gateway.cors import Cors

ALLOWED = "https://shop.example"


async def _app(_scope: Scope, _receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"vary", b"accept")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


async def _headers(app: CORSMiddleware, scope: Scope) -> list[tuple[str, str]]:
    """Return what an answer has, each value of a list by itself."""
    told: list[Message] = []

    async def send(message: Message) -> None:
        told.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    await app(scope, receive, send)
    return sorted(
        (name.decode(), one.strip().lower()) for name, value in told[0]["headers"] for one in value.decode().split(",")
    )


@pytest.mark.parametrize("credentials", [True, False])
@pytest.mark.parametrize("origins", [{ALLOWED, "https://other.example"}, {"*"}, {"*", ALLOWED}])
@pytest.mark.parametrize("origin", [None, ALLOWED, "https://evil.example", "null", ""])
@pytest.mark.parametrize("method", ["POST", "OPTIONS", "preflight"])
async def test_they_are_starlettes(*, credentials: bool, origins: set[str], origin: str | None, method: str) -> None:
    headers = [(b"host", b"x"), (b"content-type", b"application/json")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if method == "preflight":
        headers.append((b"access-control-request-method", b"POST"))
    scope = {"type": "http", "method": "POST" if method == "POST" else "OPTIONS", "headers": headers}
    ours = Cors(
        _app,
        origins=frozenset(origins),
        methods=["GET", "POST"],
        request_headers=["authorization"],
        response_headers=["graphql-cost"],
        credentials=credentials,
        seconds=600,
    )
    starlettes = CORSMiddleware(
        _app,
        allow_origins=sorted(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization"],
        allow_credentials=credentials,
        expose_headers=["graphql-cost"],
        max_age=600,
    )
    assert await _headers(ours, scope) == await _headers(starlettes, scope)
