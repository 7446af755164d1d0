"""Other teams' subgraphs, composed with ours by three composers and asked through two real routers."""

import re
from pathlib import Path
from typing import Any

import pytest
from graphql import parse
from graphql.utilities import value_from_ast_untyped

from services.people import NEWCOMER, SHOPPER
from tests.federation.routed import TRACE, Graph
from tests.federation.router import SECRET
from tests.support.center import Json

ROUTERS = ["apollo", "hive"]
BOUGHT = """{ viewer { id displayName loyaltyPoints orders(first: 2) { nodes {
    number total { amount currencyCode } pointsEarned
    lineItems { product { id title reviews { stars product { id } } } } } } } }"""
REVIEWED = """query ($ids: [ID!]!) { reviewsOf(productIds: $ids) {
    id product { id title shop { name } } author { id displayName } } }"""


def _products(graph: Graph) -> list[str]:
    answer = graph.ask(
        "apollo",
        "{ viewer { orders(first: 3) { nodes { lineItems { product { id } } } } } }",
        person=SHOPPER.id,
    )
    orders = answer["data"]["viewer"]["orders"]["nodes"]
    return list(dict.fromkeys(item["product"]["id"] for order in orders for item in order["lineItems"]))


def _codes(answer: Json) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


@pytest.mark.parametrize("composer", ["apollo", "guild", "wundergraph"])
def test_every_composer_makes_one_graph_of_ours_and_theirs(graph: Graph, composer: str) -> None:
    assert graph.errors[composer] == []
    supergraph = graph.supergraphs[composer]
    assert supergraph is not None
    for field in ("pointsEarned: Int!", "loyaltyPoints: Int!", "reviews: [Review!]!", "reviewsOf("):
        assert field in supergraph
    # What is Federation's own is no part of the graph that clients see.
    assert not re.search(r"\b(_entities|_service)\b", supergraph)


@pytest.mark.parametrize("composer", ["apollo", "guild"])
def test_cost_and_tags_are_carried_into_the_supergraph(graph: Graph, composer: str) -> None:
    supergraph = graph.supergraphs[composer] or ""
    types: Any = {getattr(one, "name", None) and one.name.value: one for one in parse(supergraph).definitions}  # type: ignore[attr-defined]

    def applied(type_: str, field: str) -> dict[str, dict[str, Any]]:
        (node,) = [one for one in types[type_].fields if one.name.value == field]
        return {
            one.name.value: {argument.name.value: value_from_ast_untyped(argument.value) for argument in one.arguments}
            for one in node.directives
        }

    assert applied("User", "orders")["listSize"] == {
        "assumedSize": 20,
        "slicingArguments": ["first", "last"],
        "sizedFields": ["edges", "nodes"],
        "requireOneSlicingArgument": False,
    }
    assert applied("Mutation", "cancelOrder")["cost"] == {"weight": 10}
    assert applied("Order", "shippingAddress")["tag"] == {"name": "personal"}


@pytest.mark.parametrize("router", ROUTERS)
def test_a_query_crosses_into_both_other_subgraphs_and_back(graph: Graph, router: str) -> None:
    answer = graph.ask(router, BOUGHT, person=SHOPPER.id)
    assert "errors" not in answer
    viewer = answer["data"]["viewer"]
    assert (viewer["displayName"], viewer["loyaltyPoints"]) == (SHOPPER.name, 10 * len(SHOPPER.id))
    for order in viewer["orders"]["nodes"]:
        whole = int(order["total"]["amount"].split(".")[0])
        assert order["pointsEarned"] == whole * (1 if order["total"]["currencyCode"] == "JPY" else 100)
        for item in order["lineItems"]:
            product = item["product"]
            assert [review["product"]["id"] for review in product["reviews"]] == [product["id"]] * 2


