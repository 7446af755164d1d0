from typing import Any

import pytest

from tests.services.conftest import Caller, Json


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["ord_gone", "ord_yen", "ord_full"]),
        ({"descending": False}, ["ord_full", "ord_yen", "ord_gone"]),
        ({"sort": "UPDATED_AT"}, ["ord_full", "ord_yen", "ord_gone"]),
        ({"sort": "TOTAL"}, ["ord_yen", "ord_full", "ord_gone"]),
        ({"filter": None}, ["ord_gone", "ord_yen", "ord_full"]),
        ({"filter": {"status": None, "archived": None}}, ["ord_gone", "ord_yen", "ord_full"]),
        ({"filter": {"status": ["UNPAID", "DELIVERED"]}}, ["ord_yen", "ord_full"]),
        ({"filter": {"status": []}}, []),
        ({"filter": {"financialStatus": ["PENDING"]}}, ["ord_yen"]),
        ({"filter": {"fulfillmentStatus": ["FULFILLED"]}}, ["ord_full"]),
        ({"filter": {"shopIds": ["shop_2", "shop_9"]}}, ["ord_yen"]),
        ({"filter": {"archived": True}}, ["ord_gone"]),
        ({"filter": {"archived": False}}, ["ord_yen", "ord_full"]),
        ({"filter": {"placedFrom": "2026-03-01T09:30:01Z"}}, ["ord_gone", "ord_yen"]),
        ({"filter": {"placedFrom": "2026-03-01T09:30:00.5Z"}}, ["ord_gone", "ord_yen"]),
        ({"filter": {"placedBefore": "2026-03-01T09:30:01Z"}}, ["ord_full"]),
        ({"filter": {"placedBefore": "2026-03-01T10:30:01+01:00"}}, ["ord_full"]),
        ({"filter": {"archived": False, "status": ["UNPAID"]}}, ["ord_yen"]),
        ({"search": "100"}, ["ord_gone", "ord_yen", "ord_full"]),
        ({"search": "LAMPENLADEN"}, ["ord_gone", "ord_full"]),
        ({"search": "GROSSE"}, ["ord_full"]),
        ({"search": "große Kanne"}, ["ord_full"]),
        ({"search": "lampenladen\nlamp"}, []),
        ({"search": "%"}, []),
        ({"search": "_"}, []),
    ],
)
def test_orders_are_searched_filtered_and_sorted(order: Caller, query: Json, expected: list[str]) -> None:
    assert order.ids("/v1/orders:search", **query) == expected


def test_a_page_says_whose_it_is_and_counts(order: Caller) -> None:
    found = order.page("/v1/orders:search", limit=1)
    del found["items"], found["positions"]
    assert found == {"customerId": "cus_ada", "hasNext": True, "hasPrevious": False, "totalCount": 3}
    assert order.page("/v1/orders:search", limit=1, search="lampenladen")["totalCount"] is None


def test_pages_of_several_people_in_one_batch(order: Caller) -> None:
    found: Any = order.ask(
        "/v1/orders:search",
        {"ref": "a", "customerId": "cus_ada", "limit": 2},
        {"ref": "b", "customerId": "cus_bo", "limit": 2},
        {"ref": "n", "customerId": "cus_nobody", "limit": 2},
    )
    ids = {ref: [item["id"] for item in answer["items"]] for ref, answer in found.items()}
    assert ids == {"a": ["ord_gone", "ord_yen"], "b": ["ord_bo"], "n": []}
    assert {ref: answer["customerId"] for ref, answer in found.items()} == {
        "a": "cus_ada",
        "b": "cus_bo",
        "n": "cus_nobody",
    }


def test_a_position_of_another_sort_is_refused_for_its_query_alone(order: Caller) -> None:
    position = order.page("/v1/orders:search", limit=1)["positions"][0]
    found: Any = order.ask(
        "/v1/orders:search",
        {"ref": "same", "customerId": "cus_ada", "limit": 5, "after": position},
        {"ref": "other", "customerId": "cus_ada", "limit": 5, "after": position, "sort": "TOTAL"},
        {"ref": "made up", "customerId": "cus_ada", "limit": 5, "before": "abc"},
    )
    assert [item["id"] for item in found["same"]["items"]] == ["ord_yen", "ord_full"]
    assert (found["other"], found["made up"]) == ("INVALID_POSITION", "INVALID_POSITION")
    returns: Any = order.ask("/v1/returns:search", {"ref": "q", "customerId": "cus_ada", "limit": 5, "after": position})
    assert returns == {"q": "INVALID_POSITION"}


def test_one_ref_for_two_different_queries_is_refused(order: Caller) -> None:
    one = {"ref": "q", "customerId": "cus_ada", "limit": 5}
    other = {"ref": "fine", "customerId": "cus_ada", "limit": 1}
    found: Any = order.ask("/v1/orders:search", one, one | {"customerId": "cus_bo"}, other, other)
    assert found["q"] == "INVALID_ARGUMENT"
    assert [item["id"] for item in found["fine"]["items"]] == ["ord_gone"]


def test_an_id_with_a_null_character_is_another_id(order: Caller) -> None:
    assert order.ask("/v1/orders:batchGet", "ord_full\0", "ord_full\0x") == {}
    assert order.ids("/v1/orders:search", filter={"shopIds": ["shop_1\0"]}) == []
