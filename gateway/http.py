"""GraphQL over HTTP: one operation per request, by POST or GET, in either of the two media types, or in parts.

Source: the GraphQL over HTTP specification (github.com/graphql/graphql-over-http).
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types.graphql import OperationType

from downstream import trace
from gateway.admission.auth import Authenticator
from gateway.admission.caller import Caller, client_of, safe_name
from gateway.admission.identity import identify
from gateway.admission.router import Routers
from gateway.negotiation import GRAPHQL_JSON, JSON, MULTIPART, Delivery, delivery, media_type
from gateway.operations import AT_ONCE, Operations
from gateway.reply import Replies, Reply
from gateway.request import (
    ClientGone,
    Operation,
    Refusal,
    check_content,
    from_json,
    from_query_string,
    headers_of,
    read_body,
    require_preflight,
)
from gateway.telemetry.log import tell
from gateway.telemetry.requests import Telemetry, WatchedRequest, codes_of
from schema.errors import unexpected

ONLY_QUERIES: Sequence[OperationType] = (OperationType.QUERY,)

log = logging.getLogger(__name__)


class GraphQLEndpoint:
    """Answers ``/graphql``: an ASGI application, since a framework's request and response cost as much as an answer.

    Args:
        path: Where it is; what follows it and a slash is the id of a document.
        authenticator: Says who asks.
        routers: Tells routers from clients.
        operations: Executes operations.
        replies: Sends answers.
        page: Returns the page for a browser that opens the URL; None: there is none.
        max_body_bytes: Greatest body.
        telemetry: Watches requests; None: nobody does.
    """

    def __init__(
        self,
        path: str,
        authenticator: Authenticator,
        routers: Routers,
        operations: Operations,
        replies: Replies,
        page: Callable[[], Response] | None,
        *,
        max_body_bytes: int,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._path = path
        self._authenticator = authenticator
        self._routers = routers
        self._operations = operations
        self._replies = replies
        self._page = page
        self._max_body_bytes = max_body_bytes
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever happens is JSON with a code, but for the page."""
        headers = headers_of(scope["headers"])
        if self._page is not None and _opened_in_browser(scope, headers):
            await self._page()(scope, receive, send)
            return
        trace.begin(
            headers.get(b"traceparent", b"").decode("latin-1"), headers.get(b"tracestate", b"").decode("latin-1")
        )
        if self._telemetry is None:
            await self._answer(scope, headers, receive, send, None)
        else:
            with self._telemetry.watch(scope["method"]) as watched:
                await self._answer(scope, headers, receive, send, watched)

    async def _answer(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send, watched: WatchedRequest | None
    ) -> None:
        began = time.perf_counter()
        chosen = media_type(headers.get(b"accept"))
        parts = delivery(headers.get(b"accept"))
        operation = None
        try:
            if chosen is None and parts is None:
                raise Refusal(406, "BAD_USER_INPUT", f"The answer can be {JSON}, {GRAPHQL_JSON} or {MULTIPART}.")  # noqa: TRY301  one place answers
            is_router = self._routers.know(headers)
            operation, types = await self.read(scope, headers, receive)
            identity = await identify(self._authenticator, headers.get(b"authorization"))
            caller = Caller(identity and identity.viewer, client_of(headers), is_router)
            if watched is not None:
                watched.by(caller.client, is_signed_in=caller.viewer is not None)
            reply = await self._operations.reply(operation, types, caller, headers, chosen or JSON, parts, watched)
            if reply.max_age and not _may_be_kept(scope, headers):
                reply = reply._replace(max_age=0)
        except ClientGone:
            return
        except Refusal as refusal:
            reply = refused(refusal)
        except Exception as error:  # noqa: BLE001  the client is told that, and no more
            reply = Reply({"errors": [unexpected(error)]}, 500)
        if watched is not None:
            watched.answered(reply.status, reply.answer)
        if parts is not None and (reply.later is not None or chosen is None):
            await self._send_parts(send, reply, parts, headers, watched)
        else:
            await self._replies.send(send, reply, chosen or JSON, headers)
        if log.isEnabledFor(logging.INFO):
            _log(operation, headers, reply, time.perf_counter() - began)

    async def _send_parts(
        self,
        send: Send,
        reply: Reply,
        parts: Delivery,
        headers: Mapping[bytes, bytes],
        watched: WatchedRequest | None,
    ) -> None:
        try:
            await self._replies.send_parts(send, reply, parts, headers.get(b"accept-encoding"))
        finally:
            if reply.later is not None:
                if watched is not None:
                    watched.told(reply.later.codes)
                await reply.later.aclose()

    async def read(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive
    ) -> tuple[Operation, Sequence[OperationType]]:
        """Return a request's operation and of which types it may be; raises ``Refusal`` and ``ClientGone``."""
        if scope["method"] == "POST":
            check_content(headers)
            operation, types = from_json(await read_body(headers, receive, self._max_body_bytes)), AT_ONCE
        elif scope["method"] == "GET":
            # No page can make a browser send what a router shows.
            if not self._routers.know(headers):
                require_preflight(headers)
            operation, types = from_query_string(scope["query_string"]), ONLY_QUERIES
        else:
            raise Refusal(405, "BAD_USER_INPUT", "Send a POST, or a GET for a query.", {"Allow": "GET, POST"})
        if scope["path"] != self._path:
            operation = msgspec.structs.replace(operation, document_id=scope["path"][len(self._path) + 1 :])
        return operation, types


def _opened_in_browser(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    is_page = b"text/html" in headers.get(b"accept", b"")
    return is_page and scope["method"] == "GET" and b"query=" not in scope["query_string"]


def _may_be_kept(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Tell whether caches may keep an answer that allows it: its URL says all that was asked, and nobody was named."""
    return scope["method"] == "GET" and b"authorization" not in headers


def refused(refusal: Refusal) -> Reply:
    """Return the answer to a request that is refused."""
    return Reply({"errors": [refusal.formatted()]}, refusal.status, refusal.headers)


def note_beside_stream(
    telemetry: Telemetry | None,
    method: str,
    headers: Mapping[bytes, bytes],
    reply: Reply,
    seconds: float,
    *,
    of_operation: bool = False,
) -> None:
    """Count and log a request that was answered at once instead of being streamed.

    Args:
        telemetry: Counts; None: nobody does.
        method: HTTP method.
        headers: Of the request.
        reply: The answer.
        seconds: Since the request had come.
        of_operation: Whether its errors are those of an operation, which is counted by itself.
    """
    if telemetry is not None:
        codes = () if of_operation else codes_of(reply.answer)
        telemetry.answered(method, reply.status, client_of(headers), codes, seconds)
    if log.isEnabledFor(logging.INFO):
        _log(None, headers, reply, seconds)


def _log(operation: Operation | None, headers: Mapping[bytes, bytes], reply: Reply, seconds: float) -> None:
    codes = set(codes_of(reply.answer))
    fields = {
        "operation": safe_name(operation.operation_name) if operation else "",
        "client": client_of(headers),
        "status": reply.status,
        "codes": sorted(codes.union(reply.later.codes) if reply.later else codes),
        "seconds": round(seconds, 6),
    }
    tell(log, "request", fields)
