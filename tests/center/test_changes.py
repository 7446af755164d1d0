"""Catching up: what has changed since a cursor, by one small query, with nothing lost and nothing of others."""

from collections.abc import Mapping

import pytest

from services.people import NEWCOMER, SHOPPER, STAFF, TROUBLED
from tests.center.test_faults import sickbed
from tests.support import proxy
from tests.support.center import Call, Json, OrderCenter, running, settings
from tests.support.changes import change, order_with
from tests.support.services import ServiceProcess

CATCH_UP = """query ($since: String, $first: Int) { viewer { orderCenter { changes(since: $since, first: $first) {
    nodes { id removed subject { __typename id ... on Order { archived status } ... on Tag { note } } }
    pageInfo { hasNextPage endCursor } } } } }"""


async def _changes(center: OrderCenter, since: str | None = None, first: int = 20, person: str = SHOPPER.id) -> Json:
    data = await center.data(CATCH_UP, {"since": since, "first": first}, person=person)
    changes: Json = data["viewer"]["orderCenter"]["changes"]
    return changes


async def _cursor(center: OrderCenter, person: str = SHOPPER.id) -> str:
    begun = await _changes(center, person=person)
    assert begun["nodes"] == []
    assert begun["pageInfo"]["hasNextPage"] is False
    cursor: str = begun["pageInfo"]["endCursor"]
    return cursor


async def _tagged(center: OrderCenter, note: str) -> tuple[str, str]:
    """Tag something; its product's id and the tag's."""
    found = await center.data("{ viewer { suggestions(first: 100) { nodes { product { id } } } } }", person=SHOPPER.id)
    for suggestion in found["viewer"]["suggestions"]["nodes"]:
        product = suggestion["product"]["id"]
        payload = await change(center, "tagProduct", person=SHOPPER.id, productId=product, note=note)
        if payload["tag"] is not None:
            return product, payload["tag"]["id"]
    raise AssertionError


