"""What strangers may not see, and developers may: the schema, suggestions, faults, tools. After graphql-cop's list."""

import json
from collections.abc import AsyncIterator, Mapping

import pytest

from services.people import SHOPPER
from tests.support.center import Json, OrderCenter, running, settings
from tests.support.services import ServiceProcess

SCHEMA = "{ __schema { queryType { name } } __typename }"
MISSPELT = (
    "{ viewr { id } }",
    "{ viewer { ordrs { nodes { id } } } }",
    "{ viewer { orders(frst: 1) { nodes { id } } } }",
    "{ viewer { orders(filter: {status: [DELIVERD]}) { nodes { id } } } }",
    "{ viewer { ... on Usr { id } } }",
    "{ viewer { orders(filter: {statu: []}) { nodes { id } } } }",
    "query ($filter: OrderFilte) { viewer { orders(filter: $filter) { nodes { id } } } }",
)


@pytest.fixture
async def open_center(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AsyncIterator[OrderCenter]:
    """A gateway for developers."""
    async with running(settings(services, issuer, production=False, graphiql=True), issuer) as one:
        yield one


@pytest.mark.parametrize(
    "query",
    [
        SCHEMA,
        '{ __type(name: "User") { name } }',
        "{ viewer { id } ...S } fragment S on Query { ... { a: __schema { types { name } } } }",
        "query ($no: Boolean = false) { __schema @include(if: $no) { types { name } } }",
    ],
)
async def test_nobody_reads_the_schema_but_with_the_scope(center: OrderCenter, query: str) -> None:
    refused = {"message": "Reading the schema needs the scope 'schema:read'.", "extensions": {"code": "FORBIDDEN"}}
    for person, scope in ((None, None), (SHOPPER.id, None), (SHOPPER.id, "orders:read:any")):
        assert await center.ask(query, person=person, scope=scope) == {"errors": [refused]}
        assert center.calls == []
    answer = await center.ask(query, person=SHOPPER.id, scope="orders:read:any schema:read")
    assert "errors" not in answer


async def test_the_name_of_a_type_is_always_told(center: OrderCenter) -> None:
    assert await center.ask("{ __typename }", person=None) == {"data": {"__typename": "Query"}}


async def test_developers_read_the_schema_but_not_in_circles(open_center: OrderCenter) -> None:
    answer = await open_center.ask(SCHEMA, person=None)
    assert answer == {"data": {"__schema": {"queryType": {"name": "Query"}}, "__typename": "Query"}}
    circle = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    errors = (await open_center.ask(circle, person=None))["errors"]
    assert "Maximum introspection depth exceeded" in {error["message"] for error in errors}


async def test_names_that_there_are_are_suggested_to_developers_only(
    center: OrderCenter, open_center: OrderCenter
) -> None:
    for query in MISSPELT:
        (hidden, *_), (helpful, *_) = [(await one.ask(query, person=None))["errors"] for one in (center, open_center)]
        assert "Did you mean" in helpful["message"]
        assert "Did you mean" not in hidden["message"]


async def test_names_are_not_suggested_for_variables_either(center: OrderCenter, open_center: OrderCenter) -> None:
    query = "query ($filter: OrderFilter) { viewer { orders(filter: $filter) { nodes { id } } } }"
    misspelt: list[Json] = [{"filter": {"statu": []}}, {"filter": {"status": ["DELIVERD"]}}]
    for variables in misspelt:
        for one, is_helpful in ((center, False), (open_center, True)):
            (error,) = (await one.ask(query, variables, person=SHOPPER.id))["errors"]
            assert ("Did you mean" in error["message"]) is is_helpful


async def test_browsers_get_the_page_from_developers_gateways_only(
    center: OrderCenter, open_center: OrderCenter
) -> None:
    page = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert (await open_center.http.get("/graphql", headers=page)).headers["content-type"].startswith("text/html")
    refused = await center.http.get("/graphql", headers=page)
    assert refused.json()["errors"][0]["extensions"] == {"code": "CSRF_REJECTED"}
    for path in ("/graphiql", "/graphiql/people", "/playground", "/console", "/altair"):
        assert (await center.http.get(path, headers=page)).status_code == 404


async def test_answers_bind_browsers(center: OrderCenter, open_center: OrderCenter) -> None:
    strict = (await center.post("{ __typename }", person=None)).headers
    assert strict["x-content-type-options"] == "nosniff"
    assert strict["strict-transport-security"] == "max-age=63072000"
    assert strict["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert strict["cache-control"] == "private, no-store"
    assert "server" not in strict
    # A developer's machine has no TLS to be bound to.
    assert "strict-transport-security" not in (await open_center.post("{ __typename }", person=None)).headers


async def test_what_cannot_be_parsed_is_no_fault_of_ours(center: OrderCenter) -> None:
    (error,) = (await center.ask("qwerty cop { abc }", person=None))["errors"]
    assert error["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
    assert set(error) == {"message", "locations", "extensions"}


async def test_no_answer_traces_itself(center: OrderCenter) -> None:
    answer = await center.ask("{ viewer { id } }", person=SHOPPER.id)
    assert set(answer) == {"data"}


async def test_forms_cannot_ask(center: OrderCenter) -> None:
    for method in ("query", "mutation"):
        form = {"query": f"{method} {{ __typename }}"}
        assert (await center.http.post("/graphql", data=form)).status_code == 415
        plain = {"Content-Type": "text/plain"}
        assert (await center.http.post("/graphql", content=json.dumps(form), headers=plain)).status_code == 415
        assert (await center.http.get("/graphql", params=form)).status_code == 400


async def test_a_document_with_many_mistakes_gets_no_more_than_a_hundred(center: OrderCenter) -> None:
    answer = await center.ask("{ viewer { " + " ".join(f"x{i}" for i in range(900)) + " } }", person=None)
    assert len(answer["errors"]) <= 101
