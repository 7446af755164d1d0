"""The operations of one connection: an id that is used again, clients that leave, and streams that end meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from gateway.streaming.event_stream import EventStream
from gateway.streaming.messages import PROTOCOL
from gateway.streaming.session import Session
from services.people import SHOPPER
from tests.support.center import Json, recorded, settings
from tests.support.gated import Gated
from tests.support.interposed import Interposed
from tests.support.live import Listening, Live, serving
from tests.support.raw import Client
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

WATCH = "subscription($id: ID) { orderUpdated(orderId: $id) { id } }"
ID = "query($id: ID!) { order(id: $id) { id } }"
NUMBER = "query($id: ID!) { order(id: $id) { number } }"


class Held:
    """Holds a request to the order service until it is let go."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.let_go = asyncio.Event()

    async def __call__(self) -> None:
        self.reached.set()
        await self.let_go.wait()


class Holding(Live):
    """A gateway whose next request for orders can be held."""

    orders: Interposed

    def hold(self) -> Held:
        held = Held()
        self.orders.before("orders:batchGet", held)
        return held

    async def shown(self) -> list[Json]:
        page = await self.data("{ viewer { orders(first: 2) { nodes { id number } } } }", person=SHOPPER.id)
        found: list[Json] = page["viewer"]["orders"]["nodes"]
        return found