async def test_who_was_away_learns_what_has_changed_and_what_is_gone(changing_center: OrderCenter) -> None:
    begun = await _cursor(changing_center)
    order = await order_with(changing_center, "ARCHIVE", SHOPPER.id)
    product, tag = await _tagged(changing_center, "First")
    await change(changing_center, "archiveOrder", person=SHOPPER.id, orderId=order["id"])
    await change(changing_center, "updateTag", person=SHOPPER.id, tagId=tag, note="Second")

    found = await _changes(changing_center, begun)
    archived = {"__typename": "Order", "id": order["id"], "archived": True, "status": order["status"]}
    # In one second the order service's come first.
    assert found["nodes"] == [
        {"id": order["id"], "removed": False, "subject": archived},
        {"id": tag, "removed": False, "subject": {"__typename": "Tag", "id": tag, "note": "Second"}},
    ]
    assert found["pageInfo"]["hasNextPage"] is False

    await change(changing_center, "untagProduct", person=SHOPPER.id, productId=product)
    later = await _changes(changing_center, found["pageInfo"]["endCursor"])
    assert later["nodes"] == [{"id": tag, "removed": True, "subject": None}]
    nothing = await _changes(changing_center, later["pageInfo"]["endCursor"])
    assert nothing == {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": later["pageInfo"]["endCursor"]}}
    # An old cursor is as good as ever: the tag that came and went is only gone.
    assert [node["id"] for node in (await _changes(changing_center, begun))["nodes"]] == [order["id"], tag]


async def test_pages_join_without_a_gap_though_all_changes_are_of_one_second(changing_center: OrderCenter) -> None:
    begun = await _cursor(changing_center)
    product, tag = await _tagged(changing_center, "One")
    order = await order_with(changing_center, "REORDER", SHOPPER.id)
    for _ in range(3):
        await change(changing_center, "reorder", person=SHOPPER.id, orderId=order["id"])
    whole = [node["id"] for node in (await _changes(changing_center, begun))["nodes"]]
    assert len(whole) == 4
    read: list[str] = []
    since, has_more = begun, True
    while has_more:
        page = await _changes(changing_center, since, first=1)
        read += [node["id"] for node in page["nodes"]]
        since, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert read == whole
    await change(changing_center, "untagProduct", person=SHOPPER.id, productId=product)
    assert [node["id"] for node in (await _changes(changing_center, since))["nodes"]] == [tag]


async def test_catching_up_is_a_call_to_each_service_and_one_for_each_kind_of_thing(
    changed_services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with running(settings(changed_services, issuer), issuer) as center:
        begun = await _cursor(center)
        journals = [Call(name, "journal:search", 1) for name in ("order", "payment", "recs")]
        assert sorted(center.calls) == sorted([Call("order", "badges:batchGet", 1), *journals])
        order = await order_with(center, "REORDER", SHOPPER.id)
        for _ in range(2):
            await change(center, "reorder", person=SHOPPER.id, orderId=order["id"])
        assert len((await _changes(center, begun))["nodes"]) == 2
        checkouts = Call("order", "checkouts:batchGet", 2)
        assert sorted(center.calls) == sorted([Call("order", "badges:batchGet", 1), *journals, checkouts])


async def test_a_cursor_is_good_for_one_person_and_these_changes(changing_center: OrderCenter) -> None:
    mine = await _cursor(changing_center)
    orders = "{ viewer { orders(first: 1) { pageInfo { endCursor } } } }"
    listed = (await changing_center.data(orders, person=SHOPPER.id))["viewer"]["orders"]["pageInfo"]["endCursor"]
    for since, person in ((mine, TROUBLED.id), (mine[:-2], SHOPPER.id), (listed, SHOPPER.id), ("", SHOPPER.id)):
        answer = await changing_center.ask(CATCH_UP, {"since": since}, person=person)
        assert answer["data"]["viewer"]["orderCenter"] == {"changes": None}
        assert [error["extensions"] for error in answer["errors"]] == [{"code": "BAD_USER_INPUT", "argument": "since"}]
        assert {call.path for call in changing_center.calls} <= {"badges:batchGet"}
    for first in (0, 101):
        answer = await changing_center.ask(CATCH_UP, {"first": first}, person=SHOPPER.id)
        assert [error["extensions"] for error in answer["errors"]] == [{"code": "BAD_USER_INPUT", "argument": "first"}]


async def test_nobody_learns_of_changes_of_others_but_staff(changing_center: OrderCenter) -> None:
    begun, others = await _cursor(changing_center), await _cursor(changing_center, TROUBLED.id)
    order = await order_with(changing_center, "REORDER", TROUBLED.id)
    await change(changing_center, "reorder", person=TROUBLED.id, orderId=order["id"])
    assert (await _changes(changing_center, begun))["nodes"] == []
    query = CATCH_UP.replace("viewer {", f'user(id: "{TROUBLED.id}") {{')
    answer = await changing_center.ask(query, {"since": others}, person=NEWCOMER.id)
    assert answer["errors"][0]["extensions"] == {"code": "NOT_FOUND"}
    answer = await changing_center.ask(query, {"since": others}, person=STAFF.id, scope=STAFF.scope)
    (node,) = answer["data"]["user"]["orderCenter"]["changes"]["nodes"]
    assert node["subject"]["__typename"] == "Checkout"


async def test_what_a_sick_service_knows_comes_with_a_later_call(
    changed_services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with sickbed(changed_services, issuer, request_timeout=5.0) as (center, proxies):
        begun = await _cursor(center)
        order = await order_with(center, "REORDER", SHOPPER.id)
        _, tag = await _tagged(center, "Note")
        await change(center, "reorder", person=SHOPPER.id, orderId=order["id"])
        proxies["recs"].fault = proxy.closing
        answer = await center.ask(CATCH_UP, {"since": begun}, person=SHOPPER.id)
        partly = answer["data"]["viewer"]["orderCenter"]["changes"]
        assert [node and node["subject"]["__typename"] for node in partly["nodes"]] == ["Checkout", None]
        (error,) = answer["errors"]
        assert error["path"] == ["viewer", "orderCenter", "changes", "nodes", 1]
        assert error["extensions"] == {"code": "DOWNSTREAM_UNAVAILABLE", "service": "recs"}
        proxies["recs"].fault = proxy.healthy
        rest = await _changes(center, partly["pageInfo"]["endCursor"])
        assert [node["id"] for node in rest["nodes"]] == [tag]


@pytest.mark.parametrize("first", [1, 100])
async def test_the_cost_grows_with_what_is_asked_for(center: OrderCenter, first: int) -> None:
    query = "{ viewer { orderCenter { changes(first: %d) { nodes { id } } } } }" % first  # noqa: UP031  braces
    headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}", "GraphQL-Cost": "1"}
    answer = await center.http.post("/graphql", json={"query": query}, headers=headers)
    assert answer.headers["graphql-cost"] == str(3 + first)
