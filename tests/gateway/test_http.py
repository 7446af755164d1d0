"""GraphQL over HTTP: methods, media types, status codes, and bodies that are no request."""

import json
from collections.abc import AsyncIterator

import pytest

from services.people import SHOPPER
from tests.support.center import OrderCenter

JSON = "application/json"
NEWER = "application/graphql-response+json"
QUERY = "{ viewer { id } }"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [(None, JSON), (JSON, JSON), ("*/*", JSON), (NEWER, NEWER), (f"{NEWER}, {JSON};q=0.9", NEWER)],
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
        ("[" * 100_000, "GRAPHQL_PARSE_FAILED"),
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
    ):
        response = await center.http.post("/graphql", content=body, headers={"Content-Type": JSON})
        assert response.status_code in {200, 400}
        assert json.loads(response.content)["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_other_content_types_are_415(center: OrderCenter, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = await center.http.post("/graphql", content=json.dumps({"query": QUERY}).encode(), headers=headers)
    assert response.status_code == 415


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


async def test_other_methods_are_405(center: OrderCenter) -> None:
    assert (await center.http.put("/graphql", json={"query": QUERY})).status_code == 405


async def test_introspection_answers_for_graphiql(center: OrderCenter) -> None:
    answer = await center.ask("{ __schema { queryType { name } } __typename }", person=None)
    assert answer == {"data": {"__schema": {"queryType": {"name": "Query"}}, "__typename": "Query"}}
