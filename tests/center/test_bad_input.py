"""A wrong argument gets a coded error that names it, and nothing else of the answer is lost."""

import pytest

from services.people import SHOPPER, TROUBLED
from tests.support.center import Json, OrderCenter

LISTS = ("orders", "payments", "returns", "checkouts", "tags", "suggestions", "recentlyViewed")


def _only_error(answer: Json) -> Json:
    assert len(answer["errors"]) == 1
    error: Json = answer["errors"][0]
    return error


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ("first: 0", "first"),
        ("first: -1", "first"),
        ("first: 10001", "first"),
        ("last: 0", "last"),
        ("last: 101", "last"),
        ("first: 5, last: 5", "last"),
        ('after: "forged"', "after"),
        ('before: "bm90IGEgY3Vyc29yIG9mIHRoaXMgbGlzdA"', "before"),
        ('after: "ü"', "after"),
        ('after: ""', "after"),
    ],
)
async def test_a_bad_page_is_refused_by_name_before_any_call(
    center: OrderCenter, name: str, arguments: str, argument: str
) -> None:
    answer = await center.ask(
        f"{{ viewer {{ id list: {name}({arguments}) {{ nodes {{ id }} }} }} }}", person=SHOPPER.id
    )
    assert answer["data"] == {"viewer": {"id": SHOPPER.id, "list": None}}
    error = _only_error(answer)
    assert error["path"] == ["viewer", "list"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert f"'{argument}'" in error["message"]
    assert center.calls == []


CURSOR = "{ viewer { orders(first: 1) { pageInfo { endCursor } } payments(first: 1) { pageInfo { endCursor } } } }"


async def test_a_cursor_is_good_for_its_own_list_sort_and_person_only(center: OrderCenter) -> None:
    viewer = (await center.data(CURSOR, person=SHOPPER.id))["viewer"]
    cursor = viewer["orders"]["pageInfo"]["endCursor"]
    used = "query ($after: String) { viewer { orders(first: 1, after: $after%s) { nodes { id } } } }"
    good = await center.data(used % "", {"after": cursor}, person=SHOPPER.id)
    assert len(good["viewer"]["orders"]["nodes"]) == 1
    foreign = [
        (used % "", cursor, TROUBLED.id),
        (used % ", sort: TOTAL", cursor, SHOPPER.id),
        (used % ", descending: false", cursor, SHOPPER.id),
        (used % "", viewer["payments"]["pageInfo"]["endCursor"], SHOPPER.id),
        (used % "", cursor[:-2], SHOPPER.id),
        (used % "", "A" + cursor[1:] if cursor[0] != "A" else "B" + cursor[1:], SHOPPER.id),
    ]
    for query, after, person in foreign:
        answer = await center.ask(query, {"after": after}, person=person)
        assert answer["data"] == {"viewer": {"orders": None}}
        assert _only_error(answer)["extensions"] == {"code": "BAD_USER_INPUT", "argument": "after"}


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ("filter: {status: [UNKNOWN]}", "filter.status"),
        ('filter: {shopIds: ["ord_1"]}', "filter.shopIds"),
        ('filter: {shopIds: ["../../x"]}', "filter.shopIds"),
        ('search: ""', "search"),
        ('search: "a\\nb"', "search"),
        (f'search: "{"x" * 201}"', "search"),
    ],
)
async def test_a_bad_filter_is_refused_by_name(center: OrderCenter, arguments: str, argument: str) -> None:
    answer = await center.ask(f"{{ viewer {{ orders({arguments}) {{ nodes {{ id }} }} }} }}", person=SHOPPER.id)
    assert answer["data"] == {"viewer": {"orders": None}}
    assert _only_error(answer)["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert center.calls == []


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "x",
        "ord_",
        "ord_a b",
        "ord_../../etc",
        "ord_a?b&c",
        "ord_a\r\nb",
        "ord_" + "a" * 1_000_000,
        "nope_123",
        "itm_1",
    ],
)
async def test_a_malformed_id_is_refused_and_goes_nowhere(center: OrderCenter, bad: str) -> None:
    query = "query ($id: ID!) { order(id: $id) { id } node(id: $id) { id } viewer { id } }"
    answer = (await center.post(query, {"id": bad}, person=SHOPPER.id)).json()
    if "data" not in answer:
        assert len(bad) == 1_000_004
        assert answer["errors"][0]["message"] == "The body must be at most 1000000 bytes."
    else:
        assert answer["data"] == {"order": None, "node": None, "viewer": {"id": SHOPPER.id}}
        assert [error["extensions"] for error in answer["errors"]] == [{"code": "BAD_USER_INPUT", "argument": "id"}] * 2
    assert center.calls == []


@pytest.mark.parametrize("arguments", ["", '(id: "ord_1", number: "OC-1")'])
async def test_an_order_needs_exactly_one_name(center: OrderCenter, arguments: str) -> None:
    answer = await center.ask(f"{{ order{arguments} {{ id }} viewer {{ id }} }}", person=SHOPPER.id)
    assert answer["data"] == {"order": None, "viewer": {"id": SHOPPER.id}}
    assert _only_error(answer)["extensions"] == {"code": "BAD_USER_INPUT", "argument": "id"}


async def test_too_many_nodes_are_refused(center: OrderCenter) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    answer = await center.ask(query, {"ids": ["prd_1"] * 101}, person=SHOPPER.id)
    assert _only_error(answer)["extensions"] == {"code": "BAD_USER_INPUT", "argument": "ids"}
    assert center.calls == []


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({"filter": {"status": ["LOST"]}}, "LOST"),
        ({"filter": {"placedFrom": "yesterday"}}, "placedFrom"),
        ({"filter": {"placedFrom": "2026-13-01T00:00:00Z"}}, "placedFrom"),
        ({"filter": {"colour": "red"}}, "colour"),
    ],
)
async def test_a_variable_that_does_not_fit_is_named(center: OrderCenter, value: Json, names: str) -> None:
    query = "query ($filter: OrderFilter) { viewer { orders(filter: $filter) { nodes { id } } } }"
    answer = await center.ask(query, value, person=SHOPPER.id)
    assert "data" not in answer
    error = _only_error(answer)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert names in error["message"]
    assert "$filter" in error["message"]


@pytest.mark.parametrize(
    "query",
    [
        'query ($null: ID = "ord_1") { viewer { id } node(id: $null) { id } }',
        "query ($null: OrderSort = TOTAL) { viewer { id orders(sort: $null) { nodes { id } } } }",
        "query ($null: Boolean = true) { viewer { id orders(descending: $null) { nodes { id } } } }",
        "query ($null: Boolean = true) { viewer { id product: orderCenter @include(if: $null) { unreadUpdates } } }",
    ],
)
async def test_a_null_where_none_may_be_is_the_fault_of_who_sent_it(center: OrderCenter, query: str) -> None:
    answer = await center.ask(query, {"null": None}, person=SHOPPER.id)
    error = _only_error(answer)
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "$null" in error["message"]
    assert "path" in error
    assert center.calls == []


async def test_an_unknown_enum_value_in_the_document_is_named(center: OrderCenter) -> None:
    answer = await center.ask("{ viewer { orders(filter: {status: [LOST]}) { nodes { id } } } }", person=SHOPPER.id)
    error = _only_error(answer)
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "LOST" in error["message"]
    assert error["locations"]
