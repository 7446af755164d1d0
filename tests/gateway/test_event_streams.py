"""GraphQL over server-sent events: both modes, who may ask, and that the limits of HTTP hold."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from gateway.admission import auth
from services.people import NEWCOMER, SHOPPER, TROUBLED
from tests.support import plain
from tests.support.center import Json, recorded, settings
from tests.support.gated import Gated
from tests.support.live import SECONDS, SECRET, Listening, Live, event, serving
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

WATCH = "subscription { orderUpdated { id } }"
CENTER = "subscription { orderCenterUpdated { id } }"
TOKEN = "X-GraphQL-Event-Stream-Token"  # noqa: S105  a header's name


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AsyncIterator[Live]:
    given = settings(
        services,
        issuer,
        events_secret=SECRET,
        receive_timeout=1.0,
        max_cost=1000,
        max_subscriptions_per_person=2,
        max_connections=4,
    )
    async with serving(given, issuer) as one:
        yield one


def _headers(live: Live, person: str | None, **more: str) -> dict[str, str]:
    own = {} if person is None else {"Authorization": f"Bearer {live.token(person)}"}
    return {"Accept": "text/event-stream"} | own | more


@asynccontextmanager
async def _listening(live: Live, query: str, person: str | None = SHOPPER.id, **more: str) -> AsyncIterator[Listening]:
    body = {"query": query}
    async with live.http.stream("POST", "/graphql", json=body, headers=_headers(live, person, **more)) as response:
        yield Listening(response)


async def test_a_subscription_is_streamed_until_the_client_leaves(live: Live) -> None:
    async with _listening(live, CENTER) as one:
        await live.waited_for()
        assert one.response.status_code == 200
        assert one.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert one.response.headers["cache-control"] == "private, no-store"
        await live.tell(
            event("tag.updated", tagId="tag_1", customerId=TROUBLED.id),
            event("tag.updated", tagId="tag_1", customerId=SHOPPER.id),
        )
        assert await one.answer() == {"data": {"orderCenterUpdated": {"id": SHOPPER.id}}}
    await live.waited_for(0)
    assert not live.streams._sinks  # noqa: SLF001  nobody else asks


async def test_a_query_is_one_answer_and_the_end(live: Live) -> None:
    async with _listening(live, "{ viewer { id } }") as one:
        assert await one.answer() == {"data": {"viewer": {"id": SHOPPER.id}}}
        assert await one.next() == {"event": "complete", "data": ""}
        assert await one.next() == {}


async def test_an_answer_waits_until_the_head_is_taken(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    app, _ = recorded(settings(services, issuer))
    client, asked = Gated(), asyncio.Queue[Json]()
    asked.put_nowait({"type": "http.request", "body": b'{"query": "{ __typename }"}'})
    headers = [(b"accept", b"text/event-stream"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    async with app.router.lifespan_context(app):
        client.close()
        request = asyncio.create_task(app(scope, asked.get, client))
        await until(lambda: bool(client.tried))
        # Time enough to answer this.
        for _ in range(100):
            await asyncio.sleep(0)
        client.open()
        await asyncio.wait_for(request, SECONDS)
    assert [message["body"] for message in client.taken[1:]] == [
        b":\n\n",
        b'event: next\ndata: {"data":{"__typename":"Query"}}\n\n',
        b"event: complete\ndata: \n\n",
        b"",
    ]


async def test_what_is_not_executed_is_said_on_the_stream_since_browsers_cannot_read_it_elsewhere(live: Live) -> None:
    refused = {
        "{ viewer { orders(first: 100) { nodes { lineItems { id } } } } }": "COST_LIMIT_EXCEEDED",
        "subscription " + "{ a " * 3000: "TOKEN_LIMIT_EXCEEDED",
        "subscription { orderUpdated { nothing } }": "GRAPHQL_VALIDATION_FAILED",
        'subscription { orderUpdated(orderId: "ord_0") { id } }': "NOT_FOUND",
    }
    for query, code in refused.items():
        async with _listening(live, query) as one:
            assert [error["extensions"]["code"] for error in (await one.answer())["errors"]] == [code]
            assert await one.next() == {"event": "complete", "data": ""}
    async with _listening(live, CENTER, person=None) as one:
        assert (await one.answer())["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_what_is_no_request_is_refused_as_elsewhere(live: Live) -> None:
    headers = _headers(live, SHOPPER.id)
    for content, kind, status in ((b"[", "application/json", 400), (b"{}", "text/plain", 415)):
        answer = await live.http.post("/graphql", content=content, headers=headers | {"Content-Type": kind})
        assert answer.status_code == status
    query = {"query": CENTER}
    assert (await live.http.get("/graphql", params=query, headers=headers)).json()["errors"][0]["extensions"] == {
        "code": "CSRF_REJECTED"
    }
    bad = headers | {"Authorization": "Bearer no"}
    assert (await live.http.post("/graphql", json=query, headers=bad)).status_code == 401
    assert (await live.http.delete("/graphql", headers=headers)).status_code == 405


async def test_a_get_streams_a_subscription_and_changes_nothing(live: Live) -> None:
    headers = _headers(live, SHOPPER.id, **{"GraphQL-Preflight": "1"})
    async with live.http.stream("GET", "/graphql", params={"query": CENTER}, headers=headers) as response:
        await live.waited_for()
        await live.tell(event("view.updated", customerId=SHOPPER.id))
        assert await Listening(response).answer() == {"data": {"orderCenterUpdated": {"id": SHOPPER.id}}}
    mutation = 'mutation { untagProduct(input: {tagId: "tag_0"}) { userErrors { code } } }'
    async with live.http.stream("GET", "/graphql", params={"query": mutation}, headers=headers) as response:
        assert [one["message"] for one in (await Listening(response).answer())["errors"]] == [
            "Only queries may be sent by GET."
        ]


async def test_without_a_stream_a_subscription_is_refused(live: Live) -> None:
    for accept in ("application/json", "application/json, text/event-stream", "*/*"):
        answer = await live.http.post("/graphql", json={"query": CENTER}, headers=_headers(live, None, Accept=accept))
        assert answer.status_code == 406
        assert answer.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_without_a_stream_of_events_who_comes_back_is_told_that_some_may_be_missed(live: Live) -> None:
    async with _listening(live, CENTER, **{"Last-Event-ID": "1-1"}) as one:
        assert [error["extensions"]["code"] for error in (await one.answer())["errors"]] == ["EVENTS_MISSED"]


async def test_too_many_subscriptions_of_a_person_and_too_many_connections_are_refused(live: Live) -> None:
    async with _listening(live, CENTER), _listening(live, CENTER):
        await live.waited_for(2)
        headers = _headers(live, SHOPPER.id)
        for third in (
            await live.http.post("/graphql", json={"query": CENTER}, headers=headers),
            await live.http.put("/graphql", headers=headers),
        ):
            assert third.status_code == 429
            assert third.json()["errors"][0]["extensions"] == {"code": "SUBSCRIPTION_LIMIT_EXCEEDED"}
        async with _listening(live, CENTER, TROUBLED.id), _listening(live, CENTER, TROUBLED.id):
            await live.waited_for(4)
            full = await live.http.post("/graphql", json={"query": CENTER}, headers=_headers(live, NEWCOMER.id))
            assert (full.status_code, full.headers["retry-after"]) == (503, "5")
            assert await live.data("{ viewer { id } }", person=SHOPPER.id) == {"viewer": {"id": SHOPPER.id}}
            await live.waited_for(4)
    await live.waited_for(0)


async def test_a_stream_ends_with_its_token(
    live: Live, issuer: ServiceProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "LEEWAY", 1)
    async with plain.AsyncClient() as http:
        token = (await http.post(f"{issuer.url}/token", json={"sub": SHOPPER.id, "ttl": 1})).json()["token"]
    async with _listening(live, CENTER, Authorization=f"Bearer {token}") as one:
        assert (await one.answer())["errors"][0]["extensions"] == {"code": "TOKEN_EXPIRED"}
        assert await one.next() == {"event": "complete", "data": ""}
        assert await one.next() == {}
    await live.waited_for(0)


async def test_when_the_process_ends_streams_end_so_that_clients_go_elsewhere(live: Live) -> None:
    async with _listening(live, CENTER) as one:
        await live.waited_for()
        live.streams.go_away()
        assert await one.next() == {}
    await live.waited_for(0)


async def test_one_connection_carries_several_operations(live: Live) -> None:
    own, foreign = _headers(live, SHOPPER.id), _headers(live, TROUBLED.id)
    reserved = await live.http.put("/graphql", headers=own)
    assert (reserved.status_code, reserved.headers["content-type"]) == (201, "text/plain; charset=utf-8")
    own[TOKEN] = foreign[TOKEN] = reserved.text

    async def post(name: str | None, query: str, headers: Mapping[str, str] = own) -> httpx.Response:
        body: Json = {"query": query, "extensions": {"operationId": name} if name else None}
        return await live.http.post("/graphql", json=body, headers=headers)

    assert (await post("1", CENTER)).status_code == 404
    async with live.http.stream("GET", "/graphql", params={"token": reserved.text}, headers=own) as response:
        one = Listening(response)
        assert (await live.http.get("/graphql", headers=own)).status_code == 409
        assert (await post("1", CENTER)).status_code == 202
        assert (await post("1", CENTER)).status_code == 409
        assert (await post(None, CENTER)).status_code == 400
        assert (await post("2", CENTER, foreign)).status_code == 404
        refused = await post("2", "subscription { nothing }")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
        assert (await post("3", "{ viewer { id } }")).status_code == 202
        assert await one.answer() == {"id": "3", "payload": {"data": {"viewer": {"id": SHOPPER.id}}}}
        assert json.loads((await one.next())["data"]) == {"id": "3"}
        await live.tell(event("tag.updated", tagId="tag_1", customerId=SHOPPER.id))
        assert await one.answer() == {"id": "1", "payload": {"data": {"orderCenterUpdated": {"id": SHOPPER.id}}}}
        stop = {"operationId": "1"}
        assert (await live.http.delete("/graphql", params=stop, headers=foreign)).status_code == 404
        assert (await live.http.delete("/graphql", params=stop, headers=own)).status_code == 200
        await live.waited_for(0)
    await until(lambda: not live.streams._sinks)  # noqa: SLF001  nobody else asks
    assert (await live.http.get("/graphql", headers=own)).status_code == 404


async def test_a_shared_stream_is_not_shown_to_somebody_else_and_without_a_token_to_who_knows_its_name(
    live: Live,
) -> None:
    own = _headers(live, SHOPPER.id)
    own[TOKEN] = (await live.http.put("/graphql", headers=own)).text
    for token, status, code in ((live.token(TROUBLED.id), 404, "NOT_FOUND"), ("no", 401, "UNAUTHENTICATED")):
        headers = own | {"Authorization": f"Bearer {token}"}
        async with live.http.stream("GET", "/graphql", headers=headers) as refused:
            assert refused.status_code == status
            assert json.loads(await refused.aread())["errors"][0]["extensions"] == {"code": code}
    listen = {"Accept": "text/event-stream"}
    async with live.http.stream("GET", "/graphql", params={"token": own[TOKEN]}, headers=listen) as response:
        assert response.status_code == 200
        operation = {"query": "{ viewer { id } }", "extensions": {"operationId": "1"}}
        assert (
            await live.http.post("/graphql", json=operation, headers=listen | {TOKEN: own[TOKEN]})
        ).status_code == 404
        assert (await live.http.post("/graphql", json=operation, headers=own)).status_code == 202
        assert (await Listening(response).answer())["payload"] == {"data": {"viewer": {"id": SHOPPER.id}}}
    await until(lambda: not live.streams._sinks)  # noqa: SLF001  nobody else asks
