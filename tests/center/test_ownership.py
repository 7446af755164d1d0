"""What belongs to somebody is theirs on every path; for everybody else it does not exist."""

import re
from typing import NamedTuple

import pytest

from services.people import NEWCOMER, SHOPPER, STAFF, TROUBLED
from tests.support.center import Json, OrderCenter

# One thing of each private kind, found by the path that its owner walks.
PRIVATE = {
    "Order": "orders { nodes { id } }",
    "Shipment": "orders(first: 50) { nodes { things: shipments { id } } }",
    "Refund": "orders(first: 50) { nodes { things: refunds { id } } }",
    "Payment": "payments { nodes { id } }",
    "PaymentMethod": "paymentMethods { id }",
    "Return": "returns { nodes { id } }",
    "Checkout": "checkouts { nodes { id } }",
    "Tag": "tags { nodes { id } }",
    "Suggestion": "suggestions { nodes { id } }",
}
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


class Asker(NamedTuple):
    person: str | None
    scope: str | None


OWNER = Asker(TROUBLED.id, None)
STRANGER = Asker(SHOPPER.id, None)
NOBODY = Asker(None, None)
SUPPORT = Asker(STAFF.id, STAFF.scope)


def _first_id(value: object) -> str | None:
    """Return the first id of anything but an order that only holds what is looked for."""
    if isinstance(value, list):
        return next((found for one in value if (found := _first_id(one))), None)
    if isinstance(value, dict):
        return value.get("id") or next((found for one in value.values() if (found := _first_id(one))), None)
    return None


async def _one(center: OrderCenter, kind: str) -> str:
    data = await center.data(f"{{ viewer {{ {PRIVATE[kind]} }} }}", person=TROUBLED.id)
    found = _first_id(data["viewer"])
    assert found is not None
    return found


def _codes(answer: Json) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


@pytest.mark.parametrize("kind", PRIVATE)
async def test_a_node_is_its_owners_and_supports_alone(center: OrderCenter, kind: str) -> None:
    thing = await _one(center, kind)
    for asker in (OWNER, SUPPORT):
        answer = await center.ask(NODE, {"id": thing}, person=asker.person, scope=asker.scope)
        assert answer == {"data": {"node": {"__typename": kind, "id": thing}}}
    stranger = await center.ask(NODE, {"id": thing}, person=STRANGER.person)
    assert (stranger["data"], _codes(stranger)) == ({"node": None}, ["NOT_FOUND"])
    nobody = await center.ask(NODE, {"id": thing}, person=None)
    assert (nobody["data"], _codes(nobody)) == ({"node": None}, ["UNAUTHENTICATED"])


@pytest.mark.parametrize("kind", PRIVATE)
async def test_a_strangers_thing_and_no_thing_at_all_have_the_same_answer(center: OrderCenter, kind: str) -> None:
    thing = await _one(center, kind)
    never = re.sub(r"_.*", "_NEVERMADE0", thing)
    theirs, none = [await center.ask(NODE, {"id": one}, person=SHOPPER.id) for one in (thing, never)]
    assert theirs == none
    assert [call.keys for call in center.calls] == [1]


async def test_a_sweep_of_ids_finds_nothing_and_costs_one_call(center: OrderCenter) -> None:
    listed = await center.data("{ viewer { orders(first: 10) { nodes { id } } } }", person=TROUBLED.id)
    theirs = [one["id"] for one in listed["viewer"]["orders"]["nodes"]]
    never = [f"ord_NEVERMADE{number}" for number in range(20)]
    names = range(20)
    asked = " ".join(f"a{n}: order(id: $a{n}) {{ id }}" for n in names)
    query = f"query ({' '.join(f'$a{n}: ID!' for n in names)}) {{ {asked} }}"
    answers = []
    for ids in (theirs + never[:10], never):
        answers.append(await center.post(query, {f"a{n}": one for n, one in enumerate(ids)}, person=SHOPPER.id))
        assert [(call.path, call.keys) for call in center.calls] == [("orders:batchGet", 20)]
    assert answers[0].content == answers[1].content
    assert _codes(answers[0].json()) == ["NOT_FOUND"] * 20


async def test_nodes_answers_in_order_with_an_error_for_each_that_is_not_ones_own(center: OrderCenter) -> None:
    mine = await center.data("{ viewer { orders(first: 1) { nodes { id } } } }", person=SHOPPER.id)
    own = mine["viewer"]["orders"]["nodes"][0]["id"]
    other = await _one(center, "Order")
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    answer = await center.ask(query, {"ids": [other, own, "what?"]}, person=SHOPPER.id)
    assert answer["data"] == {"nodes": [None, {"id": own}, None]}
    by_place = {error["path"][1]: error["extensions"] for error in answer["errors"]}
    assert by_place == {0: {"code": "NOT_FOUND"}, 2: {"code": "BAD_USER_INPUT", "argument": "ids[2]"}}


