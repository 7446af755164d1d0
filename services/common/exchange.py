"""What a request must look like before anything is read."""

import hmac
import re
from typing import TypeVar

import msgspec
from starlette.requests import Request

from services.common.problems import InvalidRequest, TooLarge, Unauthenticated, UnsupportedMediaType

T = TypeVar("T")

MAX_BODY_BYTES = 1024 * 1024
MAX_TIMEOUT_MS = 60_000
IDEMPOTENCY_KEY = "[0-9A-Za-z_.:-]{1,64}"


def require_token(request: Request, token: bytes) -> None:
    """Check the service token in constant time.

    Raises:
        Unauthenticated: It is missing or wrong.
    """
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if not hmac.compare_digest(given.strip().encode("latin-1"), token) or scheme.lower() != "bearer":
        raise Unauthenticated


def timeout_of(request: Request) -> float:
    """How many seconds the caller's deadline leaves; without the header, the longest there is.

    Raises:
        InvalidRequest: X-Request-Timeout-Ms is not a whole number from 1 to 60000.
    """
    text = request.headers.get("x-request-timeout-ms")
    if text is None:
        return MAX_TIMEOUT_MS / 1000
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= MAX_TIMEOUT_MS:
        message = f"X-Request-Timeout-Ms must be a whole number from 1 to {MAX_TIMEOUT_MS}."
        raise InvalidRequest(message)
    seconds = int(text) / 1000
    # The refusal must reach the caller within the deadline, too.
    return seconds - min(0.01, seconds / 10)


async def read_body(request: Request) -> bytes:
    """Read the JSON body.

    Raises:
        UnsupportedMediaType: It is not application/json.
        TooLarge: It has more than MAX_BODY_BYTES.
    """
    media_type, _, _ = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != "application/json":
        raise UnsupportedMediaType
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MAX_BODY_BYTES:
        raise TooLarge(MAX_BODY_BYTES)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(MAX_BODY_BYTES)
    return bytes(body)


def idempotency_key_of(request: Request) -> str:
    """Name under which a command is kept.

    Raises:
        InvalidRequest: Idempotency-Key is missing or has another form.
    """
    key = request.headers.get("idempotency-key", "")
    if not re.fullmatch(IDEMPOTENCY_KEY, key):
        message = "Idempotency-Key must be 1 to 64 of 0-9 A-Z a-z and _.:-"
        raise InvalidRequest(message)
    return key


def decode_body(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Decode a body strictly.

    Raises:
        InvalidRequest: The body is no JSON or not what the endpoint's schema says.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        # Quoted parts repeat the caller's values, which may be personal.
        raise InvalidRequest(re.sub("['\"].*['\"]", "…", str(error), flags=re.DOTALL)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = "The body is not valid JSON."
        raise InvalidRequest(message) from error


async def disconnected(request: Request) -> None:
    """Return when the caller has gone; call after the body was read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
