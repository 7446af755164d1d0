"""What holds of every command: it acts once under its key, whole or not at all, whatever dies meanwhile."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.services.conftest import Caller

CANCEL = "/v1/orders:cancel"
REORDER = "/v1/orders:reorder"


@pytest.fixture
def order(changing: Callable[[str], Caller]) -> Caller:
    return changing("order")


@contextmanager
def locked(own_data: Path) -> Iterator[sqlite3.Connection]:
    """Keep everybody else from writing."""
    with closing(sqlite3.connect(own_data / "order.sqlite", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def count(own_data: Path, table: str) -> int:
    with closing(sqlite3.connect(own_data / "order.sqlite")) as connection:
        number: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  a test's own
        return number


def test_the_same_command_again_has_the_same_answer_and_does_nothing(order: Caller, own_data: Path) -> None:
    first = order.command(REORDER, "k", orderId="ord_full")
    assert first.status_code == 200
    assert "idempotent-replayed" not in first.headers
    for _ in range(3):
        again = order.command(REORDER, "k", orderId="ord_full")
        assert (again.status_code, again.content) == (200, first.content)
        assert again.headers["idempotent-replayed"] == "true"
    assert (count(own_data, "checkouts"), count(own_data, "commands"), count(own_data, "outbox")) == (3, 1, 1)


def test_a_refusal_is_kept_too(order: Caller) -> None:
    answers = [order.command(CANCEL, "k", orderId="ord_gone") for _ in range(2)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(409, answers[0].content)}
    assert answers[1].headers["content-type"] == "application/problem+json"


def test_a_key_belongs_to_one_request_of_one_customer(order: Caller, own_data: Path) -> None:
    assert order.command(CANCEL, "k", orderId="ord_yen").status_code == 200
    assert order.refusal(CANCEL, "k", orderId="ord_full") == "IDEMPOTENCY_KEY_REUSED"
    assert order.refusal(REORDER, "k", orderId="ord_yen") == "IDEMPOTENCY_KEY_REUSED"
    assert order.command(CANCEL, "k", customer="cus_bo", orderId="ord_bo").status_code == 200
    assert count(own_data, "commands") == 2


def test_a_refused_key_is_looked_at_before_the_body(order: Caller) -> None:
    for key in ("", "a b", "x" * 65):
        answer = order.command(CANCEL, key, orderId="ord_yen")
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")
    assert order.command(CANCEL, "x" * 64, orderId="ord_yen").status_code == 200


def test_the_same_command_many_times_at_once_acts_once(order: Caller, own_data: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: order.command(REORDER, "k", orderId="ord_full"), range(16)))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert count(own_data, "checkouts") == 3


def test_a_command_that_cannot_begin_in_time_does_nothing_later(order: Caller, own_data: Path) -> None:
    body, headers = {"customerId": "cus_ada", "orderId": "ord_yen"}, {"Idempotency-Key": "k"}
    with locked(own_data) as connection:
        answer = order.http.post(CANCEL, json=body, headers=headers | {"X-Request-Timeout-Ms": "200"})
        assert (answer.status_code, answer.json()["code"]) == (504, "DEADLINE_EXCEEDED")
        connection.execute("ROLLBACK")
    # The next command waits for the one before: if that had acted, this one would be its replay.
    answer = order.command(CANCEL, "k", orderId="ord_yen")
    assert answer.status_code == 200
    assert "idempotent-replayed" not in answer.headers


def test_a_service_that_dies_before_the_commit_has_done_nothing(order: Caller, own_data: Path) -> None:
    failed: list[Exception] = []

    def send() -> None:
        try:
            order.command(CANCEL, "k", orderId="ord_yen")
        except httpx.TransportError as error:
            failed.append(error)

    with locked(own_data) as connection:
        sending = threading.Thread(target=send)
        sending.start()
        sending.join(0.3)
        assert sending.is_alive()
        order.process.kill()
        sending.join()
        connection.execute("ROLLBACK")
    assert len(failed) == 1
    order.process.start()
    answer = order.command(CANCEL, "k", orderId="ord_yen")
    assert answer.status_code == 200
    assert "idempotent-replayed" not in answer.headers


def test_what_was_answered_outlives_the_service(order: Caller, own_data: Path) -> None:
    first = order.command(CANCEL, "k", orderId="ord_yen")
    order.process.kill()
    order.process.start()
    again = order.command(CANCEL, "k", orderId="ord_yen")
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert count(own_data, "outbox") == 1


def test_a_change_and_its_event_are_one(order: Caller, own_data: Path) -> None:
    order.command(CANCEL, "k", orderId="ord_yen")
    order.command(CANCEL, "k2", orderId="ord_yen")
    with closing(sqlite3.connect(own_data / "order.sqlite")) as connection:
        rows = connection.execute("SELECT kind, subject, customer_id FROM outbox").fetchall()
    assert rows == [("order.updated", "ord_yen", "cus_ada")]
