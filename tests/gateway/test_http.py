"""GraphQL over HTTP: methods, media types, status codes, and bodies that are no request."""

import gzip
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.negotiation import Delivery
from gateway.negotiation import coding as coding_for
from gateway.negotiation import delivery as delivery_for
from gateway.negotiation import media_type as media_type_for
from gateway.telemetry.log import formatter
from loaders import Loaders
from services.people import SHOPPER
from tests.support.center import OrderCenter

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

JSON = "application/json"
NEWER = "application/graphql-response+json"
QUERY = "{ viewer { id } }"
LARGE = "{ viewer { orders(first: 20) { nodes { id number status lineItems { id title quantity } } } } }"
UNPACK: Mapping[str | None, Callable[[bytes], bytes]] = {None: bytes, "gzip": gzip.decompress, "zstd": zstd.decompress}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (NEWER, NEWER),
        (f"{NEWER}, {JSON};q=0.9", NEWER),
        (f"{NEWER};q=0.8, {JSON};q=0.9", JSON),
        (f"{NEWER};charset=utf-8;q=1.0, */*;q=0.1", NEWER),
        (f"text/html, {NEWER}, */*", NEWER),
        (f"{JSON};q=0, */*", NEWER),
        (NEWER.upper(), NEWER),
        (f"{NEWER};q=nan, {JSON};q=0.1", JSON),
    ],
)
async def test_the_answer_has_the_media_type_that_was_asked_for(
    center: OrderCenter, accept: str | None, media_type: str
) -> None:
    headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}"} | ({"Accept": accept} if accept else {})
    response = await center.http.post("/graphql", json={"query": QUERY}, headers=headers)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert response.headers["cache-control"] == "private, no-store"
    assert response.json() == {"data": {"viewer": {"id": SHOPPER.id}}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ viewer {", "GRAPHQL_PARSE_FAILED"),
        ("{" * 5000, "GRAPHQL_PARSE_FAILED"),
        ("[" * 40_000, "GRAPHQL_PARSE_FAILED"),
        ("[" * 100_000, "TOKEN_LIMIT_EXCEEDED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { viewer { id } } query B { viewer { id } }", "BAD_USER_INPUT"),
    ],
)
async def test_a_refused_document_is_400_for_the_newer_media_type_and_200_for_json(
    center: OrderCenter, query: str, code: str
) -> None:
    for accept, status in ((NEWER, 400), (JSON, 200)):
        response = await center.http.post("/graphql", json={"query": query}, headers={"Accept": accept})
        assert response.status_code == status
        assert response.json()["errors"][0]["extensions"]["code"] == code
        assert "data" not in response.json()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'"query"',
        b"[]",
        b"{}",
        b'{"query": 1}',
        b'{"query": "{ viewer { id } }", "variables": []}',
        b'{"query": "\xff"}',
        b'{"query": "{ viewer { id } }", "variables": {"a": NaN}}',
        b'{"query": "{ viewer { id } }"',
        b"[" * 100_000,
        b'{"query": "{ viewer { id } }", "variables": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    ],
)
async def test_a_body_that_is_no_request_is_400(center: OrderCenter, body: bytes) -> None:
    response = await center.http.post("/graphql", content=body, headers={"Content-Type": JSON})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_a_huge_integer_and_a_lone_surrogate_are_answered_in_valid_json(center: OrderCenter) -> None:
    for body in (
        b'{"query": "query ($n: Int) { viewer { orders(first: $n) { nodes { id } } } }", "variables": {"n": %s}}'
        % (b"9" * 5000),
        b'{"query": "query ($s: String) { viewer { tags(search: $s) { pageInfo { endCursor } } } }", %s}'
        % b'"variables": {"s": "\\ud800"}',
        b'{"query": "{ viewer { id \\ud800 } }"}',
        b'{"query": "query ($n: Int) { viewer { orders(first: $n) { nodes { id } } } }", "variables": {"n": 1e999}}',
        b'{"query": "query ($n: Int) { viewer { tags(first: $n) { x } } }", "variables": {"n": 9007199254740993}}',
    ):
        response = await center.http.post("/graphql", content=body, headers={"Content-Type": JSON})
        assert response.status_code in {200, 400}
        assert json.loads(response.content)["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=iso-8859-1",
        "application/jsonp",
    ],
)
async def test_other_content_types_are_415(center: OrderCenter, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = await center.http.post("/graphql", content=json.dumps({"query": QUERY}).encode(), headers=headers)
    assert response.status_code == 415


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
async def test_json_in_utf_8_is_taken_however_it_is_written(center: OrderCenter, content_type: str) -> None:
    body = json.dumps({"query": "{ __typename }"}).encode()
    response = await center.http.post("/graphql", content=body, headers={"Content-Type": content_type})
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_compressed_bodies_are_415_and_never_unpacked(center: OrderCenter) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    headers = {"Content-Type": JSON, "Content-Encoding": "gzip"}
    response = await center.http.post("/graphql", content=bomb, headers=headers)
    assert response.status_code == 415
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize(
    ("accept", "delivery"),
    [
        (None, None),
        ("*/*", None),
        ("multipart/*, application/json", None),
        ("multipart/mixed", Delivery.CURRENT),
        (f"{NEWER}, application/graphql+json, {JSON}, text/event-stream, multipart/mixed", Delivery.CURRENT),
        (f"multipart/mixed;deferSpec=20220824,{NEWER},{JSON};q=0.9", Delivery.DEFER_2022),
        ('Multipart/Mixed; deferSpec="20220824"; q=0.1', Delivery.DEFER_2022),
        (f"multipart/mixed;incrementalSpec=v0.2,{NEWER}", Delivery.CURRENT_NAMED),
        ("multipart/mixed;deferSpec=20220824;q=0.5, multipart/mixed;q=0.6", Delivery.CURRENT),
        ("multipart/mixed;deferSpec=20220824, multipart/mixed", Delivery.DEFER_2022),
        ("multipart/mixed;deferSpec=19990101", None),
        ('multipart/mixed;boundary="-";subscriptionSpec=1.0, application/json', None),
        ("multipart/mixed;q=0", None),
        ("multipart/form-data", None),
    ],
)
def test_parts_are_told_as_the_client_asks_for_them(accept: str | None, delivery: Delivery | None) -> None:
    assert delivery_for(accept.encode() if accept else None) is delivery


@pytest.mark.parametrize(
    "accept",
    ["text/html", "text/plain", f"{JSON};q=0, {NEWER};q=0", "image/*;q=0.5", "multipart/mixed;a=1"],
)
async def test_a_client_that_takes_neither_media_type_is_told_which_there_are(center: OrderCenter, accept: str) -> None:
    response = await center.http.post("/graphql", json={"query": QUERY}, headers={"Accept": accept})
    assert response.status_code == 406
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert NEWER in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, None),
        ("identity", None),
        ("br", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("gzip;q=0, zstd;q=0", None),
        ("*", "zstd"),
        ("gzip;q=0.1, identity;q=1", None),
    ],
)
async def test_large_answers_are_compressed_as_the_client_likes_and_small_ones_never(
    center: OrderCenter, accepted: str | None, coding: str | None
) -> None:
    headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}", "Accept-Encoding": accepted or "identity"}
    if accepted is None:
        del headers["Accept-Encoding"], center.http.headers["accept-encoding"]
    for query, expected in ((LARGE, coding), (QUERY, None)):
        async with center.http.stream("POST", "/graphql", json={"query": query}, headers=headers) as response:
            body = b"".join([chunk async for chunk in response.aiter_raw()])
        assert response.headers.get("content-encoding") == expected
        assert int(response.headers["content-length"]) == len(body)
        assert "errors" not in json.loads(UNPACK[expected](body))


