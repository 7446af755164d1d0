"""What every endpoint does with requests that are not plain batches."""

import gzip

import httpx
import pytest

from services.common.exchange import MAX_BODY_BYTES
from tests.services.conftest import Caller
from tests.support import plain

PATH = "/v1/customers:batchGet"


def problem(answer: httpx.Response) -> tuple[int, str, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    details = answer.json()
    assert details.keys() == {"type", "title", "status", "detail", "code"}
    assert (details["type"], details["status"]) == ("about:blank", answer.status_code)
    return answer.status_code, details["code"], details["detail"]


@pytest.mark.parametrize("path", ["/health", "/openapi.json"])
def test_some_things_need_no_token(order: Caller, path: str) -> None:
    assert plain.get(f"{order.process.url}{path}").status_code == 200


def test_health_names_the_service(order: Caller, payment: Caller, recs: Caller) -> None:
    for caller in (order, payment, recs):
        assert caller.http.get("/health").json() == {"service": caller.process.name, "status": "ok"}


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer wrong", "Basic {token}", "{token}"])
def test_a_missing_or_wrong_token_is_refused(order: Caller, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.format(token=order.process.token)}
    answer = plain.post(f"{order.process.url}{PATH}", json={"keys": ["cus_ada"]}, headers=headers)
    assert problem(answer)[:2] == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_is_refused_before_the_body_is_looked_at(order: Caller) -> None:
    answer = plain.post(f"{order.process.url}{PATH}", content=b"{")
    assert problem(answer)[:2] == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"keys"',
        b"{}",
        b'{"keys": null}',
        b'{"keys": []}',
        b'{"keys": "cus_ada"}',
        b'{"keys": [1]}',
        b'{"keys": [null]}',
        b'{"keys": [""]}',
        b'{"keys": ["' + b"x" * 65 + b'"]}',
        b'{"keys": ["x"], "more": 1}',
        b'{"keys": ["\xff"]}',
        b'{"keys": ["\\ud800"]}',
        b'{"keys": ["x"]} {}',
        b'{"keys": ' + b"[" * 100_000,
        b'{"keys": [' + b"9" * 5000 + b"]}",
    ],
)
def test_a_body_that_is_no_batch_is_refused(order: Caller, content: bytes) -> None:
    answer = order.http.post(PATH, content=content, headers={"Content-Type": "application/json"})
    assert problem(answer)[:2] == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    "change",
    [
        {"ref": ""},
        {"ref": "x" * 65},
        {"customerId": ""},
        {"limit": 0},
        {"limit": 1001},
        {"limit": "5"},
        {"limit": True},
        {"backward": 1},
        {"sort": "SCORE"},
        {"sort": None},
        {"descending": None},
        {"search": ""},
        {"search": "x" * 201},
        {"filter": {"status": ["LOST"]}},
        {"filter": {"status": "UNPAID"}},
        {"filter": {"placedFrom": "yesterday"}},
        {"filter": {"placedFrom": "2026-03-01T09:30:00"}},
        {"filter": {"surprise": 1}},
        {"surprise": 1},
        {"after": 5},
    ],
)
def test_a_query_of_another_form_is_refused(order: Caller, change: dict[str, object]) -> None:
    query = {"ref": "q", "customerId": "cus_ada", "limit": 5} | change
    answer = order.http.post("/v1/orders:search", json={"keys": [query]})
    assert problem(answer)[:2] == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("text", ["Ada", "it's Ada's", 'Ada "Ada" Ada', "'\"", "Ada\nAda"])
def test_details_do_not_repeat_what_the_caller_sent(order: Caller, text: str) -> None:
    query = {"ref": "q", "customerId": "cus_ada", "limit": 5, "sort": text}
    answer = order.http.post("/v1/orders:search", json={"keys": [query]})
    assert problem(answer)[2] == "Invalid enum value … - at `$.keys[0].sort`"


def test_five_hundred_keys_are_the_most(order: Caller) -> None:
    keys = ["cus_ada", *(f"cus_{number}" for number in range(499))]
    assert order.ask(PATH, *keys).keys() == {"cus_ada"}
    assert problem(order.http.post(PATH, json={"keys": [*keys, "cus_x"]}))[:2] == (400, "INVALID_REQUEST")


def test_a_megabyte_is_the_most(order: Caller) -> None:
    body = b'{"keys": ["cus_ada"]}'
    headers = {"Content-Type": "application/json"}
    largest = order.http.post(PATH, content=body.ljust(MAX_BODY_BYTES), headers=headers)
    assert [row["key"] for row in largest.json()["rows"]] == ["cus_ada"]
    larger = order.http.post(PATH, content=body.ljust(MAX_BODY_BYTES + 1), headers=headers)
    assert problem(larger)[:2] == (413, "TOO_LARGE")


def test_a_body_without_a_length_is_cut_off_too(order: Caller) -> None:
    chunks = (b" " * 65_536 for _ in range(17))
    answer = order.http.post(PATH, content=chunks, headers={"Content-Type": "application/json"})
    assert problem(answer)[:2] == (413, "TOO_LARGE")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_only_json_is_read(order: Caller, media_type: str) -> None:
    answer = order.http.post(PATH, content=b'{"keys": ["cus_ada"]}', headers={"Content-Type": media_type})
    assert problem(answer)[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_parameters_of_the_media_type_do_not_matter(order: Caller) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert order.http.post(PATH, content=b'{"keys": ["cus_0"]}', headers=headers).json() == {"rows": []}


def test_a_compressed_body_is_no_json(order: Caller) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = order.http.post(PATH, content=gzip.compress(b'{"keys": ["cus_0"]}'), headers=headers)
    assert problem(answer)[:2] == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("timeout", ["0", "60001", "-1", "+1", "1.5", "", "soon", "1e3", "٣", "9" * 5000])
def test_a_deadline_that_is_none_is_refused(order: Caller, timeout: str) -> None:
    headers = {"X-Request-Timeout-Ms": timeout.encode()}
    answer = order.http.post(PATH, json={"keys": ["cus_ada"]}, headers=headers)  # type: ignore[arg-type]  # bytes are sent as they are
    assert problem(answer)[:2] == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("timeout", ["60000", "5000", "05000"])
def test_a_deadline_that_can_be_kept_changes_nothing(order: Caller, timeout: str) -> None:
    answer = order.http.post(PATH, json={"keys": ["cus_0"]}, headers={"X-Request-Timeout-Ms": timeout})
    assert answer.json() == {"rows": []}


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_other_methods_are_refused(order: Caller, method: str) -> None:
    answer = order.http.request(method, PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    if method != "HEAD":
        assert problem(answer)[:2] == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/customers", "/v1/customers:batchGet/", "/v2/customers:batchGet"])
def test_other_paths_do_not_exist(order: Caller, path: str) -> None:
    assert problem(order.http.post(path, json={"keys": ["x"]}))[:2] == (404, "NOT_FOUND")


def test_nothing_of_requests_is_logged(order: Caller) -> None:
    order.ask(PATH, "cus_ada", "cus_secret")
    order.http.post("/v1/cus_secret", json={"keys": ["cus_secret"]})
    assert order.process.output == ""
