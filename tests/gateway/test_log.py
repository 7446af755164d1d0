"""Nothing personal gets into the log, whoever tries to write it there."""

import asyncio
import gc
import json
import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telemetry.log import PERSONAL, formatter
from schema.errors import unexpected
from tests.support.center import Json
from tests.support.logged import personal

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjdXNfMSJ9.c2ln"  # noqa: S105  it is for nothing
SECRETS = (TOKEN, f"Bearer {TOKEN}", "jane.doe@example.com", "4111 1111 1111 1111", "5500000000000004")


def _line(logger: str, message: str, *values: object, **options: Any) -> dict[str, Any]:  # noqa: ANN401  logging's own
    record = logging.getLogger(logger).makeRecord(
        logger, logging.WARNING, __file__, 1, message, values, options.pop("exc_info", None), extra=options
    )
    line: dict[str, Any] = json.loads(formatter().format(record))
    return line


@pytest.mark.parametrize("secret", SECRETS)
def test_what_looks_personal_is_cut_out_of_what_we_log(secret: str) -> None:
    line = _line("gateway.x", f"about %s and {secret}", secret, path=["viewer", secret], client=secret)
    assert personal([json.dumps(line)]) == []
    assert line["event"] == "about [cut] and [cut]"
    assert line["path"] == ["viewer", "[cut]"]


def test_fields_that_are_not_known_are_left_out() -> None:
    line = _line("gateway.x", "something", limit="depth", address="12 High Street", customer="cus_1")
    assert set(line) == {"time", "level", "logger", "event", "limit"}


def test_what_a_library_logs_is_written_without_the_values_in_it() -> None:
    assert _line("httpx", "HTTP Request: %s %s", "POST", "http://order/v1/12-high-street")["event"] == (
        "HTTP Request: %s %s"
    )


def _told_by_asyncio(do: Callable[[asyncio.AbstractEventLoop], object], caplog: pytest.LogCaptureFixture) -> Json:
    """What asyncio logs, and nothing else, when something is done in a loop of its own."""

    async def main() -> None:
        do(asyncio.get_running_loop())
        await asyncio.sleep(0.01)
        gc.collect()

    asyncio.run(main())
    (record,) = [record for record in caplog.records if record.name == "asyncio"]
    text = formatter().format(record)
    # From Python 3.13 on asyncio leaves out by itself what a callback was called with.
    assert "High Street" in record.getMessage() or sys.version_info >= (3, 13)
    assert "High Street" not in text
    line: Json = json.loads(text)
    return line


async def _fail() -> None:
    raise ValueError("12 High Street")


def _refuse(_address: str) -> None:
    raise ValueError("12 High Street")


def test_an_exception_of_a_task_that_nobody_waits_for_is_written_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Nothing keeps it but the loop, until it has failed.
    line = _told_by_asyncio(lambda loop: loop.create_task(_fail()), caplog)
    assert (line["event"], line["raised"]) == ("Task exception was never retrieved", "ValueError")
    assert line["through"][-1].endswith(" _fail")


def test_a_callback_that_fails_is_written_without_what_it_was_called_with(caplog: pytest.LogCaptureFixture) -> None:
    line = _told_by_asyncio(lambda loop: loop.call_soon(_refuse, "12 High Street"), caplog)
    # Python 3.13 says where it is from, too.
    assert line["event"] in {"Exception in callback _refuse", "Exception in callback _refuse() at"}
    assert line["raised"] == "ValueError"


@pytest.mark.parametrize(
    ("message", "values", "written"),
    [
        ("socket.accept() out of resource\nsocket: <12 High Street>", (), "socket.accept() out of resource"),
        ("Task was destroyed but it is pending!\ntask: <x>", (), "Task was destroyed but it is pending!"),
        ("12 High Street", (), ""),
        ("Executing %s took %.3f seconds", ("12 High Street", 0.1), "Executing %s took %.3f seconds"),
    ],
)
def test_of_what_asyncio_writes_the_words_are_left(message: str, values: tuple[object, ...], written: str) -> None:
    assert _line("asyncio", message, *values)["event"] == written


def test_an_exception_is_written_by_its_type_and_lines_and_without_its_message() -> None:
    try:
        raise ValueError("12 High Street")  # noqa: TRY301  it is caught at once
    except ValueError:
        line = _line("uvicorn.error", "Exception in ASGI application\n", exc_info=sys.exc_info())
    assert (line["event"], line["raised"]) == ("Exception in ASGI application", "ValueError")
    assert line["through"][-1].startswith("test_log.py:")
    assert "High Street" not in json.dumps(line)


def test_an_unexpected_error_is_told_by_an_id_that_the_log_has_too(caplog: pytest.LogCaptureFixture) -> None:
    told = unexpected(ValueError("12 High Street"), ["viewer", "orders", 3])
    line = json.loads(formatter().format(caplog.records[-1]))
    assert told["extensions"]["id"] == line["id"]
    assert (line["event"], line["raised"], line["path"]) == ("unexpected error", "ValueError", ["viewer", "orders", 3])


@pytest.mark.parametrize("secret", [*SECRETS, "12 High Street"])
def test_the_test_that_looks_at_all_logs_would_find_it(secret: str) -> None:
    assert personal([f"x {secret} y"], ["12 High Street"]) != []


FRAGMENTS = st.sampled_from(
    ("eyJ", "abcdefgh12", ".", "Bearer", "bEaReR", " ", "\n", "@", "a.b", "-", "4111", "1", "42", "é", "٣")
)


@given(st.lists(FRAGMENTS | st.text(max_size=3), max_size=14).map("".join))
def test_looking_quickly_first_lets_nothing_through(text: str) -> None:
    assert _line("gateway.x", "%s", text)["event"] == PERSONAL.sub("[cut]", text)
