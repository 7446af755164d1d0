"""Connections: forwards and backwards, stable cursors, filters, sorts and search, as a client walks them."""

import pytest

from services.people import SHOPPER, TROUBLED
from tests.support.center import Json, OrderCenter

PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $sort: OrderSort! = PLACED_AT,
        $descending: Boolean! = true) {
    viewer { orders(first: $first, after: $after, last: $last, before: $before, sort: $sort, descending: $descending) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor node { id placedAt updatedAt } } } } }"""


async def _page(center: OrderCenter, **variables: object) -> Json:
    page: Json = (await center.data(PAGE, variables, person=TROUBLED.id))["viewer"]["orders"]
    return page


def _ids(page: Json) -> list[str]:
    return [edge["node"]["id"] for edge in page["edges"]]


@pytest.mark.parametrize("sort", ["PLACED_AT", "UPDATED_AT", "TOTAL"])
@pytest.mark.parametrize("descending", [True, False])
async def test_walking_forwards_and_backwards_meets_the_same_orders(
    center: OrderCenter, sort: str, *, descending: bool
) -> None:
    order = {"sort": sort, "descending": descending}
    whole = await _page(center, first=100, **order)
    count = whole["totalCount"]
    assert 7 < count == len(_ids(whole))
    assert whole["pageInfo"]["hasNextPage"] is whole["pageInfo"]["hasPreviousPage"] is False

    forwards: list[str] = []
    page = await _page(center, first=3, **order)
    forwards += _ids(page)
    while page["pageInfo"]["hasNextPage"]:
        page = await _page(center, first=3, after=page["pageInfo"]["endCursor"], **order)
        assert page["pageInfo"]["hasPreviousPage"] is True
        forwards += _ids(page)
    backwards: list[str] = []
    page = await _page(center, last=3, **order)
    backwards = _ids(page)
    while page["pageInfo"]["hasPreviousPage"]:
        page = await _page(center, last=3, before=page["pageInfo"]["startCursor"], **order)
        assert page["pageInfo"]["hasNextPage"] is True
        backwards = _ids(page) + backwards

    assert forwards == backwards == _ids(whole)


async def test_newest_come_first_unless_asked_otherwise(center: OrderCenter) -> None:
    page = await _page(center, first=100)
    placed = [edge["node"]["placedAt"] for edge in page["edges"]]
    assert placed == sorted(placed, reverse=True)
    oldest = await _page(center, first=1, descending=False)
    assert oldest["edges"][0]["node"]["placedAt"] == placed[-1]


async def test_every_edges_cursor_continues_after_it(center: OrderCenter) -> None:
    page = await _page(center, first=5)
    third = page["edges"][2]["cursor"]
    assert _ids(await _page(center, first=2, after=third)) == _ids(page)[3:5]
    assert _ids(await _page(center, last=2, before=third)) == _ids(page)[0:2]


async def test_an_empty_page_has_no_cursors(center: OrderCenter) -> None:
    last = (await _page(center, last=1))["pageInfo"]["endCursor"]
    page = await _page(center, first=3, after=last)
    assert page["edges"] == []
    assert page["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": None,
        "endCursor": None,
    }


FILTERED = """query ($filter: OrderFilter, $search: String) {
    viewer { orders(first: 100, filter: $filter, search: $search) {
        totalCount
        nodes { id number status fulfillmentStatus placedAt archived shop { id name } lineItems { title } } } } }"""


async def _filtered(center: OrderCenter, **variables: object) -> list[Json]:
    orders = (await center.data(FILTERED, variables, person=SHOPPER.id))["viewer"]["orders"]
    assert orders["totalCount"] is None or orders["totalCount"] >= len(orders["nodes"])
    nodes: list[Json] = orders["nodes"]
    return nodes


@pytest.mark.parametrize(
    ("condition", "field", "allowed"),
    [
        ({"status": ["CANCELLED", "UNPAID"]}, "status", {"CANCELLED", "UNPAID"}),
        ({"fulfillmentStatus": ["PARTIALLY_FULFILLED"]}, "fulfillmentStatus", {"PARTIALLY_FULFILLED"}),
        ({"archived": True}, "archived", {True}),
    ],
)
async def test_a_filter_keeps_what_it_names(
    center: OrderCenter, condition: Json, field: str, allowed: set[object]
) -> None:
    assert {order[field] for order in await _filtered(center, filter=condition)} == allowed


async def test_a_range_of_time_includes_its_start_and_not_its_end(center: OrderCenter) -> None:
    some = await _filtered(center)
    start, end = some[20]["placedAt"], some[10]["placedAt"]
    found = await _filtered(center, filter={"placedFrom": start, "placedBefore": end})
    assert [one["id"] for one in found] == [one["id"] for one in some if start <= one["placedAt"] < end]


async def test_search_finds_number_product_and_shop(center: OrderCenter) -> None:
    one = (await _filtered(center))[5]
    for text in (one["number"], one["number"].lower(), one["lineItems"][0]["title"].upper(), one["shop"]["name"]):
        assert one["id"] in [found["id"] for found in await _filtered(center, search=text)]
    assert await _filtered(center, search="no order of hers says this") == []


async def test_shops_filter_and_status_combine(center: OrderCenter) -> None:
    shop = (await _filtered(center))[0]["shop"]["id"]
    found = await _filtered(center, filter={"shopIds": [shop], "status": ["COMPLETED"]})
    assert {(one["shop"]["id"], one["status"]) for one in found} == {(shop, "COMPLETED")}


OTHER_LISTS = {
    "payments": "{ id createdAt }",
    "returns": "{ id requestedAt }",
    "checkouts": "{ id updatedAt }",
    "tags": "{ id taggedAt }",
    "suggestions": "{ id score }",
    "recentlyViewed": "{ id viewedAt }",
}


@pytest.mark.parametrize("name", OTHER_LISTS)
async def test_every_other_list_pages_too(center: OrderCenter, name: str) -> None:
    query = f"""query ($first: Int, $after: String) {{ viewer {{ list: {name}(first: $first, after: $after) {{
        nodes {OTHER_LISTS[name]} pageInfo {{ hasNextPage endCursor }} }} }} }}"""
    person = TROUBLED.id if name == "returns" else SHOPPER.id
    whole = (await center.data(query, {"first": 4}, person=person))["viewer"]["list"]
    first = (await center.data(query, {"first": 2}, person=person))["viewer"]["list"]
    after = {"first": 2, "after": first["pageInfo"]["endCursor"]}
    second = (await center.data(query, after, person=person))["viewer"]["list"]
    assert len(whole["nodes"]) > 2
    assert first["nodes"] + second["nodes"] == whole["nodes"]
    values = [list(node.values())[1] for node in whole["nodes"]]
    assert values == sorted(values, reverse=True)


async def test_tags_filter_by_drop_and_sort_by_it(center: OrderCenter) -> None:
    query = """{ viewer { tags(filter: {priceDropped: true}, sort: PRICE_DROP, first: 50) {
        nodes { priceDropped priceWhenTagged { amount } product { price { amount } } } } } }"""
    tags = (await center.data(query, person=SHOPPER.id))["viewer"]["tags"]["nodes"]
    prices = [(float(tag["product"]["price"]["amount"]), float(tag["priceWhenTagged"]["amount"])) for tag in tags]
    drops = [round(1 - now / then, 6) for now, then in prices]
    assert len(tags) > 1
    assert all(tag["priceDropped"] for tag in tags)
    assert drops == sorted(drops, reverse=True)
    assert min(drops) > 0


async def test_suggestions_say_what_they_follow_from(center: OrderCenter) -> None:
    query = """{ viewer { suggestions(first: 100) { nodes { reason score product { title }
        becauseProduct { title } becauseOrder { number } } } } }"""
    found = (await center.data(query, person=SHOPPER.id))["viewer"]["suggestions"]["nodes"]
    assert {one["reason"] for one in found} == {"BOUGHT_TOGETHER", "SIMILAR", "TAGGED_BEFORE", "TRENDING", "VIEWED"}
    assert all(one["becauseProduct"] for one in found if one["reason"] == "BOUGHT_TOGETHER")
    assert all(0 <= one["score"] <= 1 for one in found)
