"""GraphQL over HTTP: one operation per request, by POST or GET, in either of the two media types.

Source: the GraphQL over HTTP specification (github.com/graphql/graphql-over-http).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from graphql import GraphQLError, GraphQLSyntaxError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from engine.executor import StrawberryCompiledExecutor
from engine.plan import Plan
from gateway.auth import Authenticator, TokenError
from gateway.documents import KnownDocuments
from gateway.guard import Guard
from gateway.negotiation import GRAPHQL_JSON, JSON, media_type
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
from resolvers.context import Context, Viewer
from schema import Schema
from schema.errors import formatted, unexpected

MakeContext: TypeAlias = Callable[[Viewer | None], Context]

# In a request: tell me; in an answer: what the operation could cost.
COST_HEADER = "graphql-cost"
ANY_OPERATION = tuple(OperationType)
ONLY_QUERIES = (OperationType.QUERY,)


class GraphQLEndpoint:
    """Answers ``/graphql``: an ASGI application, since a framework's request and response cost as much as an answer.

    Args:
        path: Where it is; what follows it and a slash is the id of a document.
        schema: What is executed.
        authenticator: Says who asks.
        make_context: Makes a request's context from the viewer.
        documents: Finds the document that a request means.
        guard: Admits operations.
        replies: Sends answers.
        page: Returns the page for a browser that opens the URL; None: there is none.
        max_body_bytes: Greatest body.
    """

    def __init__(
        self,
        path: str,
        schema: Schema,
        authenticator: Authenticator,
        make_context: MakeContext,
        documents: KnownDocuments,
        guard: Guard,
        replies: Replies,
        page: Callable[[], Response] | None,
        *,
        max_body_bytes: int,
    ) -> None:
        self._path = path
        self._schema = schema
        self._authenticator = authenticator
        self._make_context = make_context
        self._documents = documents
        self._guard = guard
        self._replies = replies
        self._page = page
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever happens is JSON with a code, but for the page."""
        headers = headers_of(scope["headers"])
        if self._page is not None and _opened_in_browser(scope, headers):
            await self._page()(scope, receive, send)
            return
        chosen = media_type(headers.get(b"accept"))
        try:
            if chosen is None:
                raise Refusal(406, "BAD_USER_INPUT", f"The answer can be {JSON} or {GRAPHQL_JSON}.")  # noqa: TRY301  one place answers
            operation, types = await self._read(scope, headers, receive)
            reply = await self._reply(operation, types, headers, chosen)
        except ClientGone:
            return
        except Refusal as refusal:
            reply = _refused(refusal)
        except Exception as error:  # noqa: BLE001  the client is told that, and no more
            reply = Reply({"errors": [unexpected(error)]}, 500)
        await self._replies.send(send, reply, chosen or JSON, headers.get(b"accept-encoding"))

    async def _read(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive
    ) -> tuple[Operation, Sequence[OperationType]]:
        if scope["method"] == "POST":
            check_content(headers)
            operation, types = from_json(await read_body(headers, receive, self._max_body_bytes)), ANY_OPERATION
        elif scope["method"] == "GET":
            require_preflight(headers)
            operation, types = from_query_string(scope["query_string"]), ONLY_QUERIES
        else:
            raise Refusal(405, "BAD_USER_INPUT", "Send a POST, or a GET for a query.", {"Allow": "GET, POST"})
        if scope["path"] != self._path:
            operation = msgspec.structs.replace(operation, document_id=scope["path"][len(self._path) + 1 :])
        return operation, types

    async def _reply(
        self, operation: Operation, types: Sequence[OperationType], headers: Mapping[bytes, bytes], chosen: str
    ) -> Reply:
        viewer = await self._viewer(headers.get(b"authorization"))
        cost = 0

        def admit(executor: StrawberryCompiledExecutor, plan: Plan | None) -> None:
            nonlocal cost
            cost = self._guard.admit(viewer, executor, plan)

        try:
            result = await self._schema.execute(
                await self._documents.text(operation),
                variable_values=operation.variables,
                context_value=self._make_context(viewer),
                operation_name=operation.operation_name,
                allowed_operation_types=types,
                admit=admit,
            )
        except GraphQLError as error:
            return _without_data([formatted(error)], chosen)
        except (CannotGetOperationTypeError, MissingQueryError):
            raise Refusal(400, "BAD_USER_INPUT", "There is no such operation in the document.") from None
        except InvalidOperationTypeError:
            raise Refusal(405, "BAD_USER_INPUT", "Only queries may be sent by GET.", {"Allow": "POST"}) from None
        if isinstance(result, PreExecutionError):
            return _without_data([_refused_document(error) for error in result.errors or ()], chosen)
        reported = {COST_HEADER: str(cost)} if COST_HEADER.encode() in headers else {}
        if not result.errors:
            return Reply({"data": result.data}, headers=reported)
        errors = [formatted(error) for error in result.errors]
        # Without data and path the variables did not fit: nothing was executed.
        if result.data is None and all("path" not in error for error in errors):
            return _without_data(errors, chosen)
        return Reply({"errors": errors, "data": result.data}, headers=reported)

    async def _viewer(self, authorization: bytes | None) -> Viewer | None:
        if authorization is None:
            return None
        try:
            return await self._authenticator.viewer(authorization.decode("latin-1"))
        except TokenError as error:
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise Refusal(401, error.code, str(error), headers) from None


def _refused_document(error: GraphQLError) -> Any:  # noqa: ANN401  graphql-core's own shape
    is_syntax = isinstance(error, GraphQLSyntaxError)
    return formatted(error, otherwise="GRAPHQL_PARSE_FAILED" if is_syntax else "GRAPHQL_VALIDATION_FAILED")


def _opened_in_browser(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    is_page = b"text/html" in headers.get(b"accept", b"")
    return is_page and scope["method"] == "GET" and b"query=" not in scope["query_string"]


def _without_data(errors: Sequence[Mapping[str, Any]], chosen: str) -> Reply:
    # Plain JSON has always meant 200 for a well-formed request; the newer type tells a refused document apart.
    return Reply({"errors": errors}, 400 if chosen == GRAPHQL_JSON else 200)


def _refused(refusal: Refusal) -> Reply:
    answer = {"errors": [{"message": str(refusal), "extensions": {"code": refusal.code}}]}
    return Reply(answer, refusal.status, refusal.headers)
