"""One HTTP client per service: a batch of keys in, verified documents out."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import TypeVar

import httpx
import msgspec

from downstream.endpoint import MAX_KEYS, Answer, Document, Entity, Row
from downstream.errors import (
    DownstreamError,
    DownstreamMalformedError,
    DownstreamOverloadedError,
    DownstreamRefusedError,
    DownstreamTimeoutError,
    DownstreamUnavailableError,
    KeyRefusedError,
)

K = TypeVar("K")
V = TypeVar("V")

log = logging.getLogger(__name__)
_answer = msgspec.json.Decoder(Answer)


class ServiceClient:
    """Speaks the contract with one service.

    Args:
        service: Its name, for errors and logs.
        http: Client with the service's base URL and token. Who made it closes it.
        timeout: Seconds that one call may take in all, sent along as ``X-Request-Timeout-Ms``.
    """

    def __init__(self, service: str, http: httpx.AsyncClient, *, timeout: float) -> None:
        self.service = service
        self._http = http
        self._timeout = timeout
        self._headers = {"Content-Type": "application/json", "X-Request-Timeout-Ms": str(round(timeout * 1000))}

    async def fetch(
        self, endpoint: Entity[K, V], keys: Sequence[K], *, deadline: float
    ) -> Mapping[K, Document[V] | KeyRefusedError]:
        """Return what exists of these keys; what does not has no entry.

        Args:
            endpoint: Where to ask.
            keys: What for.
            deadline: Time of the event loop by which the answer must be there.

        Raises:
            DownstreamError: The call failed as a whole.
        """
        found: dict[K, Document[V] | KeyRefusedError] = {}
        chunks = [keys[start : start + MAX_KEYS] for start in range(0, len(keys), MAX_KEYS)]
        for part in await asyncio.gather(*(self._fetch(endpoint, chunk, deadline) for chunk in chunks)):
            found.update(part)
        return found

    async def healthy(self) -> bool:
        """Tell whether the service answers its health check."""
        try:
            return (await self._http.get("/health")).is_success
        except httpx.HTTPError:
            return False

    async def _fetch(
        self, endpoint: Entity[K, V], keys: Sequence[K], deadline: float
    ) -> Mapping[K, Document[V] | KeyRefusedError]:
        asked = endpoint.ask(keys)
        response = await self._post(endpoint.path, asked.body, deadline)
        try:
            rows = _answer.decode(response.content).rows
            return self._match(endpoint, asked.keys, rows)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # The message of a decode error names types and fields; the body stays out of the log.
            log.warning("malformed answer from %s at %s: %s", self.service, endpoint.path, error)
            raise DownstreamMalformedError(self.service) from None

    async def _post(self, path: str, body: bytes, deadline: float) -> httpx.Response:
        timeout = min(self._timeout, deadline - asyncio.get_running_loop().time())
        # A cancelled httpx request can lose its pool slot for good, so a call that is late is left to end by itself.
        call = asyncio.ensure_future(self._http.post(path, content=body, headers=self._headers))
        done, _ = await asyncio.wait({call}, timeout=max(0.0, timeout))
        if not done:
            call.add_done_callback(_consume)
            raise DownstreamTimeoutError(self.service)
        try:
            response = call.result()
        except httpx.TimeoutException:
            raise DownstreamTimeoutError(self.service) from None
        except httpx.HTTPError as error:
            log.warning("no answer from %s at %s: %s", self.service, path, type(error).__name__)
            raise DownstreamUnavailableError(self.service) from None
        if response.status_code != httpx.codes.OK:
            log.warning("%s answered %d at %s", self.service, response.status_code, path)
            raise _status_error(self.service, response.status_code)
        return response

    def _match(
        self, endpoint: Entity[K, V], asked: Mapping[str, Sequence[K]], rows: Sequence[Row]
    ) -> Mapping[K, Document[V] | KeyRefusedError]:
        found: dict[K, Document[V] | KeyRefusedError] = {}
        dropped = 0
        for row in rows:
            keys = asked.get(row.key, ())
            if isinstance(row.error, msgspec.UnsetType):
                if isinstance(row.value, msgspec.UnsetType):
                    raise msgspec.ValidationError("a row has neither a value nor an error")
                document = Document(bytes(row.value), endpoint.decode(row.value))
                admitted = [key for key in keys if key not in found and endpoint.admits(key, document.value)]
                found.update(dict.fromkeys(admitted, document))
                # Staff and owner may both ask for one id; the row is only foreign when it serves neither.
                dropped += not admitted
            else:
                found.update({key: KeyRefusedError(self.service, row.error.code) for key in keys if key not in found})
        if dropped:
            log.warning("dropped %d unasked or foreign rows from %s at %s", dropped, self.service, endpoint.path)
        return found


def _status_error(service: str, status: int) -> DownstreamError:
    if status in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
        return DownstreamOverloadedError(service)
    if status == httpx.codes.GATEWAY_TIMEOUT:
        return DownstreamTimeoutError(service)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return DownstreamUnavailableError(service)
    return DownstreamRefusedError(service)


def _consume(call: asyncio.Future[httpx.Response]) -> None:
    """Read a late call's outcome, so that asyncio does not report it as never retrieved."""
    if not call.cancelled():
        call.exception()