class Shared(Listening):
    """A client of an event stream that several operations share."""

    def __init__(self, live: Live, headers: Mapping[str, str], response: httpx.Response) -> None:
        super().__init__(response)
        self.headers = headers
        self._http = live.http
        (sink,) = live.streams._sinks  # noqa: SLF001  nobody else asks
        assert isinstance(sink, EventStream)
        self.session: Session = sink.session

    async def post(self, name: str, query: str, identifier: str | None = None) -> httpx.Response:
        body = {"query": query, "variables": {"id": identifier}, "extensions": {"operationId": name}}
        return await self._http.post("/graphql", json=body, headers=self.headers)

    async def stop(self, name: str) -> httpx.Response:
        return await self._http.delete("/graphql", params={"operationId": name}, headers=self.headers)

    async def is_quiet(self) -> None:
        """Fail if anything was said that nobody has asked for here."""
        assert (await self.post("last", "{ __typename }")).status_code == 202
        assert await self.answer() == {"id": "last", "payload": {"data": {"__typename": "Query"}}}
        assert await self.next() == {"event": "complete", "data": '{"id":"last"}'}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AsyncIterator[Holding]:
    made: list[Interposed] = []

    def around(inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        made.append(Interposed(inner))
        return made[0]

    given = settings(services, issuer, max_operations_per_connection=1)
    async with serving(given, issuer, {"order": around}) as one:
        one.__class__ = Holding
        assert isinstance(one, Holding)
        one.orders = made[0]
        yield one


@asynccontextmanager
async def _shared(live: Live) -> AsyncIterator[Shared]:
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {live.token(SHOPPER.id)}"}
    headers["X-GraphQL-Event-Stream-Token"] = (await live.http.put("/graphql", headers=headers)).text
    async with live.http.stream("GET", "/graphql", headers=headers) as response:
        yield Shared(live, headers, response)
    await until(lambda: not live.streams._sinks)  # noqa: SLF001  nobody else asks


def _open(live: Live) -> tuple[int, int]:
    """Return how many subscriptions there are, and how many are counted."""
    return sum(map(len, live.hub._waiting.values())), live.streams.subscribed.size  # noqa: SLF001  nobody else asks


async def _begun(live: Holding, stream: Shared, document: str, order: str) -> tuple[Held, asyncio.Task[httpx.Response]]:
    """Begin an operation, and hold it before its answer comes."""
    held = live.hold()
    task = asyncio.create_task(stream.post("1", document, order))
    await held.reached.wait()
    return held, task


async def test_the_answer_to_what_was_stopped_is_not_taken_for_that_of_the_next_with_its_id(live: Holding) -> None:
    one, other = await live.shown()
    async with _shared(live) as stream:
        before, first = await _begun(live, stream, ID, one["id"])
        assert (await stream.stop("1")).status_code == 200
        after, second = await _begun(live, stream, NUMBER, other["id"])
        before.let_go.set()
        stopped = await first
        assert (stopped.status_code, stopped.json()) == (202, {"data": None})
        after.let_go.set()
        assert (await second).status_code == 202
        assert await stream.answer() == {"id": "1", "payload": {"data": {"order": {"number": other["number"]}}}}
        assert await stream.next() == {"event": "complete", "data": '{"id":"1"}'}
        await stream.is_quiet()
        assert stream.session.names() == []


async def test_a_subscription_that_was_stopped_as_it_began_is_not_opened_beside_the_next_with_its_id(
    live: Holding,
) -> None:
    one, other = await live.shown()
    async with _shared(live) as stream:
        before, first = await _begun(live, stream, WATCH, one["id"])
        assert (await stream.stop("1")).status_code == 200
        after, second = await _begun(live, stream, WATCH, other["id"])
        for held in (before, after):
            held.let_go.set()
        assert ((await first).status_code, (await second).status_code) == (202, 202)
        assert _open(live) == (1, 1)
    assert _open(live) == (0, 0)


async def test_a_client_that_does_not_wait_for_its_operation_to_begin_leaves_nothing_of_it(live: Holding) -> None:
    one, _ = await live.shown()
    async with _shared(live) as stream:
        held = live.hold()
        first = asyncio.create_task(stream.post("1", WATCH, one["id"]))
        await held.reached.wait()
        assert stream.session.names() == ["1"]
        first.cancel()
        await asyncio.wait({first})
        await until(lambda: not stream.session.names())
        held.let_go.set()
        # Of one operation at a time.
        assert (await stream.post("1", ID, one["id"])).status_code == 202
        assert await stream.answer() == {"id": "1", "payload": {"data": {"order": {"id": one["id"]}}}}
        assert await stream.next() == {"event": "complete", "data": '{"id":"1"}'}
        assert _open(live) == (0, 0)


async def test_an_operation_that_comes_whole_when_its_stream_has_ended_is_not_begun(live: Holding) -> None:
    one, _ = await live.shown()
    body = {"query": WATCH, "variables": {"id": one["id"]}, "extensions": {"operationId": "1"}}
    sent = json.dumps(body).encode()
    port = httpx.URL(live.url).port
    assert port is not None
    async with await Client.to(port) as late:
        async with _shared(live) as stream:
            more = {"Host": "x", "Content-Type": "application/json", "Content-Length": str(len(sent))}
            more |= {"Connection": "close", "Expect": "100-continue"}
            head = "".join(f"{name}: {value}\r\n" for name, value in (*stream.headers.items(), *more.items()))
            late.send(f"POST /graphql HTTP/1.1\r\n{head}\r\n".encode())
            await late.takes(b"HTTP/1.1 100 Continue\r\n\r\n")
        late.send(sent)
        assert (await late.ended()).startswith(b"HTTP/1.1 404 ")
    assert _open(live) == (0, 0)


async def test_what_is_stopped_while_it_waits_for_the_socket_is_not_said_under_the_id_of_the_next(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    app, _ = recorded(settings(services, issuer))
    client, said = Gated(), asyncio.Queue[Json]()

    def say(message: Json) -> None:
        said.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def texts() -> list[Json]:
        return [json.loads(message["text"]) for message in client.taken if "text" in message]

    async with app.router.lifespan_context(app):
        said.put_nowait({"type": "websocket.connect"})
        scope = {"type": "websocket", "path": "/graphql", "headers": [], "subprotocols": [PROTOCOL]}
        connection = asyncio.create_task(app(scope, said.get, client))
        say({"type": "connection_init"})
        await until(lambda: bool(texts()))
        client.close()
        say({"type": "subscribe", "id": "1", "payload": {"query": "{ old: __typename }"}})
        await until(lambda: '"old"' in client.tried[-1].get("text", ""))
        say({"type": "complete", "id": "1"})
        say({"type": "subscribe", "id": "1", "payload": {"query": "{ new: __typename }"}})
        await until(lambda: '"new"' in client.tried[-1].get("text", ""))
        client.open()
        await until(lambda: texts()[-1]["type"] == "complete")
        said.put_nowait({"type": "websocket.disconnect"})
        await connection
    assert texts()[1:] == [
        {"type": "next", "id": "1", "payload": {"data": {"new": "Query"}}},
        {"type": "complete", "id": "1"},
    ]
