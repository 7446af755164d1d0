"""What a customer does with payment methods, tags and suggestions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import Caller, Json
from tests.services.rows import Value, insert, writing

NOW = "2026-11-24T12:00:00Z"


@pytest.fixture
def recs(changing: Callable[[str], Caller]) -> Caller:
    return changing("recs")


def test_another_payment_method_becomes_the_default(changing: Callable[[str], Caller], own_data: Path) -> None:
    with writing(own_data, "payment") as connection:
        for key, month in (("pm_old", 10), ("pm_last", 11)):
            insert(connection, "payment_methods", id=key, expiry_month=month, expiry_year=2026)
        insert(connection, "payment_methods", id="pm_bo", customer_id="cus_bo", is_default=1)
    payment, path = changing("payment"), "/v1/paymentMethods:setDefault"

    def defaults(customer: str) -> list[str]:
        wallet: Any = payment.ask("/v1/wallets:batchGet", customer)[customer]
        return [method["id"] for method in wallet["paymentMethods"] if method["isDefault"]]

    for key in ("pm_2", "pm_last", "pm_last"):
        answer = payment.command(path, f"k{key}", paymentMethodId=key).json()
        assert answer == payment.ask("/v1/wallets:batchGet", "cus_ada")["cus_ada"], payment.process.output
        assert defaults("cus_ada") == [key]
    assert payment.refusal(path, "k3", paymentMethodId="pm_old") == "PAYMENT_METHOD_EXPIRED"
    assert payment.refusal(path, "k4", paymentMethodId="pm_bo") == "NOT_FOUND"
    assert payment.refusal(path, "k5", paymentMethodId="pm_0") == "NOT_FOUND"
    assert defaults("cus_ada") == ["pm_last"]
    assert defaults("cus_bo") == ["pm_bo"]


TAG: Json = {"productId": "prd_b", "note": "Later", "labels": ["b", "a", "b"], "source": None}


def test_a_product_is_tagged_once_and_can_be_forgotten(recs: Caller) -> None:
    source = {"channel": "VIDEO", "creatorHandle": "lia"}
    bos = recs.command("/v1/tags:add", "k", customer="cus_bo", **TAG | {"source": source}).json()
    assert bos == {
        "id": bos["id"],
        "customerId": "cus_bo",
        "productId": "prd_b",
        "note": "Later",
        "labels": ["b", "a"],
        "priceWhenTagged": {"amount": "5.00", "currencyCode": "EUR"},
        "priceDropped": False,
        "backInStock": False,
        "taggedAt": NOW,
        "updatedAt": NOW,
        "source": source,
    }
    assert recs.refusal("/v1/tags:add", "k1", **TAG) == "ALREADY_TAGGED"
    assert recs.refusal("/v1/tags:add", "k2", **TAG | {"productId": "prd_0"}) == "NOT_FOUND"
    removed = recs.command("/v1/tags:remove", "k3", productId="prd_b").json()
    assert removed["id"] == "tag_b"
    assert recs.ids("/v1/tags:search") == ["tag_c", "tag_a"]
    assert recs.ids("/v1/tags:search", customerId="cus_bo") == [bos["id"]]
    assert recs.refusal("/v1/tags:remove", "k4", productId="prd_b") == "NOT_FOUND"


def test_what_costs_nothing_is_not_tagged(changing: Callable[[str], Caller], own_data: Path) -> None:
    with writing(own_data, "recs") as connection:
        free: dict[str, Value] = {"title": "Air", "search_text": "air", "currency": "EUR", "price": 0, "in_stock": 1}
        insert(connection, "products", id="prd_free", **free)
    assert changing("recs").refusal("/v1/tags:add", "k", **TAG | {"productId": "prd_free"}) == "NOT_TAGGABLE"


def test_what_is_left_out_of_a_tags_change_stays(recs: Caller) -> None:
    changes: tuple[Json, ...] = (
        {},
        {"note": None},
        {"note": "New"},
        {"labels": []},
        {"note": "Newer", "labels": ["z", "gift"]},
    )
    expected: Any = recs.ask("/v1/tags:batchGet", "tag_a")["tag_a"]
    for number, change in enumerate(changes):
        answer = recs.command("/v1/tags:update", f"k{number}", tagId="tag_a", **change).json()
        expected |= change | {"updatedAt": NOW}
        assert answer == expected == recs.ask("/v1/tags:batchGet", "tag_a")["tag_a"]
        assert recs.refusal("/v1/tags:update", f"k{number}", customer="cus_bo", tagId="tag_a", **change) == "NOT_FOUND"


def test_a_dismissed_suggestion_does_not_come_back(recs: Caller) -> None:
    suggestion = recs.ask("/v1/suggestions:batchGet", "sug_b")["sug_b"]
    assert recs.refusal("/v1/suggestions:dismiss", "k", customer="cus_bo", suggestionId="sug_b") == "NOT_FOUND"
    assert recs.command("/v1/suggestions:dismiss", "k", suggestionId="sug_b").json() == suggestion
    assert recs.ids("/v1/suggestions:search") == ["sug_a"]
    assert recs.refusal("/v1/suggestions:dismiss", "k2", suggestionId="sug_b") == "NOT_FOUND"