async def test_several_operations_in_one_request_are_refused(center: OrderCenter) -> None:
    response = await center.http.post("/graphql", json=[{"query": QUERY}] * 2)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"] == {"code": "BATCH_LIMIT_EXCEEDED"}
    assert center.calls == []


async def test_mutations_by_get_are_405(center: OrderCenter) -> None:
    parameters = {"query": "mutation { nothing }"}
    response = await center.http.get("/graphql", params=parameters, headers={"GraphQL-Preflight": "1"})
    # There is no such operation in a schema without mutations, which is found out later.
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_a_body_over_the_cap_is_413_whether_declared_or_chunked(center: OrderCenter) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    for content in (b" " * 1_000_001, chunks()):
        response = await center.http.post("/graphql", content=content, headers={"Content-Type": JSON})
        assert response.status_code == 413


async def test_get_needs_a_preflight_header_and_then_answers_queries(center: OrderCenter) -> None:
    query = "query ($id: ID!) { product(id: $id) { id } viewer { id } }"
    parameters = {"query": query, "variables": '{"id": "prd_NEVERMADE0"}'}
    refused = await center.http.get("/graphql", params=parameters)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"] == {"code": "CSRF_REJECTED"}
    headers = {"GraphQL-Preflight": "1", "Authorization": f"Bearer {center.token(SHOPPER.id)}"}
    answered = await center.http.get("/graphql", params=parameters, headers=headers)
    assert answered.json()["data"] == {"product": None, "viewer": {"id": SHOPPER.id}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"query": "", "operationName": None}, "There is no such operation in the document."),
        ({"query": "{ __typename }", "operationName": "B"}, "There is no such operation in the document."),
        ({"query": "fragment F on User { id }"}, "There is no such operation in the document."),
    ],
)
async def test_an_operation_that_is_not_there_is_400(
    center: OrderCenter, body: dict[str, object], message: str
) -> None:
    response = await center.http.post("/graphql", json=body)
    assert response.status_code == 400
    assert response.json() == {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}


@pytest.mark.parametrize("parameters", [{}, {"query": QUERY, "variables": "["}, {"query": QUERY, "variables": "1"}])
async def test_a_get_that_is_no_request_is_400(center: OrderCenter, parameters: dict[str, str]) -> None:
    response = await center.http.get("/graphql", params=parameters, headers={"GraphQL-Preflight": "1"})
    assert response.status_code == 400


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_other_methods_are_405(center: OrderCenter, method: str) -> None:
    response = await center.http.request(method, "/graphql", headers={"Content-Type": JSON})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_a_fault_of_ours_is_a_coded_500_that_tells_nothing_but_an_id(
    center: OrderCenter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("secret of somebody@example.com")

    monkeypatch.setattr(Loaders, "__init__", fail)
    response = await center.http.post("/graphql", json={"query": QUERY})
    assert response.status_code == 500
    (error,) = response.json()["errors"]
    assert error["message"] == "Something went wrong."
    assert error["extensions"]["code"] == "INTERNAL"
    (record,) = [record for record in caplog.records if record.name == "schema.errors"]
    line = formatter().format(record)
    assert error["extensions"]["id"] in line
    assert "somebody" not in response.text + line


@given(st.binary(max_size=400))
def test_any_accept_header_is_answered(header: bytes) -> None:
    assert media_type_for(header) in {JSON, NEWER, None}
    assert coding_for(header) in {"zstd", "gzip", None}
    assert delivery_for(header) in {*Delivery, None}
