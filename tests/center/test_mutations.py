"""What people can change: each mutation, what its payload says, and what the very next query shows."""

from collections.abc import Mapping

from services.people import NEWCOMER, SHOPPER, TROUBLED
from tests.support.center import Call, Json, OrderCenter, running, settings
from tests.support.changes import change, order_with, refused
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
