"""Commands: requests to change something, each sent once, under a key by which its service recognises it."""

import asyncio
import logging
from typing import Generic, TypeVar

import httpx
import msgspec
from msgspec import Struct

from downstream.errors import (
    DownstreamError,
    DownstreamOverloadedError,
    DownstreamRefusedError,
    DownstreamUnavailableError,
)
from downstream.record import Private

P = TypeVar("P", bound=Private)

log = logging.getLogger(__name__)

# The answers that say by themselves why a command was not carried out.
_REFUSALS = (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY)
_BUSY = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)


class CommandRefusedError(Exception):
    """The service did not carry a command out, because of the state that things are in.

    Attributes:
        code: Why, as the contract names it, such as ``NOT_CANCELLABLE``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"The command was refused: {code}.")
        self.code = code


class OutcomeUnknownError(Exception):
    """Nobody knows whether a command was carried out. Sent again under the same key, it acts at most once."""


class Body(Struct, frozen=True, kw_only=True, rename="camel"):
    """What all commands say: who wants it."""

    customer_id: str


class Command(Generic[P]):
    """A command of a service.

    Args:
        service: Name of the service that carries it out.
        path: Path under the service's base URL.
        record: Type of the answer: what was changed, as it is now.
    """

    def __init__(self, service: str, path: str, record: type[P]) -> None:
        self.service = service
        self.path = path
        self._decoder = msgspec.json.Decoder(record)

    def decode(self, content: bytes) -> P:
        """Return the record in an answer; raises ``msgspec.DecodeError`` where it breaks the contract."""
        return self._decoder.decode(content)


class _Problem(Struct):
    code: str


_problem = msgspec.json.Decoder(_Problem)


class CommandClient:
    """Sends commands to one service, each once.

    Args:
        service: Its name, for errors and logs.
        http: Client with the service's base URL and token. It is closed with this one.
        timeout: Seconds that a command may take in all, sent along as ``X-Request-Timeout-Ms``.
    """

    def __init__(self, service: str, http: httpx.AsyncClient, *, timeout: float) -> None:
        self.service = service
        self._http = http
        self._timeout = timeout
        self._headers = {"Content-Type": "application/json", "X-Request-Timeout-Ms": str(round(timeout * 1000))}

    async def send(self, command: Command[P], body: Body, key: str) -> P:
        """Return what the command changed, as it is now.

        Raises:
            CommandRefusedError: Nothing was changed, and why.
            DownstreamError: Nothing was changed: the service could not be reached or takes no commands now.
            OutcomeUnknownError: It was sent, and no answer that can be used came in time.
        """
        response = await self._post(command.path, msgspec.json.encode(body), key)
        if response.status_code != httpx.codes.OK:
            raise self._failure(command.path, response)
        try:
            changed = command.decode(response.content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("malformed answer from %s at %s: %s", self.service, command.path, error)
            raise OutcomeUnknownError from None
        if changed.customer_id != body.customer_id:
            log.warning("answer about somebody else from %s at %s", self.service, command.path)
            raise OutcomeUnknownError
        return changed

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def _post(self, path: str, body: bytes, key: str) -> httpx.Response:
        headers = self._headers | {"Idempotency-Key": key}
        # A cancelled httpx request can lose its pool slot for good, so a call that is late is left to end by itself.
        call = asyncio.ensure_future(self._http.post(path, content=body, headers=headers))
        done, _ = await asyncio.wait({call}, timeout=self._timeout)
        if not done:
            call.add_done_callback(_consume)
            log.warning("no answer in time from %s at %s", self.service, path)
            raise OutcomeUnknownError
        try:
            return call.result()
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise DownstreamUnavailableError(self.service) from None
        except httpx.PoolTimeout:
            raise DownstreamOverloadedError(self.service) from None
        except httpx.HTTPError as error:
            log.warning("no answer from %s at %s: %s", self.service, path, type(error).__name__)
            raise OutcomeUnknownError from None

    def _failure(self, path: str, response: httpx.Response) -> Exception:
        """Return what an answer other than 200 means; the contract says after which ones nothing was changed."""
        status = response.status_code
        if status in _REFUSALS:
            try:
                return CommandRefusedError(_problem.decode(response.content).code)
            except (msgspec.DecodeError, UnicodeDecodeError):
                # A proxy's 404, or a path that the service does not have.
                return self._logged(path, status, DownstreamRefusedError(self.service))
        if status in _BUSY:
            return self._logged(path, status, DownstreamOverloadedError(self.service))
        if status < httpx.codes.INTERNAL_SERVER_ERROR:
            return self._logged(path, status, DownstreamRefusedError(self.service))
        return self._logged(path, status, OutcomeUnknownError())

    def _logged(self, path: str, status: int, error: DownstreamError | OutcomeUnknownError) -> Exception:
        log.warning("%s answered %d at %s", self.service, status, path)
        return error


def _consume(call: asyncio.Future[httpx.Response]) -> None:
    """Read a late call's outcome, so that asyncio does not report it as never retrieved."""
    if not call.cancelled():
        call.exception()
