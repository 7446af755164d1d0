from typing import Any

import pytest

from tests.services.conftest import Caller, Json

TAG = {
    "id": "tag_a",
    "customerId": "cus_ada",
    "productId": "prd_a",
    "note": "For Äpfel",
    "labels": ["gift", "home"],
    "priceWhenTagged": {"amount": "10.00", "currencyCode": "EUR"},
    "priceDropped": True,
    "backInStock": False,
    "taggedAt": "2026-03-01T09:30:00Z",
    "updatedAt": "2026-03-01T09:30:00Z",
    "source": {"channel": "LIVE", "creatorHandle": "lia"},
}


def test_tags_by_id(recs: Caller) -> None:
    found: Any = recs.ask("/v1/tags:batchGet", "tag_a", "tag_b", "tag_0")
    assert found.keys() == {"tag_a", "tag_b"}
    assert found["tag_a"] == TAG
    assert (found["tag_b"]["backInStock"], found["tag_b"]["labels"], found["tag_b"]["source"]) == (True, [], None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["tag_c", "tag_b", "tag_a"]),
        ({"sort": "PRICE_DROP"}, ["tag_b", "tag_a", "tag_c"]),
        ({"sort": "PRICE_DROP", "descending": False}, ["tag_c", "tag_a", "tag_b"]),
        ({"filter": {"labels": ["gift"]}}, ["tag_c", "tag_a"]),
        ({"filter": {"labels": ["home", "none"]}}, ["tag_a"]),
        ({"filter": {"labels": []}}, []),
        ({"filter": {"priceDropped": True}}, ["tag_b", "tag_a"]),
        ({"filter": {"priceDropped": False}}, ["tag_c"]),
        ({"filter": {"backInStock": True}}, ["tag_b"]),
        ({"filter": {"backInStock": False, "priceDropped": True}}, ["tag_a"]),
        ({"search": "ÄPFEL"}, ["tag_a"]),
        ({"search": "LAMP"}, ["tag_a"]),
        ({"search": "STRASSE"}, ["tag_b"]),
        ({"search": "straße"}, ["tag_b"]),
        ({"customerId": "cus_bo"}, []),
    ],
)
def test_tags_are_searched_filtered_and_sorted(recs: Caller, query: Json, expected: list[str]) -> None:
    assert recs.ids("/v1/tags:search", **query) == expected


def test_price_drop_pages_go_on_where_they_ended(recs: Caller) -> None:
    (after,) = recs.page("/v1/tags:search", limit=1, sort="PRICE_DROP")["positions"]
    assert recs.ids("/v1/tags:search", sort="PRICE_DROP", after=after) == ["tag_a", "tag_c"]


def test_dismissed_suggestions_are_gone(recs: Caller) -> None:
    found: Any = recs.ask("/v1/suggestions:batchGet", "sug_a", "sug_c")
    assert found == {
        "sug_a": {
            "id": "sug_a",
            "customerId": "cus_ada",
            "productId": "prd_a",
            "reason": "SIMILAR",
            "becauseProductId": "prd_b",
            "becauseOrderId": None,
            "score": 0.25,
            "placement": "HOME",
            "source": None,
        }
    }
    assert recs.ids("/v1/suggestions:search") == ["sug_b", "sug_a"]


def test_suggestions_are_filtered(recs: Caller) -> None:
    assert recs.ids("/v1/suggestions:search", filter={"placement": ["CHECKOUT"]}) == ["sug_b"]
    assert recs.ids("/v1/suggestions:search", filter={"reason": ["TRENDING"]}) == []


def test_views_are_newest_first(recs: Caller) -> None:
    found = recs.page("/v1/views:search", limit=1)
    assert found["items"] == [
        {
            "id": "view_b",
            "customerId": "cus_ada",
            "productId": "prd_b",
            "viewedAt": "2026-03-01T09:30:01Z",
            "source": {"channel": "SHOP", "creatorHandle": None},
        }
    ]
    assert (found["hasNext"], found["totalCount"]) == (True, 2)
