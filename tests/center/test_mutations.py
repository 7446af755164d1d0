"""What people can change: each mutation, what its payload says, and what the very next query shows."""

from collections.abc import Mapping

import pytest

from services.people import NEWCOMER, SHOPPER, STAFF, TROUBLED
from tests.support.center import Call, Json, OrderCenter, running, settings
from tests.support.changes import CHANGED, change, mutation, order_with, order_without, refused
from tests.support.services import ServiceProcess

ORDER = "query ($id: ID!) { order(id: $id) { id status cancelReason archived availableActions timeline { kind } } }"


async def _order(center: OrderCenter, order_id: str) -> Json:
    order: Json = (await center.data(ORDER, {"id": order_id}, person=SHOPPER.id))["order"]
    return order


async def test_an_order_is_cancelled(changing_center: OrderCenter) -> None:
    order = await order_with(changing_center, "CANCEL", SHOPPER.id)
    await _order(changing_center, order["id"])
    payload = await change(changing_center, "cancelOrder", person=SHOPPER.id, orderId=order["id"])
    assert changing_center.calls == [Call("order", "orders:cancel", 0)]
    assert payload["userErrors"] == []
    cancelled = {"id": order["id"], "status": "CANCELLED", "cancelReason": "CUSTOMER"}
    assert payload["order"] == cancelled | {"availableActions": ["REORDER", "ARCHIVE"]}
    after = await _order(changing_center, order["id"])
    assert after["timeline"][-1] == {"kind": "CANCELLED"}
    assert after.items() >= payload["order"].items()
    again = await refused(changing_center, "cancelOrder", person=SHOPPER.id, orderId=order["id"])
    assert again == ("NOT_CANCELLABLE", ["orderId"])


async def test_a_receipt_is_confirmed(changing_center: OrderCenter) -> None:
    order = await order_with(changing_center, "CONFIRM_RECEIPT", SHOPPER.id)
    payload = await change(changing_center, "confirmReceipt", person=SHOPPER.id, orderId=order["id"])
    assert payload["order"]["status"] == "COMPLETED"
    assert (await _order(changing_center, order["id"]))["timeline"][-1] == {"kind": "RECEIPT_CONFIRMED"}
    again = await refused(changing_center, "confirmReceipt", person=SHOPPER.id, orderId=order["id"])
    assert again == ("ALREADY_CONFIRMED", ["orderId"])


async def test_an_order_is_put_away_and_brought_back(changing_center: OrderCenter) -> None:
    archived = "{ viewer { orders(first: 100, filter: {archived: true}) { nodes { id } } } }"
    order = await order_with(changing_center, "ARCHIVE", SHOPPER.id)
    for name, expected in (("archiveOrder", True), ("unarchiveOrder", False)):
        payload = await change(changing_center, name, person=SHOPPER.id, orderId=order["id"])
        assert payload["order"]["archived"] is expected
        nodes = (await changing_center.data(archived, person=SHOPPER.id))["viewer"]["orders"]["nodes"]
        assert ({"id": order["id"]} in nodes) is expected


async def test_the_same_goods_are_ordered_again(changing_center: OrderCenter) -> None:
    order = await order_with(changing_center, "REORDER", SHOPPER.id)
    query = "{ viewer { checkouts(first: 100) { nodes { id } } } }"
    before = (await changing_center.data(query, person=SHOPPER.id))["viewer"]["checkouts"]["nodes"]
    payload = await change(changing_center, "reorder", person=SHOPPER.id, orderId=order["id"])
    bought = [item for item in order["lineItems"] if item["product"]["inStock"]]
    expected = [{"quantity": item["quantity"], "product": {"id": item["product"]["id"]}} for item in bought]
    assert payload["checkout"]["items"] == expected
    assert payload["leftOut"] == [item["id"] for item in order["lineItems"] if item not in bought]
    after = (await changing_center.data(query, person=SHOPPER.id))["viewer"]["checkouts"]["nodes"]
    # The services' clock stands still, so what other tests have ordered is as new as this.
    assert [node for node in after if node not in before] == [{"id": payload["checkout"]["id"]}]
    assert len(after) == len(before) + 1


async def test_updates_are_counted_as_seen(changing_center: OrderCenter) -> None:
    query = "{ viewer { orderCenter { unreadUpdates } } }"
    before = (await changing_center.data(query, person=TROUBLED.id))["viewer"]["orderCenter"]
    assert before["unreadUpdates"] > 0
    payload = await change(changing_center, "markOrderUpdatesRead", person=TROUBLED.id)
    assert payload["orderCenter"] == {"unreadUpdates": 0}
    assert await changing_center.data(query, person=TROUBLED.id) == {"viewer": {"orderCenter": {"unreadUpdates": 0}}}


