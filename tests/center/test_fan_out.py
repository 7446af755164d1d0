"""What each query costs downstream: the exact calls, whatever the page size, and which of them go out together."""

import pytest

from services.people import NEWCOMER, SHOPPER, STAFF, TROUBLED
from tests.support.center import Call, OrderCenter

MONEY = "{ amount currencyCode }"
ORDER = f"""
    number status financialStatus total {MONEY} totalRefunded {MONEY} outstanding {MONEY} shop {{ name }}
    lineItems {{ title quantity product {{ title price {MONEY} }} }}
    shipments {{ carrier events {{ status }} }} payments {{ kind amount {MONEY} }} refunds {{ amount {MONEY} }}
"""


def _sorted(center: OrderCenter) -> list[Call]:
    return sorted(center.calls)


def _distinct(values: list[str]) -> int:
    return len(set(values))


async def test_who_one_is_costs_nothing(center: OrderCenter) -> None:
    assert await center.data("{ viewer { id } }", person=SHOPPER.id) == {"viewer": {"id": SHOPPER.id}}
    assert center.calls == []


async def test_a_whole_profile_is_one_call(center: OrderCenter) -> None:
    await center.data("{ viewer { displayName handle avatarUrl memberSince } }", person=SHOPPER.id)
    assert center.calls == [Call("order", "customers:batchGet", 1)]


async def test_a_page_of_orders_alone_is_one_call(center: OrderCenter) -> None:
    query = "{ viewer { orders(first: 50) { totalCount nodes { number lineItems { title } shipments { id } } } } }"
    await center.data(query, person=SHOPPER.id)
    assert center.calls == [Call("order", "orders:search", 1)]


@pytest.mark.parametrize("size", [1, 20, 100])
async def test_a_full_page_is_one_call_per_loader_whatever_its_size(center: OrderCenter, size: int) -> None:
    query = f"""query ($size: Int!) {{ viewer {{
        orders(first: $size) {{ nodes {{ id shop {{ id }} lineItems {{ product {{ id }} }} {ORDER} }} }}
        tags(first: 10) {{ nodes {{ product {{ id title }} }} }}
        suggestions(first: 10) {{ nodes {{ product {{ id title }} }} }}
    }} }}"""

    viewer = (await center.data(query, {"size": size}, person=SHOPPER.id))["viewer"]

    orders = viewer["orders"]["nodes"]
    assert len(orders) == size
    bought = [item["product"]["id"] for order in orders for item in order["lineItems"]]
    liked = [one["product"]["id"] for name in ("tags", "suggestions") for one in viewer[name]["nodes"]]
    assert _sorted(center) == [
        Call("order", "orders:search", 1),
        Call("order", "products:batchGet", _distinct(bought + liked)),
        Call("order", "shops:batchGet", _distinct([order["shop"]["id"] for order in orders])),
        Call("payment", "ledgers:batchGetByOrder", size),
        Call("recs", "suggestions:search", 1),
        Call("recs", "tags:search", 1),
    ]


async def test_independent_lists_go_out_together(center: OrderCenter) -> None:
    query = """{ viewer { displayName orderCenter { toPay } orders { nodes { id } } payments { nodes { id } }
        paymentMethods { id } returns { nodes { id } } checkouts { nodes { id } } tags { nodes { id } }
        suggestions { nodes { id } } recentlyViewed { nodes { id } } } }"""
    await center.data(query, person=SHOPPER.id)
    assert _sorted(center) == [
        Call("order", "badges:batchGet", 1),
        Call("order", "checkouts:search", 1),
        Call("order", "customers:batchGet", 1),
        Call("order", "orders:search", 1),
        Call("order", "returns:search", 1),
        Call("payment", "transactions:search", 1),
        Call("payment", "wallets:batchGet", 1),
        Call("recs", "suggestions:search", 1),
        Call("recs", "tags:search", 1),
        Call("recs", "views:search", 1),
    ]
    assert center.calls.together == 10


