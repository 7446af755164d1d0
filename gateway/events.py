"""``POST /events``: services that cannot write to the stream tell here what changed.

Bodies are CloudEvents in JSON, one or a batch, signed as Standard Webhooks are (github.com/standard-webhooks): header
``webhook-signature`` holds ``v1,`` and the base64 of HMAC-SHA256 over ``<webhook-id>.<webhook-timestamp>.<body>``.
"""

import base64
import hashlib
import hmac
import re
import time

import msgspec
import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from loaders import events
from loaders.failures import FAILURES
from loaders.feed import Feed
from loaders.hub import Hub
from loaders.invalidation import InvalidationError, Invalidator

MAX_BODY_BYTES = 1_000_000
# A signature is good for so long, by both clocks; to invalidate twice does no harm.
MAX_AGE_SECONDS = 300
_SECONDS = re.compile(r"\d{1,15}", re.ASCII)


class EventsEndpoint:
    """Takes events.

    Args:
        invalidator: Does what they ask for.
        hub: Hands them on to who waits in this process.
        feed: Hands them on through the stream, in every process; None: there is no stream.
        secret: Signs them.
    """

    def __init__(self, invalidator: Invalidator, hub: Hub, feed: Feed | None, secret: str) -> None:
        self._invalidator = invalidator
        self._hub = hub
        self._feed = feed
        self._secret = secret.encode()

    async def __call__(self, request: Request) -> Response:
        """Answer 204 once nothing older is served any more; 503 when that cannot be said, so that it is sent again."""
        try:
            body = await _read(request)
        except ClientDisconnect:
            return _refuse(400, "BAD_USER_INPUT", "The body was not sent whole.")
        if body is None:
            return _refuse(413, "BAD_USER_INPUT", f"The body must be at most {MAX_BODY_BYTES} bytes.")
        if not self._is_signed(request, body):
            return _refuse(401, "UNAUTHENTICATED", "The signature is missing, wrong or too old.")
        try:
            found = events.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return _refuse(400, "BAD_USER_INPUT", f"The body holds no events: {error}")
        try:
            await self._invalidator.invalidate(events.tags_of(found))
            if self._feed is not None:
                await self._feed.add(body)
        except (*FAILURES, InvalidationError):
            return _refuse(503, "OVERLOADED", "The cache cannot be reached. Send the events again.")
        if self._feed is None:
            for event in found:
                self._hub.tell(event, None)
        return Response(status_code=204)

    def _is_signed(self, request: Request, body: bytes) -> bool:
        identifier = request.headers.get("webhook-id", "")
        sent = request.headers.get("webhook-timestamp", "")
        if not _SECONDS.fullmatch(sent) or abs(time.time() - int(sent)) > MAX_AGE_SECONDS:
            return False
        digest = hmac.digest(self._secret, f"{identifier}.{sent}.".encode() + body, hashlib.sha256)
        expected = b"v1," + base64.b64encode(digest)
        given = request.headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(expected, one.encode()) for one in given)


async def _read(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def _refuse(status: int, code: str, message: str) -> Response:
    answer = {"errors": [{"message": message, "extensions": {"code": code}}]}
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": "1"} if status == 503 else {})  # noqa: PLR2004  HTTP
    return Response(orjson.dumps(answer), status, headers, media_type="application/json")