@pytest.mark.parametrize("router", ROUTERS)
def test_what_is_not_there_is_null_in_its_place_and_the_rest_is_served(graph: Graph, router: str) -> None:
    first, second = _products(graph)[:2]
    answer = graph.ask(router, REVIEWED, {"ids": [first, "prd_NEVERMADE0", second]}, person=SHOPPER.id)
    reviews = answer["data"]["reviewsOf"]
    assert [one["product"] and one["product"]["id"] for one in reviews] == [first, first, None, None, second, second]
    assert all(one["product"]["title"] and one["product"]["shop"]["name"] for one in reviews if one["product"])
    # Every second review is by somebody else, of whom the viewer sees the id that the review has, and no more.
    assert [one["author"]["displayName"] for one in reviews] == [SHOPPER.name, None] * 3
    assert reviews[1]["author"]["id"] == NEWCOMER.id
    lost = {tuple(error["path"][:3]) for error in answer["errors"]}
    assert lost >= {("reviewsOf", 2, "product"), ("reviewsOf", 3, "product"), ("reviewsOf", 1, "author")}
    assert not any(path[1] in (0, 4) for path in lost)
    assert set(_codes(answer)) == {"NOT_FOUND"}


@pytest.mark.parametrize("router", ROUTERS)
def test_many_products_are_asked_for_in_one_request(graph: Graph, router: str) -> None:
    ids = _products(graph)
    graph.headers()
    answer = graph.ask(
        router, "query ($ids: [ID!]!) { reviewsOf(productIds: $ids) { product { title } } }", {"ids": ids}, person=None
    )
    assert "errors" not in answer
    assert len(answer["data"]["reviewsOf"]) == 2 * len(ids)
    assert {name: len(requests) for name, requests in graph.headers().items()} == {
        "order-center": 1,
        "reviews": 1,
        "loyalty": 0,
    }


@pytest.mark.parametrize("router", ROUTERS)
def test_token_and_trace_are_passed_on_and_the_secret_to_us_alone(graph: Graph, router: str) -> None:
    graph.headers()
    graph.ask(router, BOUGHT, person=SHOPPER.id)
    seen = graph.headers()
    assert all(seen.values())
    for name, requests in seen.items():
        for headers in requests:
            assert headers["authorization"].startswith("Bearer ey")
            assert headers["traceparent"].split("-")[1] == TRACE.split("-")[1]
            assert headers.get("router-authorization") == (SECRET if name == "order-center" else None)


@pytest.mark.parametrize("router", ROUTERS)
def test_nobody_is_nobody_behind_a_router_too(graph: Graph, router: str) -> None:
    answer = graph.ask(router, "{ viewer { id loyaltyPoints } }", person=None)
    assert answer["data"] == {"viewer": None}
    assert _codes(answer) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("router", ROUTERS)
def test_a_router_gives_nobody_the_entities_themselves(graph: Graph, router: str) -> None:
    answer = graph.ask(router, "{ _service { sdl } }", person=SHOPPER.id)
    assert not answer.get("data")
    assert answer["errors"]


def test_the_page_for_other_teams_shows_what_runs_here() -> None:
    page = (Path(__file__).parents[2] / "docs" / "federation.md").read_text()
    for name in ("reviews", "loyalty"):
        source = (Path(__file__).parent / "graph" / f"{name}.mjs").read_text()
        _, type_definitions, _ = source.split("`", 2)
        shown = "\n".join(line.removeprefix("  ") for line in type_definitions.strip("\n").splitlines()).strip()
        assert f"```graphql\n{shown}\n```" in page


def test_a_subscription_passes_through_hive_and_its_events_cross_into_other_subgraphs(graph: Graph) -> None:
    listed = graph.ask("hive", "{ viewer { orders(first: 1) { nodes { id number } } } }", person=SHOPPER.id)
    (order,) = listed["data"]["viewer"]["orders"]["nodes"]
    happened = {
        "specversion": "1.0",
        "id": "1",
        "source": "/order",
        "type": "order.updated",
        "data": {"orderId": order["id"], "customerId": SHOPPER.id},
    }
    query = "subscription { orderUpdated { id number pointsEarned } }"
    told = graph.watch("hive", query, happened, person=SHOPPER.id)
    assert "errors" not in told
    points = told["data"]["orderUpdated"].pop("pointsEarned")
    assert told["data"] == {"orderUpdated": order}
    assert points > 0
