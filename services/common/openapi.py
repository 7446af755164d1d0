"""The OpenAPI 3.1 document of a service, from its endpoints and their types."""

import re
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from services.common.batch import Endpoint
from services.common.changes import Command
from services.common.exchange import IDEMPOTENCY_KEY, MAX_BODY_BYTES, MAX_TIMEOUT_MS
from services.common.problems import ProblemDetails

Json = dict[str, object]
Post = Endpoint[Any, Any] | Command[Any, Any]

_REFERENCE = "#/components/schemas/"

_PROBLEMS = {
    "400": ("InvalidRequest", "INVALID_REQUEST: the body or a header is not what this document says."),
    "401": ("Unauthenticated", "UNAUTHENTICATED: the service token is missing or wrong."),
    "404": ("NotFound", "NOT_FOUND: there is no such thing of this customer's; nothing was changed."),
    "409": ("Refused", "The state of things does not allow it, `code` says why; nothing was changed."),
    "413": ("TooLarge", f"TOO_LARGE: the body has more than {MAX_BODY_BYTES} bytes."),
    "415": ("UnsupportedMediaType", "UNSUPPORTED_MEDIA_TYPE: the body is not application/json."),
    "422": ("KeyReused", "IDEMPOTENCY_KEY_REUSED: the key belongs to another request; nothing was changed."),
    "500": ("Internal", "INTERNAL: the service failed."),
    "503": ("Unavailable", "UNAVAILABLE: the service is overloaded."),
    "504": ("DeadlineExceeded", "DEADLINE_EXCEEDED: there was no answer within X-Request-Timeout-Ms."),
}

# What only a command can be answered with.
_COMMANDS_ONLY = ("404", "409", "422")

_PARAMETERS: Json = {
    "Timeout": {
        "name": "X-Request-Timeout-Ms",
        "in": "header",
        "description": "What is left of the caller's deadline, in milliseconds.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_TIMEOUT_MS, "default": MAX_TIMEOUT_MS},
    },
    "Trace": {
        "name": "traceparent",
        "in": "header",
        "description": "W3C trace context.",
        "schema": {"type": "string"},
    },
}
_IDEMPOTENCY_KEY: Json = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "A second request of the customer with this key is not carried out again.",
        "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY}$"},
    },
}


class Health(Struct, frozen=True):
    """The service runs."""

    service: str
    status: Literal["ok"] = "ok"


def openapi_document(
    title: str,
    description: str,
    endpoints: Sequence[Endpoint[Any, Any]],
    commands: Sequence[Command[Any, Any]],
) -> Json:
    """Describe a service completely."""
    posts: list[Post] = [*endpoints, *commands]
    types = [kind for post in posts for kind in (post.request, post.answer)]
    references, schemas = _components([*types, ProblemDetails, Health])
    paths: Json = {
        post.path: {"post": _operation(post, references[2 * index], references[2 * index + 1])}
        for index, post in enumerate(posts)
    }
    paths["/health"] = {"get": _open_read("health", "Whether the service runs", references[-1])}
    paths["/openapi.json"] = {"get": _open_read("openapi", "This document", {"type": "object"})}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": description},
        "security": [{"serviceToken": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": _PARAMETERS | _IDEMPOTENCY_KEY if commands else _PARAMETERS,
            "responses": {
                name: _problem(code, text, references[-2])
                for code, (name, text) in _PROBLEMS.items()
                if commands or code not in _COMMANDS_ONLY
            },
            "securitySchemes": {"serviceToken": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(post: Post, request: Json, answer: Json) -> Json:
    resource, method = post.path.removeprefix("/v1/").split(":")
    changes = isinstance(post, Command)
    parameters = _PARAMETERS | _IDEMPOTENCY_KEY if changes else _PARAMETERS
    description = "The thing as it is now." if changes else "The rows."
    responses: Json = {"200": _content(description, "application/json", answer)}
    responses |= {
        code: {"$ref": f"#/components/responses/{name}"}
        for code, (name, _) in _PROBLEMS.items()
        if changes or code not in _COMMANDS_ONLY
    }
    return {
        "operationId": f"{resource}_{method}",
        "summary": post.summary,
        "tags": [resource],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in parameters],
        "requestBody": {"required": True, "content": {"application/json": {"schema": request}}},
        "responses": responses,
    }


def _open_read(name: str, summary: str, answer: Json) -> Json:
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {"200": _content(f"{summary}.", "application/json", answer)},
    }


def _problem(code: str, text: str, schema: Json) -> Json:
    response = _content(text, "application/problem+json", schema)
    if code == "401":
        response["headers"] = {"WWW-Authenticate": {"schema": {"const": "Bearer"}}}
    if code == "503":
        response["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return response


def _content(description: str, media_type: str, schema: Json) -> Json:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _components(types: Sequence[Any]) -> tuple[list[Json], dict[str, Json]]:
    """References to the types, and their schemas by name."""
    references, schemas = msgspec.json.schema_components(types, ref_template=_REFERENCE + "{name}")
    names = {name: _readable(name) for name in schemas}
    text = msgspec.json.encode((references, schemas)).decode()
    for name, readable in names.items():
        text = text.replace(f'"{_REFERENCE}{name}"', f'"{_REFERENCE}{readable}"')
    shortened = msgspec.json.decode(text, type=tuple[list[Json], dict[str, Json]])
    return shortened[0], {names[name]: schema | {"title": names[name]} for name, schema in shortened[1].items()}


def _readable(name: str) -> str:
    """Turn msgspec's `Rows_Page_Order__` into `OrderPageRows`."""
    words = re.findall("[A-Z][A-Za-z0-9]*", re.sub(r"services(\.[a-z_]+)*\.", "", name))
    return "".join(reversed(words))
