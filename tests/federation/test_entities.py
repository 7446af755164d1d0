"""Entities for routers: found together, nothing believed but the key, nobody's but their owner's."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.code import compile_plan
from engine.loads import LOADS
from loaders import Loaders
from schema import create_schema
from services.people import SHOPPER, STAFF, TROUBLED
from tests.federation.router import ENTITIES, SECRET, entities, errors_by_place, post
from tests.support.center import Call, Json, OrderCenter, running, settings
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess

THINGS = """{ viewer { id displayName orders(first: 50, filter: {status: [DELIVERED, COMPLETED]}) { nodes {
    id number total { amount } shop { id name } lineItems { product { id title } }
    shipments { id carrier } payments { id kind } } } } }"""
ROUTERS_ONLY = [
    "{ _service { sdl } }",
    '{ _entities(representations: [{__typename: "Product", id: "prd_1"}]) { __typename } }',
    "{ _service { sdl } __schema { queryType { name } } }",
    "{ ...Deep viewer { id } } fragment Deep on Query { named: _service { sdl } }",
]
WRONG = ["wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), ""]


@pytest.fixture
async def things(subgraph: OrderCenter) -> dict[str, Json]:
    """One entity of each type, as their owner sees them otherwise."""
    viewer = (await subgraph.data(THINGS, person=SHOPPER.id))["viewer"]
    order = next(one for one in viewer["orders"]["nodes"] if one["shipments"] and one["payments"])
    product = next(item["product"] for one in viewer["orders"]["nodes"] for item in one["lineItems"] if item["product"])
    return {
        "User": {"id": viewer["id"], "displayName": viewer["displayName"]},
        "Order": {name: order[name] for name in ("id", "number", "total")},
        "Product": product,
        "Shop": order["shop"],
        "Payment": order["payments"][0],
        "Shipment": order["shipments"][0],
    }


def _by_id(things: Mapping[str, Json]) -> list[Json]:
    return [{"__typename": name, "id": one["id"]} for name, one in things.items()]


async def test_who_does_not_show_the_secret_is_unauthenticated(subgraph: OrderCenter) -> None:
    for query in ROUTERS_ONLY:
        for secret in (None, *WRONG):
            response = await post(subgraph, query, person=SHOPPER.id, secret=secret)
            assert response.status_code == 401
            assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            assert "data" not in response.json()
            assert subgraph.calls == []


async def test_a_wrong_secret_is_refused_whatever_is_asked(subgraph: OrderCenter) -> None:
    for secret in WRONG:
        response = await post(subgraph, "{ viewer { id } }", person=SHOPPER.id, secret=secret)
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_without_a_secret_in_the_settings_nobody_is_a_router(center: OrderCenter) -> None:
    for secret in (None, SECRET, "None", ""):
        assert (await post(center, ROUTERS_ONLY[0], person=SHOPPER.id, secret=secret)).status_code == 401


async def test_the_persons_token_is_checked_behind_a_router_too(subgraph: OrderCenter) -> None:
    headers = {"Router-Authorization": SECRET, "Authorization": "Bearer forged.forged.forged"}
    response = await subgraph.http.post("/graphql", json={"query": ROUTERS_ONLY[0]}, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")


async def test_a_router_gets_the_subgraph_as_it_is_written_down(subgraph: OrderCenter) -> None:
    response = await post(subgraph, ROUTERS_ONLY[0], person=None)
    written = (Path(__file__).parents[2] / "subgraph.graphql").read_text()
    assert response.json() == {"data": {"_service": {"sdl": written.removesuffix("\n")}}}


async def test_each_type_is_one_call_and_the_order_is_kept(subgraph: OrderCenter, things: dict[str, Json]) -> None:
    representations = _by_id(things)
    answer = await entities(subgraph, [*representations, *reversed(representations)], person=SHOPPER.id)
    expected = [{"__typename": name, **one} for name, one in things.items()]
    assert answer == {"data": {"_entities": [*expected, *reversed(expected)]}}
    assert sorted(subgraph.calls) == [
        Call("order", "customers:batchGet", 1),
        Call("order", "orders:batchGet", 1),
        Call("order", "products:batchGet", 1),
        Call("order", "shipments:batchGet", 1),
        Call("order", "shops:batchGet", 1),
        Call("payment", "transactions:batchGet", 1),
    ]


async def test_many_of_one_type_are_one_call(subgraph: OrderCenter) -> None:
    viewer = (await subgraph.data("{ viewer { orders(first: 20) { nodes { id } } } }", person=SHOPPER.id))["viewer"]
    ids = [one["id"] for one in viewer["orders"]["nodes"]]
    answer = await entities(subgraph, [{"__typename": "Order", "id": one} for one in ids], person=SHOPPER.id)
    assert [one["id"] for one in answer["data"]["_entities"]] == ids
    assert subgraph.calls == [Call("order", "orders:batchGet", 20)]


async def test_an_order_is_found_by_id_and_by_number(subgraph: OrderCenter, things: dict[str, Json]) -> None:
    order = things["Order"]
    keys: list[Json] = [{"number": order["number"]}, {"id": order["id"]}, {"id": order["id"], "number": "another"}]
    answer = await entities(subgraph, [{"__typename": "Order", **key} for key in keys], person=SHOPPER.id)
    assert answer == {"data": {"_entities": [{"__typename": "Order", **order}] * 3}}


async def test_good_and_bad_ones_are_told_apart_by_their_place(subgraph: OrderCenter, things: dict[str, Json]) -> None:
    product = {"__typename": "Product", "id": things["Product"]["id"]}
    bad: list[Any] = [
        {"__typename": "Product", "id": "prd_NEVERMADE0"},
        {"__typename": "Product", "id": things["Order"]["id"]},
        {"__typename": "Product", "id": "../../admin"},
        {"__typename": "Product", "id": {"$ne": None}},
        {"__typename": "Product", "id": ["prd_1"]},
        {"__typename": "Product", "id": None},
        {"__typename": "Product"},
        {"__typename": "Order", "number": "x" * 10_000},
        {"__typename": "Tag", "id": "tag_1"},
        {"__typename": "Query"},
        {"__typename": ["Product"], "id": things["Product"]["id"]},
        {"id": things["Product"]["id"]},
        "Product",
        7,
    ]
    representations = [one for pair in zip(bad, [product] * len(bad), strict=True) for one in pair][:20]
    answer = await entities(subgraph, representations, person=SHOPPER.id)
    good = {"__typename": "Product", **things["Product"]}
    assert answer["data"]["_entities"] == [None, good] * 10
    errors = errors_by_place(answer)
    assert errors.pop(0) == {"code": "NOT_FOUND"}
    assert {place: one["code"] for place, one in errors.items()} == dict.fromkeys(range(2, 20, 2), "BAD_USER_INPUT")
    assert subgraph.calls == [Call("order", "products:batchGet", 2)]
    rest = await entities(subgraph, bad[10:], person=SHOPPER.id)
    assert rest["data"]["_entities"] == [None] * 4
    assert {one["code"] for one in errors_by_place(rest).values()} == {"BAD_USER_INPUT"}
    assert subgraph.calls == []


async def test_nothing_but_the_key_is_taken_from_a_representation(
    subgraph: OrderCenter, things: dict[str, Json]
) -> None:
    injected = {"title": "Free", "price": {"amount": "0.00"}, "customerId": TROUBLED.id, "total": {"amount": "0"}}
    answer = await entities(subgraph, [one | injected for one in _by_id(things)], person=SHOPPER.id)
    assert answer == {"data": {"_entities": [{"__typename": name, **one} for name, one in things.items()]}}


async def test_what_is_somebody_elses_is_not_there(subgraph: OrderCenter, things: dict[str, Json]) -> None:
    representations = [*_by_id(things), {"__typename": "Order", "number": things["Order"]["number"]}]
    shared = [name in ("Product", "Shop") for name in things] + [False]
    stranger = await entities(subgraph, representations, person=TROUBLED.id)
    assert [one is not None for one in stranger["data"]["_entities"]] == shared
    assert {one["code"] for one in errors_by_place(stranger).values()} == {"NOT_FOUND"}
    nobody = await entities(subgraph, representations, person=None)
    assert [one is not None for one in nobody["data"]["_entities"]] == shared
    assert {one["code"] for one in errors_by_place(nobody).values()} == {"UNAUTHENTICATED"}
    support = await entities(subgraph, representations, person=STAFF.id, scope=STAFF.scope)
    assert all(one is not None for one in support["data"]["_entities"])


async def test_too_many_are_refused_before_anything_is_asked(subgraph: OrderCenter) -> None:
    one = {"__typename": "Product", "id": "prd_1"}
    literal = '{__typename: "Product", id: "prd_1"}'
    also = "{ first: _entities(representations: $representations) { __typename } _entities"
    for query, given in (
        (ENTITIES, [one] * 21),
        (ENTITIES.replace("{ _entities", also, 1), [one] * 11),
        (f"{{ _entities(representations: [{literal * 21}]) {{ __typename }} }}", None),
        ("query ($r: [_Any!]!) { _entities(representations: $r) { __typename } __schema { description } }", None),
    ):
        response = await post(subgraph, query, {"representations": given, "r": [one] * 21}, person=SHOPPER.id)
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert subgraph.calls == []


async def test_the_cost_of_entities_is_counted_by_representation() -> None:
    schema = create_schema()
    query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { id } } }"
    costs = [schema.plan(query, {"r": [{}] * count}, None)[1].cost for count in (1, 10, 200)]
    assert costs == [1, 10, 200]


async def test_what_entities_may_load_is_declared() -> None:
    field = create_schema()._schema.query_type.fields["_entities"]  # type: ignore[union-attr]  # noqa: SLF001  Strawberry has no public way to it
    assert set(field.extensions[LOADS].loaders) == {
        Loaders.customer_by_id,
        Loaders.order_by_id,
        Loaders.order_by_number,
        Loaders.product_by_id,
        Loaders.shipment_by_id,
        Loaders.shop_by_id,
        Loaders.transaction_by_id,
    }


async def test_entities_are_compiled_and_not_executed_by_graphql_core() -> None:
    schema = create_schema()
    plan, _ = schema.plan(ENTITIES, {"representations": []}, None)
    assert compile_plan(plan, {})
    (field,) = plan.root.fields
    assert len(field.selections) == 6


@pytest.fixture
async def only_known_documents(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, tmp_path: Path
) -> AsyncIterator[OrderCenter]:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps({"1": "{ viewer { id } }"}))
    given = settings(services, issuer, router_secret=SECRET, documents="only", documents_file=str(file))
    async with running(given, issuer) as one:
        yield one


async def test_a_routers_own_documents_need_no_manifest(only_known_documents: OrderCenter) -> None:
    query = "{ viewer { orders(first: 1) { nodes { id } } } }"
    routers = await post(only_known_documents, query, person=SHOPPER.id)
    assert "errors" not in routers.json()
    clients = await post(only_known_documents, query, person=SHOPPER.id, secret=None)
    assert clients.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_REQUIRED"


async def test_what_a_router_was_given_is_kept_for_no_client(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    given = settings(services, issuer, redis_url=redis_server.url, memory_bytes=1_000_000, router_secret=SECRET)
    variables = {"representations": [{"__typename": "User", "id": SHOPPER.id}]}
    async with running(given, issuer) as center:
        for _ in range(2):
            routers = await post(center, ENTITIES, variables, person=SHOPPER.id)
            assert routers.json()["data"]["_entities"][0]["displayName"] == SHOPPER.name
        clients = await post(center, ENTITIES, variables, person=SHOPPER.id, secret=None)
        assert (clients.status_code, "data" in clients.json()) == (401, False)


async def test_an_outage_is_the_error_of_its_own_entities(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, things: dict[str, Json]
) -> None:
    def down(_inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        return httpx.MockTransport(lambda _request: httpx.Response(503))

    given = settings(services, issuer, router_secret=SECRET, downstream_retries=0)
    async with running(given, issuer, {"payment": down}) as center:
        answer = await entities(center, _by_id(things), person=SHOPPER.id)
    expected = [None if name == "Payment" else {"__typename": name, **one} for name, one in things.items()]
    assert answer["data"] == {"_entities": expected}
    assert errors_by_place(answer) == {4: {"code": "DOWNSTREAM_UNAVAILABLE", "service": "payment"}}
