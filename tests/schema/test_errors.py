"""One table from exceptions to codes: every error is in it, and nothing else gets out."""

import inspect
import logging

import pytest
from graphql import GraphQLError

from downstream import errors as downstream
from engine import RepresentationError
from gateway.telemetry.log import formatter
from resolvers import errors as request
from schema.errors import CODES, formatted


def _leaves(base: type[BaseException]) -> set[type[BaseException]]:
    below = base.__subclasses__()
    return {leaf for one in below for leaf in _leaves(one)} if below else {base}


def test_every_error_has_a_code() -> None:
    ours = _leaves(downstream.DownstreamError) | _leaves(request.RequestError) | {downstream.KeyRefusedError}
    ours.add(RepresentationError)
    assert ours == set(CODES)


def test_every_error_class_is_found_by_the_test_above() -> None:
    for module in (downstream, request):
        defined = {one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == module.__name__}
        bases = {downstream.DownstreamError, request.RequestError}
        assert defined - bases <= set(CODES)


def test_a_services_error_names_the_service() -> None:
    cause = downstream.DownstreamTimeoutError("payment")
    shown = formatted(GraphQLError(str(cause), path=["viewer"], original_error=cause))
    assert shown["extensions"] == {"code": "DOWNSTREAM_TIMEOUT", "service": "payment"}
    assert shown["message"] == "The payment service did not answer in time."


def test_an_unexpected_error_shows_and_logs_no_detail(caplog: pytest.LogCaptureFixture) -> None:
    cause = ValueError("Mira's card 4242")
    with caplog.at_level(logging.DEBUG):
        shown = formatted(GraphQLError(str(cause), path=["viewer", "orders"], original_error=cause))
    assert shown["message"] == "Something went wrong."
    assert (shown["extensions"]["code"], set(shown["extensions"])) == ("INTERNAL", {"code", "id"})
    (line,) = [formatter().format(record) for record in caplog.records]
    assert "ValueError" in line
    assert "4242" not in line + str(shown)
