"""GraphQL over WebSocket: who is told what, that the limits of HTTP hold, and clients that do not listen."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from gateway.streaming import subscriber
from services.people import NEWCOMER, SHOPPER, STAFF, TROUBLED
from tests.support.center import Json, settings
from tests.support.live import SECRET, Live, event, serving, watching
from tests.support.services import ServiceProcess
from tests.support.waiting import until

# All tests of this module share a gateway: to make one takes longer than most of them.
pytestmark = pytest.mark.asyncio(loop_scope="module")

WATCH = "subscription Watch($id: ID) { orderUpdated(orderId: $id) { id number financialStatus } }"
DEAR = "{ orders(first: 100) { nodes { lineItems { id } } } }"
_ITEMS = " ".join(f"a{number}: lineItems {{ title imageUrl }}" for number in range(25))
WIDE = f"subscription {{ orderUpdated {{ {_ITEMS} }} }}"
CENTER = "subscription { orderCenterUpdated { id } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AsyncIterator[Live]:
    given = settings(
        services,
        issuer,
        events_secret=SECRET,
        receive_timeout=1.0,
        cors_origins=frozenset({"https://shop.example"}),
        max_subscriptions_per_person=3,
        max_operations_per_connection=2,
        max_cost=1000,
    )
    async with serving(given, issuer) as one:
        yield one


async def _order(live: Live, person: str) -> Json:
    page = await live.data("{ viewer { orders(first: 1) { nodes { id number financialStatus } } } }", person=person)
    order: Json = page["viewer"]["orders"]["nodes"][0]
    return order


def _bearer(live: Live, person: str) -> str:
    return f"Bearer {live.token(person)}"


async def test_a_subscriber_is_shown_what_an_event_has_changed_and_nothing_else_is_asked(live: Live) -> None:
    order = await _order(live, SHOPPER.id)
    async with await watching(live.url) as one:
        await one.init(_bearer(live, SHOPPER.id))
        await one.subscribe(WATCH, {"id": order["id"]})
        await live.waited_for()
        for _ in range(2):
            live.calls.clear()
            await live.tell(event("order.updated", orderId=order["id"], customerId=SHOPPER.id))
            assert await one.next() == {"type": "next", "id": "1", "payload": {"data": {"orderUpdated": order}}}
            assert [(call.path, call.keys) for call in live.calls] == [
                ("orders:batchGet", 1),
                ("ledgers:batchGetByOrder", 1),
            ]
        await one.send({"type": "complete", "id": "1"})
        await live.waited_for(0)


async def test_nobody_is_told_of_what_is_not_theirs_nor_of_another_order_or_kind(live: Live) -> None:
    order, other = await _order(live, SHOPPER.id), await _order(live, TROUBLED.id)
    async with await watching(live.url) as shopper, await watching(live.url) as staff:
        await shopper.init(_bearer(live, SHOPPER.id))
        await shopper.subscribe(WATCH, {"id": order["id"]})
        await staff.init(f"Bearer {live.token(STAFF.id, STAFF.scope)}")
        await staff.subscribe(WATCH)
        await live.waited_for(2)
        await live.tell(
            event("order.updated", orderId=other["id"], customerId=TROUBLED.id),
            # An event whose owner is not the order's shows nobody anything.
            event("order.updated", orderId=other["id"], customerId=STAFF.id),
            event("order.updated", orderId=order["id"]),
            event("tag.updated", tagId="tag_1", customerId=SHOPPER.id),
            event("order.updated", orderId="ord_another", customerId=SHOPPER.id),
            event("return.updated", orderId=order["id"], customerId=SHOPPER.id),
        )
        assert await shopper.next() == {"type": "next", "id": "1", "payload": {"data": {"orderUpdated": order}}}
        assert await staff.next() == {"type": "next", "id": "1", "payload": {"data": {"orderUpdated": None}}}
        for one in (shopper, staff):
            await one.send({"type": "ping"})
            assert await one.next() == {"type": "pong"}


@pytest.mark.parametrize("person", [TROUBLED, STAFF])
async def test_a_subscription_to_somebody_elses_order_is_refused_as_to_one_that_is_not_there(
    live: Live, person: Json
) -> None:
    order = await _order(live, SHOPPER.id)
    async with await watching(live.url) as one:
        await one.init(f"Bearer {live.token(person.id, person.scope)}")  # type: ignore[attr-defined]
        answers = []
        for identifier in (order["id"], "ord_0000000000"):
            await one.subscribe(WATCH, {"id": identifier})
            answers.append(await one.next())
        assert answers[0] == answers[1]
        (error,) = answers[0]["payload"]
        assert (error["extensions"]["code"], error["path"]) == ("NOT_FOUND", ["orderUpdated"])


async def test_queries_and_mutations_run_on_the_socket_and_the_limits_of_http_hold(live: Live) -> None:
    async with await watching(live.url) as one:
        await one.init(_bearer(live, SHOPPER.id))
        await one.subscribe("{ viewer { id } }")
        assert await one.next() == {"type": "next", "id": "1", "payload": {"data": {"viewer": {"id": SHOPPER.id}}}}
        assert await one.next() == {"type": "complete", "id": "1"}
        await one.subscribe('mutation { cancelOrder(input: {orderId: "ord_0"}) { userErrors { code } } }')
        payload = {"data": {"cancelOrder": {"userErrors": [{"code": "NOT_FOUND"}]}}}
        assert await one.next() == {"type": "next", "id": "1", "payload": payload}
        assert await one.next() == {"type": "complete", "id": "1"}
        refused = {
            "{ viewer " + DEAR + "}": "COST_LIMIT_EXCEEDED",
            "subscription { orderCenterUpdated " + DEAR + "}": "COST_LIMIT_EXCEEDED",
            "subscription " + "{ a " * 3000: "TOKEN_LIMIT_EXCEEDED",
            "subscription { orderUpdated { id": "GRAPHQL_PARSE_FAILED",
            "subscription { orderUpdated { nothing } }": "GRAPHQL_VALIDATION_FAILED",
            "subscription { orderUpdated { id } paymentUpdated { id } }": "GRAPHQL_VALIDATION_FAILED",
            "subscription { __typename }": "GRAPHQL_VALIDATION_FAILED",
            'subscription { orderUpdated(orderId: "shop_1") { id } }': "BAD_USER_INPUT",
        }
        for query, code in refused.items():
            await one.subscribe(query)
            message = await one.next()
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code), query


async def test_without_a_token_a_subscription_is_refused_and_a_product_is_not(live: Live) -> None:
    async with await watching(live.url) as one:
        await one.init()
        await one.subscribe(CENTER)
        message = await one.next()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")
        await one.subscribe('{ product(id: "prd_0") { id } }')
        assert (await one.next())["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_rates_and_trusted_documents_hold_on_the_socket(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, tmp_path: Path
) -> None:
    (tmp_path / "documents.json").write_text(json.dumps({"center": CENTER}))
    given = settings(
        services,
        issuer,
        documents="only",
        documents_file=str(tmp_path / "documents.json"),
        rate_per_person=1.0,
        rate_burst_seconds=1.0,
    )
    async with serving(given, issuer) as live, await watching(live.url) as one:
        await one.init(_bearer(live, SHOPPER.id))
        await one.subscribe("{ viewer { id } }")
        assert (await one.next())["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_REQUIRED"
        await one.send({"type": "subscribe", "id": "1", "payload": {"documentId": "center"}})
        await live.waited_for()
        await one.send({"type": "subscribe", "id": "2", "payload": {"documentId": "center"}})
        assert (await one.next())["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_too_many_subscriptions_of_a_person_or_a_connection_are_refused(live: Live) -> None:
    limit = "SUBSCRIPTION_LIMIT_EXCEEDED"
    async with await watching(live.url) as one, await watching(live.url) as other, await watching(live.url) as stranger:
        for each, person in ((one, SHOPPER), (other, SHOPPER), (stranger, NEWCOMER)):
            await each.init(_bearer(live, person.id))
        for name in "12":
            await one.subscribe(CENTER, name=name)
        await live.waited_for(2)
        await one.subscribe(CENTER, name="3")
        assert (await one.next())["payload"][0]["extensions"]["code"] == limit
        await other.subscribe(CENTER, name="1")
        await live.waited_for(3)
        await other.subscribe(CENTER, name="2")
        assert (await other.next())["payload"][0]["extensions"]["code"] == limit
        await stranger.subscribe(CENTER)
        await live.waited_for(4)
        await one.socket.close()
        await live.waited_for(2)
        await other.subscribe(CENTER, name="2")
        await live.waited_for(3)
        async with await watching(live.url) as second, await watching(live.url) as third:
            await second.init(_bearer(live, SHOPPER.id))
            await third.init(_bearer(live, SHOPPER.id))
            async with await watching(live.url) as fourth:
                await fourth.send({"type": "connection_init", "payload": {"Authorization": _bearer(live, SHOPPER.id)}})
                assert await fourth.closed() == (4403, limit)


def _tiny(live: Live) -> socket.socket:
    """Return a connection that takes little before it is read."""
    tiny = socket.socket()
    tiny.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    tiny.connect(("127.0.0.1", httpx.URL(live.url).port))
    return tiny


async def test_who_does_not_take_events_is_cut_off_and_others_are_not(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriber, "MAX_WAITING", 5)
    order = await _order(live, SHOPPER.id)
    tiny = _tiny(live)
    async with (
        await watching(live.url, sock=tiny, max_queue=1, close_timeout=0) as slow,
        await watching(live.url) as quick,
    ):
        for one in (slow, quick):
            await one.init(_bearer(live, SHOPPER.id))
            await one.subscribe(WIDE)
        await live.waited_for(2)
        changed = event("order.updated", orderId=order["id"], customerId=SHOPPER.id)
        for _ in range(1000):
            await live.tell(changed)
            assert (await quick.next())["type"] == "next"
            if len(live.hub._waiting[SHOPPER.id]) == 1:  # noqa: SLF001  nobody else asks
                break
        else:
            pytest.fail("the slow one was never cut off")
        assert (await slow.closed(after_more=True))[0] == 1013
        await live.tell(changed)
        assert (await quick.next())["type"] == "next"


async def test_a_client_that_takes_nothing_at_all_is_cut_without_a_word(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriber, "MAX_WAITING", 5)
    order = await _order(live, SHOPPER.id)
    tiny = _tiny(live)
    async with await watching(live.url, sock=tiny, max_queue=1, close_timeout=0) as slow:
        await slow.init(_bearer(live, SHOPPER.id))
        await slow.subscribe(WIDE)
        await live.waited_for()
        while live.hub._waiting:  # noqa: SLF001  nobody else asks
            await live.tell(event("order.updated", orderId=order["id"], customerId=SHOPPER.id))
        # Nothing is read here for as long as the gateway is patient; the connection is then gone.
        await asyncio.sleep(0)
        await until(lambda: not live.streams._sinks)  # noqa: SLF001  the same


async def test_a_client_that_leaves_leaves_nothing(live: Live) -> None:
    one = await watching(live.url)
    await one.init(_bearer(live, SHOPPER.id))
    await one.subscribe(CENTER)
    await live.waited_for()
    one.socket.transport.abort()
    await live.waited_for(0)
    assert not live.streams.subscribed._served  # noqa: SLF001  nobody else asks
    assert not live.streams.connected._served  # noqa: SLF001  the same
    assert not live.streams._sinks  # noqa: SLF001  the same
