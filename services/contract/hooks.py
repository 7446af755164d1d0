"""What generated requests must not ask of a service. Loaded by Schemathesis itself."""

from http import HTTPStatus
from typing import Any

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.transport import Response


@schemathesis.hook
def filter_failure(
    _: schemathesis.HookContext, failure: Failure, case: schemathesis.Case[Any], response: Response
) -> bool:
    """Whether what Schemathesis takes for a failure is one.

    Not one: an unknown header that is ignored, as HTTP wants it, a 504 on a short deadline, and a valid command that
    is not carried out because its key was drawn before.
    """
    headers = {name.lower() for name in case.headers or {}}
    ignored_header = isinstance(failure, AcceptedNegativeData) and any("unknown-property" in name for name in headers)
    deadline = response.status_code == HTTPStatus.GATEWAY_TIMEOUT and "x-request-timeout-ms" in headers
    reused = response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and "idempotency-key" in headers
    return not ignored_header and not deadline and not reused


@schemathesis.hook
def map_body(_: schemathesis.HookContext, body: object) -> object:
    """JSON Schema takes 20.0 for an integer; the contract lets a service refuse it."""
    return _with_plain_integers(body)


def _with_plain_integers(value: object) -> object:
    if isinstance(value, dict):
        return {key: _with_plain_integers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_plain_integers(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
