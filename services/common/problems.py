from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

PROBLEM_JSON = "application/problem+json"

# Why a command is not carried out, decided by the state that things are in.
RefusalCode = Literal[
    "ALREADY_ARCHIVED",
    "ALREADY_CONFIRMED",
    "ALREADY_PAID",
    "ALREADY_TAGGED",
    "NOTHING_RETURNABLE",
    "NOT_ARCHIVABLE",
    "NOT_ARCHIVED",
    "NOT_CANCELLABLE",
    "NOT_DELIVERED",
    "NOT_REORDERABLE",
    "NOT_TAGGABLE",
    "OUT_OF_STOCK",
    "PAYMENT_METHOD_EXPIRED",
    "QUANTITY_TOO_LARGE",
    "RETURN_FINISHED",
    "RETURN_UNDER_WAY",
    "RETURN_WINDOW_CLOSED",
    "UNKNOWN_LINE_ITEM",
]

ProblemCode = Literal[
    "INVALID_REQUEST",
    "UNAUTHENTICATED",
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "RATE_LIMITED",
    "INTERNAL",
    "UNAVAILABLE",
    "DEADLINE_EXCEEDED",
    "IDEMPOTENCY_KEY_REUSED",
]


class ProblemDetails(Struct, frozen=True):
    """A failure of the whole request, as RFC 9457 problem details."""

    type: Annotated[str, Meta(description="Always about:blank: `code` tells the kinds apart.")]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: Annotated[str, Meta(description="For developers. Holds no personal data.")]
    code: ProblemCode | RefusalCode


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem, not an error
    """A request that cannot be served as a whole; becomes a problem+json answer."""

    def __init__(
        self,
        status: int,
        code: ProblemCode | RefusalCode,
        detail: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code: ProblemCode | RefusalCode = code
        self.detail = detail
        self.headers = headers


class InvalidRequest(Problem):
    """400: the request is not what the endpoint's schema says."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, "INVALID_REQUEST", detail)


class Unauthenticated(Problem):
    """401: the service token is missing or wrong."""

    def __init__(self) -> None:
        detail = "Authorization: Bearer <service token> is required."
        super().__init__(401, "UNAUTHENTICATED", detail, {"WWW-Authenticate": "Bearer"})


class NotFound(Problem):
    """404: there is no such thing, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__(404, "NOT_FOUND", "There is no such thing of this customer's.")


class Refused(Problem):
    """409: the thing is in a state that does not allow it."""

    def __init__(self, code: RefusalCode) -> None:
        super().__init__(409, code, "The state of things does not allow it.")


class IdempotencyKeyReused(Problem):
    """422: the customer has used this key for another request."""

    def __init__(self) -> None:
        super().__init__(422, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key belongs to another request.")


class TooLarge(Problem):
    """413: the body is larger than the service reads."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, "TOO_LARGE", f"The body may have at most {limit} bytes.")


class UnsupportedMediaType(Problem):
    """415: the body is not JSON."""

    def __init__(self) -> None:
        super().__init__(415, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json.")


class Unavailable(Problem):
    """503: too many requests wait already."""

    def __init__(self) -> None:
        super().__init__(503, "UNAVAILABLE", "The service is overloaded.", {"Retry-After": "1"})


class DeadlineExceeded(Problem):
    """504: there was no answer within X-Request-Timeout-Ms."""

    def __init__(self) -> None:
        super().__init__(504, "DEADLINE_EXCEEDED", "The request could not be answered within its deadline.")


def problem_details(problem: Problem) -> bytes:
    """Write a problem as JSON."""
    details = ProblemDetails(
        type="about:blank",
        title=problem.code.replace("_", " ").capitalize(),
        status=problem.status,
        detail=problem.detail,
        code=problem.code,
    )
    return msgspec.json.encode(details)


def problem_response(problem: Problem) -> Response:
    """Write a problem as an answer."""
    return Response(
        problem_details(problem),
        status_code=problem.status,
        headers=problem.headers,
        media_type=PROBLEM_JSON,
    )
