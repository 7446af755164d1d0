"""Answers on the wire: status, headers and bytes, sent without a framework's response in between."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.types import Send

from engine import encode
from gateway.compression import Compression
from gateway.drain import Drain
from gateway.negotiation import GRAPHQL_JSON, JSON, coding

_CONTENT_TYPES = {name: f"{name}; charset=utf-8".encode() for name in (JSON, GRAPHQL_JSON)}
_ALWAYS = [
    (b"cache-control", b"private, no-store"),
    (b"vary", b"Accept, Accept-Encoding"),
    (b"x-content-type-options", b"nosniff"),
]
_IN_PRODUCTION = [
    (b"strict-transport-security", b"max-age=63072000"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


class Reply(NamedTuple):
    """One answer.

    Attributes:
        answer: ``data``, ``errors`` and ``extensions``.
        status: HTTP status.
        headers: Beside those that every answer has.
        body: The answer's JSON, where it is there already.
        coded: Where to keep it in the codings that were sent.
    """

    answer: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""
    coded: dict[str, bytes] | None = None

    def json(self) -> bytes:
        """Return the answer's JSON."""
        return self.body or encode(self.answer)


class Replies:
    """Sends answers.

    Args:
        compression: Makes large ones smaller.
        drain: Says when connections are to be given up.
        production: Whether to send the headers that make sense behind TLS only.
    """

    def __init__(self, compression: Compression, drain: Drain, *, production: bool) -> None:
        self._compression = compression
        self._drain = drain
        self._common = _ALWAYS + (_IN_PRODUCTION if production else [])

    async def send(self, send: Send, reply: Reply, media_type: str, accept_encoding: bytes | None) -> None:
        """Send an answer in a media type, and in a coding that the client takes where that pays."""
        body = reply.json()
        headers = self._head(_CONTENT_TYPES[media_type])
        if self._compression.pays(body) and (chosen := coding(accept_encoding)):
            body = self._coded(body, chosen, reply.coded)
            headers.append((b"content-encoding", chosen.encode()))
        headers.append((b"content-length", b"%d" % len(body)))
        for name, value in reply.headers.items():
            headers.append((name.lower().encode(), value.encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def begin(self, send: Send, media_type: bytes) -> None:
        """Begin an answer without an end that is known."""
        # nginx, and what imitates it, would wait for more before it passes anything on.
        headers = [*self._head(media_type + b"; charset=utf-8"), (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def send_text(self, send: Send, status: int, text: str) -> None:
        """Send an answer of plain text."""
        headers = [*self._head(b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(text))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})

    def _head(self, content_type: bytes) -> list[tuple[bytes, bytes]]:
        headers = [(b"content-type", content_type), *self._common]
        if self._drain.begun:
            headers.append((b"connection", b"close"))
        return headers

    def _coded(self, body: bytes, chosen: str, kept: dict[str, bytes] | None) -> bytes:
        coded = kept.get(chosen) if kept else None
        if coded is None:
            coded = self._compression.compress(body, chosen)
            if kept is not None:
                kept[chosen] = coded
        return coded
