"""How errors look to clients: one table from exceptions to ``extensions.code``, and nothing else gets out."""

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphql import FieldNode, GraphQLError, GraphQLFormattedError

from downstream import errors as downstream
from downstream.client import ServiceClient
from engine import RepresentationError
from resolvers import errors as request

log = logging.getLogger(__name__)

CODES: Mapping[type[Exception], str] = {
    downstream.DownstreamUnavailableError: "DOWNSTREAM_UNAVAILABLE",
    downstream.DownstreamStaleError: "DOWNSTREAM_UNAVAILABLE",
    downstream.DownstreamOverloadedError: "DOWNSTREAM_UNAVAILABLE",
    downstream.DownstreamRejectedError: "DOWNSTREAM_UNAVAILABLE",
    downstream.DownstreamRefusedError: "DOWNSTREAM_UNAVAILABLE",
    downstream.DownstreamTimeoutError: "DOWNSTREAM_TIMEOUT",
    downstream.DownstreamMalformedError: "DOWNSTREAM_MALFORMED",
    downstream.KeyRefusedError: "BAD_USER_INPUT",
    request.BadUserInputError: "BAD_USER_INPUT",
    RepresentationError: "BAD_USER_INPUT",
    request.ForbiddenError: "FORBIDDEN",
    request.NotFoundError: "NOT_FOUND",
    request.UnauthenticatedError: "UNAUTHENTICATED",
}


def formatted(error: GraphQLError, *, otherwise: str | None = None) -> GraphQLFormattedError:
    """Return an error as clients see it: a coded one with its own message, an unexpected one without any detail.

    ``extensions`` hold ``code`` and, where they apply, ``service`` (which one failed) and ``argument`` (which one
    cannot be used). An unexpected one is told by an id that the log has too.

    Args:
        error: From graphql-core.
        otherwise: Code of an error that graphql-core made itself.
    """
    shown = error.formatted
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if cause is None or (error.path is None and isinstance(cause, ValueError)):
        # graphql-core's own: a field's value that does not fit the schema, else an argument or variable that does not.
        is_value = error.path is not None and all(isinstance(node, FieldNode) for node in error.nodes or ())
        extensions: dict[str, Any] = {"code": otherwise or ("INTERNAL" if is_value else "BAD_USER_INPUT")}
    elif code := CODES.get(type(cause)):
        extensions = {"code": code}
        for name in ("service", "argument"):
            if hasattr(cause, name):
                extensions[name] = getattr(cause, name)
    else:
        extensions = {"code": "INTERNAL"}
    if extensions["code"] == "INTERNAL":
        shown |= unexpected(cause or error, error.path)
        return shown
    shown["extensions"] = {**extensions, **(error.extensions or {})}
    return shown


def unexpected(error: Exception, path: Sequence[str | int] | None = None) -> GraphQLFormattedError:
    """Return what clients are told of an error that nobody foresaw: an id, by which the log can be searched.

    It is logged with that id, its type, path and traceback: whoever formats the log must leave the message out, since
    it may hold personal data.

    Args:
        error: What was raised.
        path: The field where it was raised.
    """
    number = secrets.token_hex(8)
    log.error("unexpected error", exc_info=error, extra={"id": number, "path": path})
    return {"message": "Something went wrong.", "extensions": {"code": "INTERNAL", "id": number}}


def degraded_services(services: Mapping[str, ServiceClient], errors: Iterable[GraphQLFormattedError]) -> Sequence[str]:
    """Return the names of the services that failed this answer, or that are not called after failing others."""
    failed = {
        error["extensions"]["service"] for error in errors if error["extensions"]["code"].startswith("DOWNSTREAM_")
    }
    return sorted(failed | {name for name, client in services.items() if client.is_degraded})
