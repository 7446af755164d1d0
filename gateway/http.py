"""GraphQL over HTTP: one operation per request, by POST or GET, in either of the two media types.

Source: the GraphQL over HTTP specification (github.com/graphql/graphql-over-http).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from graphql import GraphQLError, GraphQLSyntaxError
from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from downstream import trace
from downstream.client import ServiceClient
from engine import encode
from gateway.auth import Authenticator, TokenError
from resolvers.context import Context, Viewer
from schema import Schema
from schema.errors import degraded_services, formatted

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
# A header that a browser sends across origins only after asking: without one, a GET may come from any page.
PREFLIGHT_HEADERS = ("graphql-preflight", "x-apollo-operation-name", "apollo-require-preflight")
# With the value "degraded" the answer says which services failed it or are being left alone.
DEBUG_HEADER = "order-center-debug"

MakeContext: TypeAlias = Callable[[Viewer | None], Context]


class Operation(Struct, frozen=True, rename="camel"):
    """The body of a request. Members that are not known are ignored, as the specification asks."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


class Refusal(Exception):  # noqa: N818  it is an answer, not a fault
    """A request that is answered before any GraphQL."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers


_operation = msgspec.json.Decoder(Operation)
_variables = msgspec.json.Decoder(dict[str, Any] | None)


class GraphQLEndpoint:
    """Answers ``/graphql``.

    Args:
        schema: What is executed.
        authenticator: Says who asks.
        make_context: Makes a request's context from the viewer.
        page: Returns the page for a browser that opens the URL; None: there is none.
        services: Client of each service, by its name.
        max_body_bytes: Greatest body.
    """

    def __init__(
        self,
        schema: Schema,
        authenticator: Authenticator,
        make_context: MakeContext,
        page: Callable[[], Response] | None,
        *,
        services: Mapping[str, ServiceClient],
        max_body_bytes: int,
    ) -> None:
        self._schema = schema
        self._authenticator = authenticator
        self._make_context = make_context
        self._page = page
        self._services = services
        self._max_body_bytes = max_body_bytes

    async def __call__(self, request: Request) -> Response:
        """Answer one request; whatever happens is JSON with a code, but for the page."""
        if self._page is not None and _opened_in_browser(request):
            return self._page()
        trace.begin(request.headers.get("traceparent"))
        media_type = _media_type(request)
        try:
            operation, types = await self._read(request)
            viewer = await self._authenticator.viewer(request.headers.get("authorization"))
            return await self._execute(operation, types, viewer, media_type, show_degraded=_shows_degraded(request))
        except Refusal as refusal:
            return _refuse(refusal, media_type)
        except TokenError as error:
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return _refuse(Refusal(401, error.code, str(error), headers), media_type)
        except (CannotGetOperationTypeError, MissingQueryError):
            return _refuse(Refusal(400, "BAD_USER_INPUT", "There is no such operation in the document."), media_type)
        except InvalidOperationTypeError:
            only_post = Refusal(405, "BAD_USER_INPUT", "Only queries may be sent by GET.", {"Allow": "POST"})
            return _refuse(only_post, media_type)

    async def _read(self, request: Request) -> tuple[Operation, Sequence[OperationType]]:
        if request.method == "GET":
            if not any(header in request.headers for header in PREFLIGHT_HEADERS):
                names = ", ".join(PREFLIGHT_HEADERS)
                raise Refusal(400, "CSRF_REJECTED", f"A GET needs one of these headers: {names}.")
            return _from_query_string(request), (OperationType.QUERY,)
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != JSON:
            raise Refusal(415, "BAD_USER_INPUT", f"The body must be {JSON}.")
        body = await self._body(request)
        try:
            return _operation.decode(body), tuple(OperationType)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refusal(400, "BAD_USER_INPUT", f"The body is not a GraphQL request: {error}") from None

    async def _body(self, request: Request) -> bytes:
        too_large = Refusal(413, "BAD_USER_INPUT", f"The body must be at most {self._max_body_bytes} bytes.")
        declared = request.headers.get("content-length", "0")
        if not declared.isdecimal() or len(declared) > 15 or int(declared) > self._max_body_bytes:  # noqa: PLR2004  digits
            raise too_large
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > self._max_body_bytes:
                    raise too_large
        except ClientDisconnect:
            raise Refusal(400, "BAD_USER_INPUT", "The body was not sent whole.") from None
        return bytes(body)

    async def _execute(
        self,
        operation: Operation,
        types: Sequence[OperationType],
        viewer: Viewer | None,
        media_type: str,
        *,
        show_degraded: bool,
    ) -> Response:
        result = await self._schema.execute(
            operation.query,
            variable_values=operation.variables,
            context_value=self._make_context(viewer),
            operation_name=operation.operation_name,
            allowed_operation_types=types,
        )
        if isinstance(result, PreExecutionError):
            answer: dict[str, Any] = {"errors": [_refused_document(error) for error in result.errors or ()]}
            return _answer(answer, media_type, refused=True)
        errors = [formatted(error) for error in result.errors or ()]
        # Without data and path the variables did not fit: nothing was executed.
        refused = result.data is None and all("path" not in error for error in errors)
        answer = {"errors": errors} if errors else {}
        if not refused:
            answer["data"] = result.data
        if show_degraded:
            answer["extensions"] = {"degraded": degraded_services(self._services, errors)}
        return _answer(answer, media_type, refused=refused)


def _shows_degraded(request: Request) -> bool:
    return "degraded" in request.headers.get(DEBUG_HEADER, "")


def _refused_document(error: GraphQLError) -> Any:  # noqa: ANN401  graphql-core's own shape
    is_syntax = isinstance(error, GraphQLSyntaxError)
    return formatted(error, otherwise="GRAPHQL_PARSE_FAILED" if is_syntax else "GRAPHQL_VALIDATION_FAILED")


def _from_query_string(request: Request) -> Operation:
    parameters = request.query_params
    if "query" not in parameters:
        raise Refusal(400, "BAD_USER_INPUT", "The parameter 'query' is missing.")
    try:
        variables = _variables.decode(parameters.get("variables") or "null")
    except (msgspec.DecodeError, RecursionError):
        raise Refusal(400, "BAD_USER_INPUT", "The parameter 'variables' is not a JSON object.") from None
    return Operation(parameters["query"], variables, parameters.get("operationName"))


def _opened_in_browser(request: Request) -> bool:
    is_page = "text/html" in request.headers.get("accept", "")
    return request.method == "GET" and is_page and "query" not in request.query_params


def _media_type(request: Request) -> str:
    """Choose the newer media type when the client names it, else plain JSON, which all clients read."""
    return GRAPHQL_JSON if GRAPHQL_JSON in request.headers.get("accept", "") else JSON


def _answer(answer: Mapping[str, Any], media_type: str, *, refused: bool) -> Response:
    # Plain JSON has always meant 200 for a well-formed request; the newer type tells a refused document apart.
    status = 400 if refused and media_type == GRAPHQL_JSON else 200
    headers = {"Cache-Control": "private, no-store"}
    return Response(encode(answer), status, headers, media_type=f"{media_type}; charset=utf-8")


def _refuse(refusal: Refusal, media_type: str) -> Response:
    answer = {"errors": [{"message": str(refusal), "extensions": {"code": refusal.code}}]}
    headers = {"Cache-Control": "private, no-store", **(refusal.headers or {})}
    return Response(encode(answer), refusal.status, headers, media_type=f"{media_type}; charset=utf-8")
