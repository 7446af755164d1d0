"""No event is missed: through either of two replicas, after a disconnect, and after Redis or a replica has died."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
import pytest_asyncio

from gateway.streaming import connection
from loaders import feed
from loaders.feed import is_before, is_position
from services.people import SHOPPER, TROUBLED
from tests.support import plain
from tests.support.center import Json, settings
from tests.support.gateway import GatewayProcess
from tests.support.live import SECONDS, SECRET, STREAM, Live, Watching, event, serving, watching
from tests.support.redis import RedisProcess
from tests.support.services import REFERENCE_TIME, ServiceProcess, copied
from tests.support.system import node_client
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMPLETED = """{ viewer { orders(first: 1, filter: {status: [COMPLETED], archived: false}) {
    nodes { id archived } } } }"""
WATCH = "subscription { orderUpdated { id } }"


class Replicas(NamedTuple):
    """Two gateways over one Redis."""

    one: Live
    other: Live
    redis: RedisProcess

    def publish(self, order: str, person: str = SHOPPER.id) -> str:
        """Write an event to the stream as a service does; return its place."""
        body = json.dumps(event("order.updated", orderId=order, customerId=person))
        place = self.redis.client.xadd(STREAM, {"event": body})
        assert isinstance(place, bytes)
        return place.decode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replicas(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AsyncIterator[Replicas]:
    redis = RedisProcess().start()
    try:
        given = settings(services, issuer, redis_url=redis.url, events_secret=SECRET, memory_bytes=1_000_000)
        async with serving(given, issuer) as one, serving(given, issuer) as other:
            yield Replicas(one, other, redis)
    finally:
        redis.client.close()
        redis.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def orders(replicas: Replicas) -> list[str]:
    page = await replicas.one.data("{ viewer { orders(first: 40) { nodes { id } } } }", person=SHOPPER.id)
    return [node["id"] for node in page["viewer"]["orders"]["nodes"]]


async def _watch(live: Live, last: str | None = None, **payload: str) -> Watching:
    one = await watching(live.url)
    await one.init(f"Bearer {live.token(SHOPPER.id)}", **payload)
    await one.subscribe(WATCH, last=last)
    await live.waited_for()
    return one


def _shown(order: str, place: str) -> Json:
    payload = {"data": {"orderUpdated": {"id": order}}, "extensions": {"eventId": place}}
    return {"type": "next", "id": "1", "payload": payload}


MISSED: Json = {
    "message": "Events may have been missed: ask for what they would have shown.",
    "extensions": {"code": "EVENTS_MISSED"},
}


async def test_both_replicas_show_every_event_each_with_its_place(replicas: Replicas, orders: list[str]) -> None:
    async with await _watch(replicas.one) as one, await _watch(replicas.other) as other:
        places = [replicas.publish(order) for order in orders[:5]]
        replicas.publish("ord_1", TROUBLED.id)
        for each in (one, other):
            shown = [await each.next() for _ in range(5)]
            assert shown == [_shown(order, place) for order, place in zip(orders, places, strict=False)]


async def test_what_is_told_over_http_to_one_replica_is_shown_by_both(replicas: Replicas, orders: list[str]) -> None:
    async with await _watch(replicas.one) as one, await _watch(replicas.other) as other:
        events = [event("order.updated", orderId=order, customerId=SHOPPER.id) for order in orders[:3]]
        await replicas.one.tell(*events)
        for each in (one, other):
            shown = [(await each.next())["payload"]["data"]["orderUpdated"]["id"] for _ in range(3)]
            assert shown == orders[:3]


@pytest.mark.parametrize("way", ["subscribe", "init"])
async def test_who_comes_back_to_the_other_replica_has_missed_nothing(
    replicas: Replicas, orders: list[str], way: str
) -> None:
    async with await _watch(replicas.one) as one:
        place = replicas.publish(orders[0])
        assert await one.next() == _shown(orders[0], place)
    away = [(order, replicas.publish(order)) for order in orders[1:30]]
    replicas.publish("ord_1", TROUBLED.id)
    back = _watch(replicas.other, place) if way == "subscribe" else _watch(replicas.other, lastEventId=place)
    async with await back as other:
        later = replicas.publish(orders[30])
        shown = [await other.next() for _ in range(30)]
        assert shown == [_shown(*one) for one in [*away, (orders[30], later)]]


async def test_who_comes_back_is_told_no_later_place_before_what_was_missed(
    replicas: Replicas, orders: list[str]
) -> None:
    async with await _watch(replicas.one) as one:
        place = replicas.publish(orders[0])
        await one.next()
    missed = replicas.publish(orders[1])
    # By then the other replica knows of it and would say that all was seen.
    async with await _watch(replicas.other, place) as other:
        assert await other.next() == _shown(orders[1], missed)
    async with await watching(replicas.other.url) as back:
        await back.init(f"Bearer {replicas.other.token(SHOPPER.id)}", lastEventId=place)
        assert back.ack == {"type": "connection_ack"}
    headers = {
        "Accept": "text/event-stream",
        "Authorization": f"Bearer {replicas.other.token(SHOPPER.id)}",
        "Last-Event-ID": place,
    }
    async with replicas.other.http.stream("POST", "/graphql", json={"query": WATCH}, headers=headers) as answer:
        lines = answer.aiter_lines()
        told = [await anext(lines) for _ in range(5)]
    assert [line for line in told if line.startswith("id:")] == [f"id: {missed}"]
    assert told.index("event: next") == told.index(f"id: {missed}") - 1


async def test_who_saw_no_event_before_can_resume_from_what_the_greeting_said(
    replicas: Replicas, orders: list[str]
) -> None:
    async with await _watch(replicas.one) as one:
        greeted = one.ack["payload"]["lastEventId"]
    place = replicas.publish(orders[0])
    async with await _watch(replicas.one, greeted) as again:
        assert await again.next() == _shown(orders[0], place)


async def test_a_batch_that_was_seen_in_part_is_shown_again_whole(replicas: Replicas, orders: list[str]) -> None:
    async with await _watch(replicas.one) as one:
        events = [event("order.updated", orderId=order, customerId=SHOPPER.id) for order in orders[:3]]
        await replicas.one.tell(*events)
        seen = (await one.next())["payload"]["extensions"]["eventId"]
    async with await _watch(replicas.one, seen) as again:
        shown = [(await again.next())["payload"]["data"]["orderUpdated"]["id"] for _ in range(3)]
        assert shown == orders[:3]


async def test_who_was_away_too_long_is_told_so_and_then_shown_what_happens(
    replicas: Replicas, orders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = replicas.publish(orders[0])
    replicas.publish(orders[1])
    last = replicas.publish(orders[2])
    await until(lambda: replicas.one.hub.position == last)
    replicas.redis.client.xtrim(STREAM, maxlen=1, approximate=False)
    # What the stream still has may be too much to look through.
    monkeypatch.setattr(feed, "MAX_REPLAYED", 0)
    for seen in (first, "0-0", "99999999999999-0", last):
        async with await _watch(replicas.one, seen) as one:
            payload = {"errors": [MISSED], "data": None, "extensions": {"eventId": replicas.one.hub.position}}
            assert await one.next() == {"type": "next", "id": "1", "payload": payload}
            place = replicas.publish(orders[3])
            assert await one.next() == _shown(orders[3], place)


async def test_what_is_no_id_of_an_event_is_refused(replicas: Replicas) -> None:
    async with await watching(replicas.one.url) as one:
        await one.init(f"Bearer {replicas.one.token(SHOPPER.id)}")
        for wrong in ("", "1", "-", "1-1-1", "9" * 30 + "-0"):
            await one.subscribe(WATCH, last=wrong)
            message = await one.next()
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "BAD_USER_INPUT")


async def test_a_subscriber_is_never_shown_what_was_cached_before_the_event(
    replicas: Replicas, orders: list[str]
) -> None:
    query = f'{{ order(id: "{orders[0]}") {{ id }} }}'
    async with await _watch(replicas.one) as one:
        for _ in range(3):
            await replicas.one.data(query, person=SHOPPER.id)
            place = replicas.publish(orders[0])
            replicas.one.calls.clear()
            assert await one.next() == _shown(orders[0], place)
            assert [call.path for call in replicas.one.calls] == ["orders:batchGet"]


async def test_after_redis_has_died_and_lost_everything_subscribers_are_told_that_they_may_have_missed_something(
    replicas: Replicas, orders: list[str]
) -> None:
    async with await _watch(replicas.one) as one:
        replicas.redis.kill()
        await asyncio.sleep(0.1)
        replicas.redis.start()
        message = await one.next()
        assert message["payload"]["errors"] == [MISSED]
        place = replicas.publish(orders[1])
        assert await one.next() == _shown(orders[1], place)
        # Who was away meanwhile is told the same.
        async with await watching(replicas.other.url) as other:
            await other.init(f"Bearer {replicas.other.token(SHOPPER.id)}")
            await other.subscribe(WATCH, last="1700000000000-0")
            assert (await other.next())["payload"]["errors"] == [MISSED]


async def test_the_official_clients_watch_over_websocket_and_both_kinds_of_event_streams(
    replicas: Replicas, orders: list[str]
) -> None:
    live, order = replicas.one, orders[0]
    arguments = (f"{live.url}/graphql", live.token(SHOPPER.id), SECRET, SHOPPER.id, order)
    seen = json.loads(await asyncio.to_thread(node_client, "watch.mjs", *arguments))
    viewer = {"data": {"viewer": {"id": SHOPPER.id}}}
    shown = {"orderUpdated": {"id": order}}
    assert seen == {
        "socket": {
            "seen": [shown, shown],
            "viewer": viewer,
            "refused": ["GRAPHQL_VALIDATION_FAILED"],
            "later": True,
            # The client's own code for a break, then its farewell.
            "codes": [4499, 1000],
        },
        "distinct": {"seen": [shown], "viewer": viewer, "refused": ["GRAPHQL_VALIDATION_FAILED"]},
        "single": {"seen": [shown], "viewer": viewer, "refused": 400},
    }
    await live.waited_for(0)


@pytest.mark.parametrize("end", ["told to", "killed"])
async def test_when_a_replica_ends_its_clients_go_on_at_another_one(
    replicas: Replicas,
    orders: list[str],
    services: Mapping[str, ServiceProcess],
    issuer: ServiceProcess,
    end: str,
) -> None:
    given = {"REDIS_URL": replicas.redis.url, "EVENTS_SECRET": SECRET, "REDIS_TIMEOUT": 1}
    own = {"Authorization": f"Bearer {replicas.one.token(SHOPPER.id)}", "Accept": "text/event-stream"}
    with GatewayProcess(services, issuer, **given) as process:
        async with (
            plain.AsyncClient(base_url=process.url, timeout=SECONDS) as http,
            http.stream("POST", "/graphql", json={"query": WATCH}, headers=own) as stream,
            await watching(process.url) as one,
        ):
            await one.init(own["Authorization"])
            await one.subscribe(WATCH)
            lines = stream.aiter_lines()
            # Nobody says when a subscription is open: what comes first tells.
            last = ""
            while not last:
                replicas.publish(orders[0])
                with suppress(TimeoutError):
                    last = (await one.next(0.2))["payload"]["extensions"]["eventId"]
            # Up to where the stream has seen everything is the first thing that it says.
            assert is_position((await anext(lines)).removeprefix("id: "))
            if end == "killed":
                process.kill()
                with pytest.raises(httpx.RemoteProtocolError):
                    await _rest(lines)
            else:
                process.terminate()
                assert (await one.closed(after_more=True)) == (1001, "Going away")
                await _rest(lines)
                assert await asyncio.to_thread(process.wait) == 0
    place = replicas.publish(orders[1])
    async with await _watch(replicas.one, last) as again:
        shown = await again.next()
        while shown["payload"]["data"] == {"orderUpdated": {"id": orders[0]}}:
            shown = await again.next()
        assert shown == _shown(orders[1], place)


async def _rest(lines: AsyncIterator[str]) -> None:
    async with asyncio.timeout(SECONDS):
        async for _ in lines:
            pass


async def test_what_a_service_does_by_itself_takes_effect_in_the_cache_and_is_shown(
    services: Mapping[str, ServiceProcess],
    issuer: ServiceProcess,
    small_seed: Path,
    tmp_path: Path,
) -> None:
    redis = RedisProcess().start()
    options = ["--now", REFERENCE_TIME, "--events", redis.url]
    try:
        with ServiceProcess("order", copied(small_seed, tmp_path / "data"), options) as order_service:
            given = settings({**services, "order": order_service}, issuer, redis_url=redis.url, memory_bytes=1_000_000)
            async with serving(given, issuer) as live:
                (order,) = (await live.data(COMPLETED, person=SHOPPER.id))["viewer"]["orders"]["nodes"]
                query = f'{{ order(id: "{order["id"]}") {{ archived }} }}'
                assert await live.data(query, person=SHOPPER.id) == {"order": {"archived": False}}
                one = await watching(live.url)
                await one.init(f"Bearer {live.token(SHOPPER.id)}")
                await one.subscribe("subscription { orderUpdated { id archived } }")
                await live.waited_for()
                # Not through the gateway, which therefore knows of it by the service's event alone.
                async with plain.AsyncClient(headers=order_service.headers) as http:
                    body = {"customerId": SHOPPER.id, "orderId": order["id"]}
                    headers = {"Idempotency-Key": "1"}
                    done = await http.post(f"{order_service.url}/v1/orders:archive", json=body, headers=headers)
                assert done.status_code == 200, done.text
                shown = (await one.next())["payload"]["data"]
                assert shown == {"orderUpdated": {"id": order["id"], "archived": True}}
                assert await live.data(query, person=SHOPPER.id) == {"order": {"archived": True}}
                await one.socket.close()
    finally:
        redis.client.close()
        redis.kill()


async def test_a_sign_of_life_says_up_to_where_everything_was_seen_and_who_gives_none_is_closed(
    replicas: Replicas, orders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "KEEP_ALIVE_SECONDS", 0.3)
    async with await _watch(replicas.one) as one:
        replicas.publish("ord_1", TROUBLED.id)
        place = replicas.publish(orders[0])
        assert await one.next() == _shown(orders[0], place)
        for _ in range(2):
            ping = await one.next()
            assert ping["type"] == "ping"
            assert not is_before(ping["payload"]["lastEventId"], place)
            await one.send({"type": "pong"})
        assert (await one.next())["type"] == "ping"
        assert await one.closed() == (1013, "Nothing was heard")
