"""Answers on the wire: status, headers and bytes, sent without a framework's response in between."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

from starlette.types import Message, Send

from engine import encode
from gateway.compression import Compression
from gateway.drain import Drain
from gateway.incremental import LaterAnswers
from gateway.negotiation import GRAPHQL_JSON, JSON, MULTIPART, Delivery, coding

_CONTENT_TYPES = {name: f"{name}; charset=utf-8".encode() for name in (JSON, GRAPHQL_JSON)}
# The drafts and the field's servers have this one; JSON on one line cannot hold it. It goes out with the part that it
# ends: a reader knows of no end before.
_BOUNDARY = b"\r\n---"
_PART_HEAD = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
_ALWAYS = [(b"x-content-type-options", b"nosniff")]
_PERSONAL = [(b"cache-control", b"private, no-store"), (b"vary", b"Accept, Accept-Encoding")]
_IN_PRODUCTION = [
    (b"strict-transport-security", b"max-age=63072000"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


class Reply(NamedTuple):
    """One answer.

    Attributes:
        answer: ``data``, ``errors`` and ``extensions``, of the first part where there are several.
        status: HTTP status.
        headers: Beside those that every answer has.
        body: The answer's JSON, where it is there already.
        coded: Where to keep it in the codings that were sent.
        max_age: For how many seconds anybody may keep it for anybody; 0: nobody may.
        later: The other parts; whoever has the answer must close them.
    """

    answer: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = {}
    max_age: int = 0
    body: bytes = b""
    coded: dict[str, bytes] | None = None
    later: LaterAnswers | None = None

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

    async def send(self, send: Send, reply: Reply, media_type: str, asked: Mapping[bytes, bytes]) -> None:
        """Send an answer in a media type, and in a coding that the client takes where that pays.

        Args:
            send: Where to.
            reply: The answer.
            media_type: Of the answer.
            asked: The request's headers.
        """
        body, status = reply.json(), reply.status
        headers = self._head(_CONTENT_TYPES[media_type])
        if reply.max_age:
            tag = _tag(body)
            headers += _shared(reply.max_age, tag)
            if _knows(asked.get(b"if-none-match", b""), tag):
                body, status = b"", 304
        else:
            headers += _PERSONAL
        if self._compression.pays(body) and (chosen := coding(asked.get(b"accept-encoding"))):
            body = self._coded(body, chosen, reply.coded)
            headers.append((b"content-encoding", chosen.encode()))
        if body:
            headers.append((b"content-length", b"%d" % len(body)))
        await send(self._start(status, reply, headers))
        await send({"type": "http.response.body", "body": body})

    async def send_parts(self, send: Send, reply: Reply, delivery: Delivery, accept_encoding: bytes | None) -> None:
        """Send an answer in parts, each as soon as it is there and ended by its boundary, so that it can be read."""
        chosen = coding(accept_encoding) if self._compression.is_used else None
        headers = [*self._head(_multipart(delivery)), *_PERSONAL]
        if chosen:
            headers.append((b"content-encoding", chosen.encode()))
        await send(self._start(reply.status, reply, headers))
        compress = self._compression.stream(chosen)
        before = _BOUNDARY
        async for body, is_last in _bodies(reply):
            part = before + _PART_HEAD + body + _BOUNDARY + (b"--\r\n" if is_last else b"")
            await send({"type": "http.response.body", "body": compress(part, is_last), "more_body": not is_last})
            before = b""

    def _start(self, status: int, reply: Reply, headers: list[tuple[bytes, bytes]]) -> Message:
        for name, value in reply.headers.items():
            headers.append((name.lower().encode(), value.encode()))
        return {"type": "http.response.start", "status": status, "headers": headers}

    async def begin(self, send: Send, media_type: bytes) -> None:
        """Begin an answer without an end that is known."""
        # nginx, and what imitates it, would wait for more before it passes anything on.
        headers = [*self._head(media_type + b"; charset=utf-8"), *_PERSONAL, (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def send_text(self, send: Send, status: int, text: str) -> None:
        """Send an answer of plain text."""
        headers = [*self._head(b"text/plain; charset=utf-8"), *_PERSONAL, (b"content-length", b"%d" % len(text))]
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


def _shared(max_age: int, tag: bytes) -> list[tuple[bytes, bytes]]:
    # The origins of pages count because what they may read is said in the answer.
    vary = b"Accept, Accept-Encoding, Origin"
    return [(b"cache-control", b"public, max-age=%d" % max_age), (b"etag", tag), (b"vary", vary)]


def _tag(body: bytes) -> bytes:
    # Weak, since the same answer is sent in several codings.
    return b'W/"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()


def _knows(if_none_match: bytes, tag: bytes) -> bool:
    opaque = tag.removeprefix(b"W/")
    return any(one.strip().removeprefix(b"W/") in (opaque, b"*") for one in if_none_match.split(b","))


async def _bodies(reply: Reply) -> AsyncIterator[tuple[bytes, bool]]:
    """Yield the JSON of each part, and whether it is the last."""
    first = reply.json()
    if reply.later is None:
        yield first[:-1] + b',"hasNext":false}', True
        return
    yield first, False
    async for later in reply.later:
        yield encode(later), not later["hasNext"]


def _multipart(delivery: Delivery) -> bytes:
    return "; ".join(filter(None, (MULTIPART, 'boundary="-"', delivery.value))).encode()
