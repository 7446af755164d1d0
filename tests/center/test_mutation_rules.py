"""What holds for every mutation: whose things it may change, which arguments it takes, and what the same key means."""

import pytest

from services.people import NEWCOMER, SHOPPER, STAFF, TROUBLED
from tests.support.center import Json, OrderCenter
from tests.support.changes import CHANGED, change, mutation, order_with, order_without, refused


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
