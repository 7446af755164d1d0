"""One request to a service and its answer: headers, deadline, cap, and what each failure means."""

import asyncio
import logging
import math
from collections.abc import Sequence

import httpx
import msgspec
from msgspec import Raw

from downstream import body, trace
from downstream.call import Call
from downstream.connection import StaleConnectionError
from downstream.counters import Counters
from downstream.endpoint import Answer, Row, RowError
from downstream.errors import (
    DownstreamError,
    DownstreamMalformedError,
    DownstreamOverloadedError,
    DownstreamRefusedError,
    DownstreamStaleError,
    DownstreamTimeoutError,
    DownstreamUnavailableError,
)
from downstream.transport import CLOSE

log = logging.getLogger(__name__)

# A call that was left less time than this says nothing about the service when it comes too late.
_FAIR_SECONDS = 0.25
_HEALTH_SECONDS = 2.0

# The answers that say by themselves why a command was not carried out.
_REFUSALS = (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY)

# After these a command has changed nothing, says the contract; after any other that is not 200 nobody knows.
_UNCHANGED = frozenset({400, 401, 404, 409, 413, 415, 422, 429, 503})

_answer = msgspec.json.Decoder(Answer)
_refusal = msgspec.json.Decoder(RowError)


class Exchange:
    """Sends a call as one request.

    Args:
        service: Its name, for errors and logs.
        transport: Moves the bytes. Who made it closes it.
        url: The service's base URL.
        token: Bearer token that it takes.
        max_body_bytes: Greatest answer, packed or unpacked.
        counters: Of the service.
    """

    def __init__(
        self,
        service: str,
        transport: httpx.AsyncBaseTransport,
        *,
        url: str,
        token: str,
        max_body_bytes: int,
        counters: Counters,
    ) -> None:
        self._service = service
        self._transport = transport
        self._base = httpx.URL(url)
        self._urls: dict[str, httpx.URL] = {}
        self._max_body_bytes = max_body_bytes
        self._counters = counters
        self._headers = [
            (b"host", self._base.netloc),
            (b"authorization", b"Bearer " + token.encode()),
            (b"content-type", b"application/json"),
            (b"accept-encoding", b"gzip"),
        ]

    async def __call__(self, call: Call) -> Sequence[Row]:
        """Return the rows of a 200 answer, for a command its own row; raises ``DownstreamError`` for anything else.

        A command that its service refuses is no failure: its row is the error that says why.
        """
        left = call.deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise DownstreamTimeoutError(self._service, blames=False, may_have_acted=False)
        self._counters.attempts += 1
        try:
            async with asyncio.timeout_at(call.deadline):
                response = await self._transport.handle_async_request(self._request(call, left))
                if response.status_code == httpx.codes.OK:
                    content = await body.read(response, self._max_body_bytes)
                    return _answer.decode(content).rows if call.key is None else [Row(call.key, Raw(content))]
                if call.key is not None and response.status_code in _REFUSALS:
                    content = await body.read(response, self._max_body_bytes)
                    if refusal := _said(content):
                        return [Row(call.key, error=refusal)]
                await response.aclose()
        except (TimeoutError, httpx.TransportError) as error:
            raise self._noted(self._failure(error, left), call, type(error).__name__) from None
        except (body.BodyError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            # The message of a decode error names types and fields; the body stays out of the log.
            raise self._noted(DownstreamMalformedError(self._service), call, str(error)) from None
        failure = self._refusal(response, left)
        failure.status = response.status_code
        failure.may_have_acted = failure.status not in _UNCHANGED
        raise self._noted(failure, call, f"status {failure.status}")

    async def healthy(self) -> bool:
        """Tell whether the service answers its health check."""
        request = httpx.Request("GET", self._url("/health"), headers=self._headers)
        try:
            async with asyncio.timeout(_HEALTH_SECONDS):
                response = await self._transport.handle_async_request(request)
                await response.aclose()
        except (TimeoutError, httpx.TransportError):
            return False
        return response.is_success

    def _url(self, path: str) -> httpx.URL:
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = self._base.copy_with(raw_path=self._base.raw_path.rstrip(b"/") + path.encode())
        return url

    def _request(self, call: Call, left: float) -> httpx.Request:
        headers = [
            *self._headers,
            (b"content-length", b"%d" % len(call.body)),
            (b"x-request-timeout-ms", b"%d" % max(left * 1000, 1)),
            (b"traceparent", (current := trace.current()).parent.encode()),
        ]
        if current.state:
            headers.append((b"tracestate", current.state.encode()))
        if call.key is not None:
            # A kept connection may be closed while a command goes out, and nobody would know whether it arrived.
            headers += [(b"idempotency-key", call.key.encode()), CLOSE]
        # Given a stream, httpx adds no headers of its own, and adding them is most of what a request costs.
        return httpx.Request("POST", self._url(call.path), headers=headers, stream=httpx.ByteStream(call.body))

    def _refusal(self, response: httpx.Response, left: float) -> DownstreamError:
        status = response.status_code
        if status in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
            return DownstreamOverloadedError(self._service, retry_after=_seconds(response.headers.get("retry-after")))
        if status == httpx.codes.GATEWAY_TIMEOUT:
            return DownstreamTimeoutError(self._service, blames=left >= _FAIR_SECONDS)
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return DownstreamUnavailableError(self._service)
        return DownstreamRefusedError(self._service)

    def _failure(self, error: Exception, left: float) -> DownstreamError:
        is_sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            return DownstreamTimeoutError(self._service, blames=left >= _FAIR_SECONDS, may_have_acted=is_sent)
        if isinstance(error, StaleConnectionError):
            return DownstreamStaleError(self._service)
        if isinstance(error, httpx.RemoteProtocolError):
            return DownstreamMalformedError(self._service)
        return DownstreamUnavailableError(self._service, may_have_acted=is_sent)

    def _noted(self, failure: DownstreamError, call: Call, why: str) -> DownstreamError:
        self._counters.failures[type(failure).__name__] += 1
        log.warning("%s at %s, trace %s: %s", failure, call.path, trace.current().id, why)
        return failure


def _said(content: bytes) -> RowError | None:
    """Return why a command was refused; None where somebody else answers, such as a proxy that knows no such path."""
    try:
        return _refusal.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _seconds(retry_after: str | None) -> float:
    """Return a Retry-After in seconds; 0 without one, endless for a date, which no deadline is long enough for."""
    if retry_after is None:
        return 0.0
    return float(retry_after) if retry_after.isdecimal() else math.inf
