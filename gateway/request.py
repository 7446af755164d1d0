"""Requests to ``/graphql``: one operation, from a JSON body or a query string, and why one is refused."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from graphql import GraphQLFormattedError
from msgspec import Struct
from starlette.types import Receive

from gateway.negotiation import JSON

# A header that a browser sends across origins only after asking: without one, a GET may come from any page.
PREFLIGHT_HEADERS = (b"graphql-preflight", b"x-apollo-operation-name", b"apollo-require-preflight")
MAX_PARAMETERS = 20


class PersistedQuery(Struct, frozen=True, rename={"sha256": "sha256Hash"}):
    """Apollo's way to name a document.

    Attributes:
        version: 1.
        sha256: Lower-case hexadecimal SHA-256 of the document's UTF-8.
    """

    version: int
    sha256: str


class Extensions(Struct, frozen=True, rename="camel"):
    """The extensions that are known.

    Attributes:
        persisted_query: Names a document.
        operation_id: Names the operation among those that are streamed together.
        last_event_id: A subscription's last event that was seen.
    """

    persisted_query: PersistedQuery | None = None
    operation_id: str | None = None
    last_event_id: str | None = None


class Operation(Struct, frozen=True, rename="camel"):
    """The body of a request. Members that are not known are ignored, as the specification asks."""

    query: str | None = None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: Extensions | None = None
    document_id: str | None = None


class Refusal(Exception):  # noqa: N818  it is an answer, not a fault
    """A request that is answered before any GraphQL.

    Attributes:
        status: HTTP status.
        code: ``extensions.code``.
        headers: For the answer, beside its own.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers or {}

    def formatted(self) -> GraphQLFormattedError:
        """Return it as an error of an answer."""
        return {"message": str(self), "extensions": {"code": self.code}}


class ClientGone(Exception):  # noqa: N818  the same
    """The client has left: nobody reads an answer."""


_operation = msgspec.json.Decoder(Operation)
_operations = msgspec.json.Decoder(list[Operation])
_variables = msgspec.json.Decoder(dict[str, Any] | None)
_extensions = msgspec.json.Decoder(Extensions | None)
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def headers_of(fields: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return a request's headers by name; what is repeated is joined, as RFC 9110 (5.3) has it."""
    headers = dict(fields)
    if len(headers) != len(fields):
        headers = {}
        for name, value in fields:
            headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


def check_content(headers: Mapping[bytes, bytes]) -> None:
    """Refuse what is not plain JSON in UTF-8."""
    content_type = headers.get(b"content-type", b"")
    if content_type != b"application/json":
        name, *parameters = (part.strip() for part in content_type.decode("latin-1").lower().split(";"))
        charset = next((one[8:].strip('"') for one in parameters if one.startswith("charset=")), "utf-8")
        if name != JSON or charset not in {"utf-8", "utf8"}:
            raise Refusal(415, "BAD_USER_INPUT", f"The body must be {JSON} in UTF-8.")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refusal(415, "BAD_USER_INPUT", "The body must not be compressed.", {"Accept-Encoding": "identity"})


async def read_body(headers: Mapping[bytes, bytes], receive: Receive, max_bytes: int) -> bytes:
    """Return a request's body; raises ``Refusal`` for one that is too large, and ``ClientGone``."""
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit() or len(declared) > 15 or int(declared) > max_bytes:  # noqa: PLR2004  digits
        raise _too_large(max_bytes)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        whole = bytearray(body)
        while message.get("more_body") and len(whole) <= max_bytes:
            message = await receive()
            whole += message.get("body", b"")
        body = bytes(whole)
    if message["type"] == "http.disconnect":
        raise ClientGone
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    return body


def from_json(body: bytes) -> Operation:
    """Return the operation that a body holds."""
    try:
        return _operation.decode(body)
    except _NOT_JSON as error:
        if _is_batch(body):
            message = "Several operations in one request are not taken: send one with each."
            raise Refusal(400, "BATCH_LIMIT_EXCEEDED", message) from None
        raise Refusal(400, "BAD_USER_INPUT", f"The body is not a GraphQL request: {error}") from None


def from_query_string(query_string: bytes) -> Operation:
    """Return the operation that a query string holds."""
    try:
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise Refusal(400, "BAD_USER_INPUT", f"There are more than {MAX_PARAMETERS} parameters.") from None
    parameters = dict(pairs)
    values: dict[str, Any] = {}
    for name, decoder, what in (("variables", _variables, "a JSON object"), ("extensions", _extensions, "such JSON")):
        try:
            values[name] = decoder.decode(parameters.get(name) or "null")
        except _NOT_JSON:
            raise Refusal(400, "BAD_USER_INPUT", f"The parameter '{name}' is not {what}.") from None
    return Operation(
        query=parameters.get("query"),
        operation_name=parameters.get("operationName") or None,
        document_id=parameters.get("documentId"),
        **values,
    )


def require_preflight(headers: Mapping[bytes, bytes]) -> None:
    """Refuse a GET that any page can make a browser send."""
    if not any(name in headers for name in PREFLIGHT_HEADERS):
        names = ", ".join(name.decode() for name in PREFLIGHT_HEADERS)
        raise Refusal(400, "CSRF_REJECTED", f"A GET needs one of these headers: {names}.")


def _is_batch(body: bytes) -> bool:
    try:
        return bool(_operations.decode(body))
    except _NOT_JSON:
        return False


def _too_large(max_bytes: int) -> Refusal:
    return Refusal(413, "BAD_USER_INPUT", f"The body must be at most {max_bytes} bytes.")
