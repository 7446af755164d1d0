"""Commands: requests to change something, each sent once, under a key by which its service recognises it."""

import logging
from typing import Generic, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct

from downstream import trace
from downstream.call import Call, Send
from downstream.errors import DownstreamError
from downstream.record import Private

P = TypeVar("P", bound=Private)

log = logging.getLogger(__name__)


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

    def decode(self, content: bytes | Raw) -> P:
        """Return the record in an answer; raises ``msgspec.DecodeError`` where it breaks the contract."""
        return self._decoder.decode(content)


class CommandClient:
    """Sends commands to one service, each once.

    Args:
        service: Its name, for logs.
        send: Makes one attempt.
    """

    def __init__(self, service: str, send: Send) -> None:
        self._service = service
        self._send = send

    async def send(self, command: Command[P], body: Body, key: str, *, deadline: float) -> P:
        """Return what the command changed, as it is now.

        Args:
            command: What to do.
            body: To what, and for whom.
            key: Under which the service recognises it.
            deadline: When to give up, in the event loop's time.

        Raises:
            CommandRefusedError: Nothing was changed, and why.
            DownstreamError: Nothing was changed: the service could not be reached or takes no commands now.
            OutcomeUnknownError: It was sent, and no answer that can be used came in time.
        """
        try:
            (row,) = await self._send(Call(command.path, msgspec.json.encode(body), deadline, key))
        except DownstreamError as failure:
            if failure.may_have_acted:
                raise OutcomeUnknownError from None
            raise
        if row.error is not UNSET:
            raise CommandRefusedError(row.error.code)
        try:
            changed = command.decode(msgspec.Raw() if row.value is UNSET else row.value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            # The message of a decode error names types and fields; the body stays out of the log.
            log.warning("malformed answer of the %s service at %s, trace %s: %s",
                        self._service, command.path, trace.current().id, error)  # fmt: skip
            raise OutcomeUnknownError from None
        if changed.customer_id != body.customer_id:
            log.warning("answer about somebody else of the %s service at %s, trace %s",
                        self._service, command.path, trace.current().id)  # fmt: skip
            raise OutcomeUnknownError
        return changed