async def test_who_has_no_page_yet_sees_no_badges_and_their_updates_are_counted_as_seen_all_the_same(
    changed_services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    given = settings(changed_services, issuer, rollout_percentage=0.0, rollout_customers=frozenset({NEWCOMER.id}))
    async with running(given, issuer) as center:
        for person, badges in ((SHOPPER.id, None), (NEWCOMER.id, {"unreadUpdates": 0})):
            payload = await change(center, "markOrderUpdatesRead", person=person)
            assert (payload["orderCenter"], payload["userErrors"]) == (badges, [])
            assert center.calls == [Call("order", "orders:markUpdatesRead", 0)]
    async with running(settings(changed_services, issuer), issuer) as center:
        seen = await center.data("{ viewer { orderCenter { unreadUpdates } } }", person=SHOPPER.id)
    assert seen == {"viewer": {"orderCenter": {"unreadUpdates": 0}}}


async def test_a_return_is_requested_and_withdrawn(changing_center: OrderCenter) -> None:
    order = await order_with(changing_center, "REQUEST_RETURN", SHOPPER.id)
    item = next(item for item in order["lineItems"] if item["refundableQuantity"])
    items = [{"lineItemId": item["id"], "quantity": 1}]
    given = {"orderId": order["id"], "reason": "SIZE_OR_FIT", "note": "Too small", "items": items}
    payload = await change(changing_center, "requestReturn", person=SHOPPER.id, **given)
    returned = payload["return"]
    assert (returned["status"], returned["reason"], returned["note"]) == ("REQUESTED", "SIZE_OR_FIT", "Too small")
    assert returned["items"] == items
    assert "CANCEL_RETURN" in returned["order"]["availableActions"]
    query = "{ viewer { returns(first: 1) { nodes { id status } } } }"
    listed = await changing_center.data(query, person=SHOPPER.id)
    assert listed["viewer"]["returns"]["nodes"] == [{"id": returned["id"], "status": "REQUESTED"}]
    again = await refused(changing_center, "requestReturn", person=SHOPPER.id, **given)
    assert again == ("RETURN_UNDER_WAY", ["orderId"])
    payload = await change(changing_center, "cancelReturn", person=SHOPPER.id, returnId=returned["id"])
    assert payload["return"]["status"] == "CANCELED"
    assert "REQUEST_RETURN" in payload["return"]["order"]["availableActions"]
    many = given | {"items": [{"lineItemId": item["id"], "quantity": 1000}]}
    assert await refused(changing_center, "requestReturn", person=SHOPPER.id, **many) == (
        "QUANTITY_TOO_LARGE",
        ["items"],
    )
    gone = await refused(changing_center, "cancelReturn", person=SHOPPER.id, returnId=returned["id"])
    assert gone == ("RETURN_FINISHED", ["returnId"])


async def test_another_payment_method_becomes_the_default(changing_center: OrderCenter) -> None:
    query = "{ viewer { paymentMethods { id isDefault } } }"
    methods = (await changing_center.data(query, person=SHOPPER.id))["viewer"]["paymentMethods"]
    tried = []
    for method in methods:
        payload = await change(
            changing_center, "setDefaultPaymentMethod", person=SHOPPER.id, paymentMethodId=method["id"]
        )
        after = (await changing_center.data(query, person=SHOPPER.id))["viewer"]["paymentMethods"]
        if payload["userErrors"]:
            assert payload["userErrors"][0]["code"] == "PAYMENT_METHOD_EXPIRED"
            continue
        tried.append(method["id"])
        assert payload["paymentMethods"] == after
        assert [one["id"] for one in after if one["isDefault"]] == [method["id"]]
    assert len(tried) > 1


async def test_a_product_is_tagged_changed_and_forgotten(changing_center: OrderCenter) -> None:
    tags = "{ viewer { tags(first: 1) { totalCount nodes { id note labels } } } }"
    order = await order_with(changing_center, "REORDER", SHOPPER.id)
    product = order["lineItems"][0]["product"]["id"]
    given = {"productId": product, "note": "Nice", "labels": ["b", "a"], "source": {"channel": "VIDEO"}}
    payload = await change(changing_center, "tagProduct", person=NEWCOMER.id, **given)
    tag = payload["tag"]
    source = {"channel": "VIDEO", "creatorHandle": None}
    written = {"note": "Nice", "labels": ["b", "a"]}
    assert tag == {"id": tag["id"], "source": source, "product": {"id": product}} | written
    listed = (await changing_center.data(tags, person=NEWCOMER.id))["viewer"]["tags"]
    assert listed == {"totalCount": 1, "nodes": [{"id": tag["id"]} | written]}
    assert await refused(changing_center, "tagProduct", person=NEWCOMER.id, **given) == (
        "ALREADY_TAGGED",
        ["productId"],
    )
    for asked, expected in (
        ({}, written),
        ({"labels": []}, {"note": "Nice", "labels": []}),
        ({"note": None, "labels": ["c"]}, {"note": None, "labels": ["c"]}),
    ):
        payload = await change(changing_center, "updateTag", person=NEWCOMER.id, tagId=tag["id"], **asked)
        assert payload["tag"] == {"id": tag["id"]} | expected
        listed = (await changing_center.data(tags, person=NEWCOMER.id))["viewer"]["tags"]
        assert listed["nodes"] == [payload["tag"]]
    payload = await change(changing_center, "untagProduct", person=NEWCOMER.id, productId=product)
    assert payload["tag"] == {"id": tag["id"]}
    listed = (await changing_center.data(tags, person=NEWCOMER.id))["viewer"]["tags"]
    assert listed == {"totalCount": 0, "nodes": []}


async def test_a_dismissed_suggestion_is_gone(changing_center: OrderCenter) -> None:
    query = "{ viewer { suggestions(first: 3) { totalCount nodes { id } } } }"
    before = (await changing_center.data(query, person=SHOPPER.id))["viewer"]["suggestions"]
    first = before["nodes"][0]
    payload = await change(changing_center, "dismissSuggestion", person=SHOPPER.id, suggestionId=first["id"])
    assert payload["suggestion"] == first
    after = (await changing_center.data(query, person=SHOPPER.id))["viewer"]["suggestions"]
    assert after["totalCount"] == before["totalCount"] - 1
    assert after["nodes"][:2] == before["nodes"][1:]
    node = await changing_center.ask(
        "query ($id: ID!) { node(id: $id) { id } }", {"id": first["id"]}, person=SHOPPER.id
    )
    assert node["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def _inputs(center: OrderCenter, person: str) -> dict[str, Json]:
    """Something of a person's for each mutation that names something."""
    query = """{ viewer { orders(first: 1) { nodes { id lineItems { id } } } returns(first: 1) { nodes { id } }
        paymentMethods { id } tags(first: 1) { nodes { id product { id } } }
        suggestions(first: 1) { nodes { id } } } }"""
    viewer = (await center.data(query, person=person))["viewer"]
    first = {name: viewer[name]["nodes"][0] for name in ("orders", "returns", "tags", "suggestions")}
    order = {"orderId": first["orders"]["id"]}
    items = [{"lineItemId": first["orders"]["lineItems"][0]["id"], "quantity": 1}]
    names = ("cancelOrder", "confirmReceipt", "archiveOrder", "unarchiveOrder", "reorder")
    return dict.fromkeys(names, order) | {
        "markOrderUpdatesRead": {"orderIds": [order["orderId"]]},
        "requestReturn": order | {"reason": "OTHER", "items": items},
        "cancelReturn": {"returnId": first["returns"]["id"]},
        "setDefaultPaymentMethod": {"paymentMethodId": viewer["paymentMethods"][0]["id"]},
        "untagProduct": {"productId": first["tags"]["product"]["id"]},
        "updateTag": {"tagId": first["tags"]["id"], "note": "Mine now"},
        "dismissSuggestion": {"suggestionId": first["suggestions"]["id"]},
    }


async def test_what_is_somebody_elses_does_not_exist(changing_center: OrderCenter) -> None:
    theirs = await _inputs(changing_center, TROUBLED.id)
    assert {*theirs, "tagProduct"} == set(CHANGED)
    state = """{ viewer { orders(first: 1) { nodes { id status archived returns { id status } } }
        tags(first: 1) { nodes { id note } } } }"""
    before = await changing_center.data(state, person=TROUBLED.id)
    for name, given in theirs.items():
        subject = next(iter(given))
        for person in (NEWCOMER, STAFF):
            answers = []
            for own in (given[subject], _made_up(given[subject])):
                payload = await change(changing_center, name, person=person.id, **given | {subject: own})
                assert [call.keys for call in changing_center.calls] == [0]
                answers.append(payload | {"idempotencyKey": None})
            assert answers[0] == answers[1]
            (error,) = answers[0]["userErrors"]
            assert (error["code"], error["field"]) == ("NOT_FOUND", [subject])
    assert await changing_center.data(state, person=TROUBLED.id) == before


def _made_up(thing: str | list[str]) -> str | list[str]:
    return [_made_up(one) for one in thing] if isinstance(thing, list) else f"{thing.split('_')[0]}_NEVERMADE0"  # type: ignore[misc]


async def test_support_reads_anybodys_and_changes_nobodys(changing_center: OrderCenter) -> None:
    order = await order_with(changing_center, "CANCEL", SHOPPER.id)
    answer = await changing_center.ask(
        mutation("cancelOrder"), {"input": {"orderId": order["id"]}}, person=STAFF.id, scope=STAFF.scope
    )
    assert answer["data"]["cancelOrder"]["userErrors"][0]["code"] == "NOT_FOUND"


async def test_nobody_changes_nothing(changing_center: OrderCenter) -> None:
    for name, given in (await _inputs(changing_center, TROUBLED.id)).items():
        answer = await changing_center.ask(mutation(name), {"input": given}, person=None)
        assert answer["data"] == {name: None}
        assert [error["extensions"] for error in answer["errors"]] == [{"code": "UNAUTHENTICATED"}]
        assert changing_center.calls == []


@pytest.mark.parametrize(
    ("name", "given", "argument"),
    [
        ("cancelOrder", {"orderId": "ret_1"}, "input.orderId"),
        ("cancelOrder", {"orderId": "ord_1", "idempotencyKey": ""}, "input.idempotencyKey"),
        ("cancelOrder", {"orderId": "ord_1", "idempotencyKey": "a b"}, "input.idempotencyKey"),
        ("cancelOrder", {"orderId": "ord_1", "idempotencyKey": "x\r\nHost: evil"}, "input.idempotencyKey"),
        ("cancelOrder", {"orderId": "ord_1", "idempotencyKey": "x" * 65}, "input.idempotencyKey"),
        ("markOrderUpdatesRead", {"orderIds": []}, "input.orderIds"),
        ("markOrderUpdatesRead", {"orderIds": ["ord_1", "x"]}, "input.orderIds[1]"),
        (
            "requestReturn",
            {"orderId": "ord_1", "reason": "OTHER", "items": [{"lineItemId": "prd_1", "quantity": 1}]},
            "input.items[0].lineItemId",
        ),
        ("requestReturn", {"orderId": "ord_1", "reason": "UNKNOWN", "items": []}, "input.reason"),
        ("tagProduct", {"productId": "prd_1", "source": {"channel": "UNKNOWN"}}, "input.source.channel"),
        ("dismissSuggestion", {"suggestionId": "../1"}, "input.suggestionId"),
    ],
)
async def test_a_wrong_argument_is_named_before_any_call(
    changing_center: OrderCenter, name: str, given: Json, argument: str
) -> None:
    answer = await changing_center.ask(mutation(name), {"input": given}, person=SHOPPER.id)
    assert answer["data"] == {name: None}
    assert [error["extensions"] for error in answer["errors"]] == [{"code": "BAD_USER_INPUT", "argument": argument}]
    assert changing_center.calls == []


@pytest.mark.parametrize(
    ("name", "given", "field"),
    [
        ("tagProduct", {"productId": "prd_1", "note": "x" * 501}, "note"),
        ("tagProduct", {"productId": "prd_1", "labels": ["x"] * 11}, "labels"),
        ("tagProduct", {"productId": "prd_1", "labels": [""]}, "labels"),
        ("updateTag", {"tagId": "tag_1", "labels": ["x" * 41]}, "labels"),
        ("updateTag", {"tagId": "tag_1", "note": "x" * 501}, "note"),
        ("requestReturn", {"orderId": "ord_1", "reason": "OTHER", "items": []}, "items"),
        (
            "requestReturn",
            {"orderId": "ord_1", "reason": "OTHER", "items": [{"lineItemId": "itm_1", "quantity": 0}]},
            "items",
        ),
    ],
)
async def test_what_a_person_typed_wrongly_is_told_to_them_before_any_call(
    changing_center: OrderCenter, name: str, given: Json, field: str
) -> None:
    assert await refused(changing_center, name, person=SHOPPER.id, **given) == ("INVALID", [field])
    assert changing_center.calls == []


async def test_several_run_in_their_order_and_see_what_those_before_did(changing_center: OrderCenter) -> None:
    order = await order_with(changing_center, "CONFIRM_RECEIPT", SHOPPER.id)
    status = "{ order { status archived availableActions timeline { kind } } userErrors { code } }"
    document = f"""mutation ($id: ID!) {{
        a: archiveOrder(input: {{orderId: $id}}) {status}
        b: unarchiveOrder(input: {{orderId: $id}}) {status}
        c: unarchiveOrder(input: {{orderId: $id}}) {status}
        d: confirmReceipt(input: {{orderId: $id}}) {status}
        e: archiveOrder(input: {{orderId: $id}}) {status} }}"""
    answer = await changing_center.data(document, {"id": order["id"]}, person=SHOPPER.id)
    paths = ["orders:archive", "orders:unarchive", "orders:unarchive", "orders:confirmReceipt", "orders:archive"]
    assert [call.path for call in changing_center.calls if call.keys == 0] == paths
    assert list(answer) == ["a", "b", "c", "d", "e"]
    assert [answer[name]["order"] and answer[name]["order"]["archived"] for name in "abcde"] == [
        True,
        False,
        None,
        False,
        True,
    ]
    assert answer["c"]["userErrors"] == [{"code": "NOT_ARCHIVED"}]
    # Each reads the timeline anew, though all are one request.
    told = [len(answer[name]["order"]["timeline"]) for name in "abde"]
    assert told[0] == told[1] == told[2] - 1 == told[3] - 1


async def test_the_same_key_twice_in_one_operation_acts_once(changing_center: OrderCenter) -> None:
    order = await order_with(changing_center, "REORDER", SHOPPER.id)
    document = """mutation ($input: ReorderInput!) { a: reorder(input: $input) { checkout { id } idempotencyKey }
        b: reorder(input: $input) { checkout { id } idempotencyKey } }"""
    given = {"orderId": order["id"], "idempotencyKey": "twice-in-one"}
    answer = await changing_center.data(document, {"input": given}, person=SHOPPER.id)
    assert answer["a"] == answer["b"]
    assert answer["a"]["idempotencyKey"] == "twice-in-one"
    other = await refused(
        changing_center, "archiveOrder", person=SHOPPER.id, orderId=order["id"], idempotencyKey="twice-in-one"
    )
    assert other == ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])