async def test_everything_of_the_payment_side_of_an_order_is_one_call(center: OrderCenter) -> None:
    query = f"""{{ viewer {{ orders(first: 7) {{ nodes {{
        financialStatus payments {{ id }} refunds {{ id }} totalRefunded {MONEY} outstanding {MONEY} }} }} }} }}"""
    await center.data(query, person=SHOPPER.id)
    assert center.calls == [Call("order", "orders:search", 1), Call("payment", "ledgers:batchGetByOrder", 7)]


async def test_timelines_and_returns_of_a_page_are_one_call_each_and_go_out_together(center: OrderCenter) -> None:
    query = "{ viewer { orders(first: 5) { nodes { timeline { kind } returns { status } } } } }"
    await center.data(query, person=SHOPPER.id)
    assert center.calls[0] == Call("order", "orders:search", 1)
    assert _sorted(center)[1:] == [
        Call("order", "returns:batchGetByOrder", 5),
        Call("order", "timelines:batchGet", 5),
    ]


async def test_the_same_list_twice_is_one_key_and_another_window_is_another(center: OrderCenter) -> None:
    query = """{ viewer { a: orders(first: 3) { nodes { id } } b: orders(first: 3) { nodes { number } }
        c: orders(first: 4) { nodes { id } } } }"""
    await center.data(query, person=SHOPPER.id)
    assert center.calls == [Call("order", "orders:search", 2)]


async def test_products_from_five_places_are_one_call(center: OrderCenter) -> None:
    query = """{ viewer {
        orders { nodes { lineItems { product { id } } } } tags { nodes { product { id } } }
        suggestions { nodes { product { id } becauseProduct { id } } }
        recentlyViewed { nodes { product { id } } } checkouts { nodes { items { product { id } } } } } }"""
    await center.data(query, person=SHOPPER.id)
    assert [call for call in center.calls if call.path == "products:batchGet"][1:] == []
    assert len(center.calls) == 6


async def test_orders_behind_payments_and_returns_are_one_call(center: OrderCenter) -> None:
    query = "{ viewer { payments { nodes { order { number } } } returns { nodes { order { number } } } } }"
    await center.data(query, person=TROUBLED.id)
    assert _sorted(center)[1:] == [Call("order", "returns:search", 1), Call("payment", "transactions:search", 1)]
    assert _sorted(center)[0][:2] == ("order", "orders:batchGet")


async def test_somebody_with_nothing_costs_only_the_empty_lists(center: OrderCenter) -> None:
    query = f"{{ viewer {{ orders {{ nodes {{ {ORDER} }} }} tags {{ nodes {{ product {{ id }} }} }} }} }}"
    viewer = (await center.data(query, person=NEWCOMER.id))["viewer"]
    assert viewer == {"orders": {"nodes": []}, "tags": {"nodes": []}}
    assert _sorted(center) == [Call("order", "orders:search", 1), Call("recs", "tags:search", 1)]


async def test_many_nodes_are_one_call_per_kind(center: OrderCenter) -> None:
    listed = await center.data("{ viewer { orders(first: 4) { nodes { id shop { id } } } } }", person=SHOPPER.id)
    orders = listed["viewer"]["orders"]["nodes"]
    ids = [order["id"] for order in orders] + [orders[0]["shop"]["id"], SHOPPER.id]
    found = await center.data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}, person=SHOPPER.id)
    assert [node["id"] for node in found["nodes"]] == ids
    assert _sorted(center) == [Call("order", "orders:batchGet", 4), Call("order", "shops:batchGet", 1)]


async def test_two_peoples_orders_are_one_call_with_two_keys(center: OrderCenter) -> None:
    query = """query ($a: ID!, $b: ID!) { a: user(id: $a) { orders { nodes { id } } }
        b: user(id: $b) { orders { nodes { id } } } }"""
    answer = await center.ask(query, {"a": SHOPPER.id, "b": TROUBLED.id}, person=STAFF.id, scope=STAFF.scope)
    assert "errors" not in answer
    assert [call for call in center.calls if call.path == "orders:search"] == [Call("order", "orders:search", 2)]