@pytest.mark.parametrize("argument", ["id", "number"])
async def test_an_order_is_found_by_its_owner_by_id_and_by_number(center: OrderCenter, argument: str) -> None:
    listed = await center.data("{ viewer { orders(first: 1) { nodes { id number } } } }", person=TROUBLED.id)
    order = listed["viewer"]["orders"]["nodes"][0]
    query = f"query ($value: {'ID' if argument == 'id' else 'String'}) {{ order({argument}: $value) {{ id number }} }}"
    variables = {"value": order[argument]}
    assert await center.data(query, variables, person=TROUBLED.id) == {"order": order}
    assert (await center.ask(query, variables, person=STAFF.id, scope=STAFF.scope))["data"] == {"order": order}
    for person, code in ((SHOPPER.id, "NOT_FOUND"), (None, "UNAUTHENTICATED")):
        answer = await center.ask(query, variables, person=person)
        assert (answer["data"], _codes(answer)) == ({"order": None}, [code])


async def test_a_warm_cache_shows_nobody_elses_order(cached_center: OrderCenter) -> None:
    center = cached_center
    thing = await _one(center, "Order")
    for _ in range(2):
        assert (await center.data(NODE, {"id": thing}, person=TROUBLED.id))["node"]["id"] == thing
    answer = await center.ask(NODE, {"id": thing}, person=SHOPPER.id)
    assert (answer["data"], _codes(answer)) == ({"node": None}, ["NOT_FOUND"])


async def test_user_is_oneself_or_for_support_anybody(center: OrderCenter) -> None:
    query = "query ($id: ID!) { user(id: $id) { id displayName } }"
    own = {"user": {"id": TROUBLED.id, "displayName": TROUBLED.name}}
    assert await center.data(query, {"id": TROUBLED.id}, person=TROUBLED.id) == own
    support = await center.ask(query, {"id": TROUBLED.id}, person=STAFF.id, scope=STAFF.scope)
    assert support == {"data": own}
    stranger = await center.ask(query, {"id": TROUBLED.id}, person=SHOPPER.id)
    assert (stranger["data"], _codes(stranger)) == ({"user": None}, ["NOT_FOUND"])
    assert center.calls == []
    nobody = await center.ask(query, {"id": TROUBLED.id}, person=None)
    assert (nobody["data"], _codes(nobody)) == ({"user": None}, ["UNAUTHENTICATED"])
    missing = await center.ask(query, {"id": "cus_NEVERMADE0"}, person=STAFF.id, scope=STAFF.scope)
    assert (missing["data"], _codes(missing)) == ({"user": None}, ["NOT_FOUND"])


async def test_without_its_scope_a_support_person_is_a_customer_like_others(center: OrderCenter) -> None:
    thing = await _one(center, "Order")
    answer = await center.ask(NODE, {"id": thing}, person=STAFF.id, scope="")
    assert _codes(answer) == ["NOT_FOUND"]


async def test_products_and_shops_are_everybodys(center: OrderCenter) -> None:
    query = "{ viewer { orders(first: 1) { nodes { shop { id } lineItems { product { id } } } } } }"
    order = (await center.data(query, person=TROUBLED.id))["viewer"]["orders"]["nodes"][0]
    product, shop = order["lineItems"][0]["product"]["id"], order["shop"]["id"]
    asked = "query ($product: ID!, $ids: [ID!]!) { product(id: $product) { id shop { id } } nodes(ids: $ids) { id } }"
    data = await center.data(asked, {"product": product, "ids": [product, shop]}, person=None)
    assert data == {"product": {"id": product, "shop": {"id": shop}}, "nodes": [{"id": product}, {"id": shop}]}


async def test_nobody_has_no_viewer(center: OrderCenter) -> None:
    answer = await center.ask("{ viewer { id } }", person=None)
    assert (answer["data"], _codes(answer)) == ({"viewer": None}, ["UNAUTHENTICATED"])


async def test_a_newcomer_has_empty_lists_and_no_errors(center: OrderCenter) -> None:
    query = """{ viewer { displayName orderCenter { toPay unreadUpdates } orders { totalCount nodes { id } }
        payments { nodes { id } } returns { nodes { id } } tags { nodes { id } } suggestions { nodes { id } } } }"""
    viewer = (await center.data(query, person=NEWCOMER.id))["viewer"]
    assert viewer["displayName"] == NEWCOMER.name
    assert viewer["orderCenter"] == {"toPay": 0, "unreadUpdates": 0}
    assert viewer["orders"] == {"totalCount": 0, "nodes": []}
    assert viewer["payments"] == viewer["returns"] == viewer["tags"] == {"nodes": []}