async def test_a_made_key_can_be_used_to_ask_again(changing_center: OrderCenter) -> None:
    order = await order_with(changing_center, "REORDER", SHOPPER.id)
    first = await change(changing_center, "reorder", person=SHOPPER.id, orderId=order["id"])
    given = {"orderId": order["id"], "idempotencyKey": first["idempotencyKey"]}
    assert await change(changing_center, "reorder", person=SHOPPER.id, **given) == first
    assert (await change(changing_center, "reorder", person=SHOPPER.id, orderId=order["id"])) != first


async def test_what_an_order_does_not_offer_is_refused(changing_center: OrderCenter) -> None:
    names = {"CANCEL": "cancelOrder", "CONFIRM_RECEIPT": "confirmReceipt", "UNARCHIVE": "unarchiveOrder"}
    for action, name in names.items():
        order = await order_without(changing_center, action, SHOPPER.id)
        code, field = await refused(changing_center, name, person=SHOPPER.id, orderId=order["id"])
        assert code not in {"NOT_FOUND", "OUTCOME_UNKNOWN", "UNKNOWN"}
        assert field == ["orderId"]


async def test_a_mutation_by_get_is_refused(changing_center: OrderCenter) -> None:
    document = 'mutation { reorder(input: {orderId: "ord_1"}) { idempotencyKey } }'
    headers = {"graphql-preflight": "1"}
    answer = await changing_center.http.get("/graphql", params={"query": document}, headers=headers)
    assert answer.status_code == 405
    assert changing_center.calls == []


async def test_limits_hold_for_changes(changing_center: OrderCenter) -> None:
    fields = (f'a{number}: reorder(input: {{orderId: "ord_1"}}) {{ idempotencyKey }}' for number in range(21))
    answer = await changing_center.ask(f"mutation {{ {' '.join(fields)} }}", person=SHOPPER.id)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["ROOT_FIELD_LIMIT_EXCEEDED"]
    assert "data" not in answer
    assert changing_center.calls == []


async def test_a_change_costs_more_than_what_it_shows(changing_center: OrderCenter) -> None:
    headers = {"Authorization": f"Bearer {changing_center.token(SHOPPER.id)}", "GraphQL-Cost": "?"}
    document = 'mutation { cancelOrder(input: {orderId: "ord_1"}) { order { id } userErrors { code } } }'
    answer = await changing_center.http.post("/graphql", json={"query": document}, headers=headers)
    assert answer.headers["graphql-cost"] == "13"
