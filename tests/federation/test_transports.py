"""A router is one over every transport: what HTTP gives it, and others not, streams do too."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from websockets.exceptions import InvalidStatus

from services.people import SHOPPER
from tests.federation.router import SECRET
from tests.support.center import Json, settings
from tests.support.live import Live, serving, watching
from tests.support.services import ServiceProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

SDL = "{ _service { sdl } }"
WATCH = "subscription { orderCenterUpdated { id } }"
SHOWN = {"Router-Authorization": SECRET}
WRITTEN = (Path(__file__).parents[2] / "subgraph.graphql").read_text().removesuffix("\n")
WHOLE = {"data": {"_service": {"sdl": WRITTEN}}}
TOKEN = "X-GraphQL-Event-Stream-Token"  # noqa: S105  a header's name


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AsyncIterator[Live]:
    given = settings(services, issuer, router_secret=SECRET, max_subscriptions_per_person=1)
    async with serving(given, issuer) as one:
        yield one


def _codes(errors: list[Json]) -> list[str]:
    return [error["extensions"]["code"] for error in errors]


async def _streamed(live: Live, query: str, **headers: str) -> tuple[int, Json]:
    """The status, and the first answer of an event stream of its own."""
    asked = {"Accept": "text/event-stream"} | headers
    answer = await live.http.post("/graphql", json={"query": query}, headers=asked)
    lines = [line for line in answer.text.splitlines() if line.startswith("data: {")]
    return answer.status_code, json.loads(lines[0].removeprefix("data: ") if lines else answer.text)


async def test_over_a_socket_the_upgrade_shows_the_secret(live: Live) -> None:
    async with await watching(live.url, additional_headers=SHOWN) as one:
        await one.init()
        await one.subscribe(SDL)
        assert await one.next() == {"type": "next", "id": "1", "payload": WHOLE}
    async with await watching(live.url) as one:
        # Where pages could put it, it is not looked for.
        await one.init(**SHOWN)
        await one.subscribe(SDL)
        answer = await one.next()
        assert (answer["type"], _codes(answer["payload"])) == ("error", ["UNAUTHENTICATED"])
    for wrong in ("wrong", ""):
        with pytest.raises(InvalidStatus) as refused:
            await watching(live.url, additional_headers={"Router-Authorization": wrong})
        assert refused.value.response.status_code == 401


async def test_over_an_event_stream_the_request_shows_the_secret(live: Live) -> None:
    assert await _streamed(live, SDL, **SHOWN) == (200, WHOLE)
    status, answer = await _streamed(live, SDL)
    assert (status, _codes(answer["errors"])) == (200, ["UNAUTHENTICATED"])
    status, answer = await _streamed(live, "{ viewer { id } }", **{"Router-Authorization": "wrong"})
    assert (status, _codes(answer["errors"])) == (401, ["UNAUTHENTICATED"])


@pytest.mark.parametrize(("opens", "adds", "status"), [(SHOWN, SHOWN, 202), (SHOWN, {}, 404), ({}, SHOWN, 404)])
async def test_a_shared_event_stream_is_the_routers_or_is_not(
    live: Live, opens: dict[str, str], adds: dict[str, str], status: int
) -> None:
    reserved = await live.http.put("/graphql", headers=opens)
    assert reserved.status_code == 201
    token = {TOKEN: reserved.text}
    listening = {"Accept": "text/event-stream"} | token | opens
    async with live.http.stream("GET", "/graphql", headers=listening) as stream:
        body = {"query": SDL, "extensions": {"operationId": "1"}}
        added = await live.http.post("/graphql", json=body, headers=token | adds)
        assert added.status_code == status, added.text
        if status == 202:
            async for line in stream.aiter_lines():
                if line.startswith("data: {"):
                    assert json.loads(line.removeprefix("data: ")) == {"id": "1", "payload": WHOLE}
                    break


async def test_strangers_behind_a_router_are_not_one_person(live: Live) -> None:
    async with (
        await watching(live.url, additional_headers=SHOWN) as one,
        await watching(live.url, additional_headers=SHOWN) as other,
        await watching(live.url) as stranger,
        await watching(live.url) as another,
    ):
        for each in (one, other, stranger):
            await each.init()
        await another.send({"type": "connection_init"})
        assert await another.closed() == (4403, "SUBSCRIPTION_LIMIT_EXCEEDED")
    assert live.streams.connected.size == 0


async def test_a_person_behind_a_router_is_bounded_as_ever(live: Live) -> None:
    named = SHOWN | {"Authorization": f"Bearer {live.token(SHOPPER.id)}"}
    async with await watching(live.url, additional_headers=named) as one:
        await one.init()
        await one.subscribe(WATCH)
        await live.waited_for()
        await one.subscribe(WATCH, name="2")
        answer = await one.next()
        assert (answer["id"], _codes(answer["payload"])) == ("2", ["SUBSCRIPTION_LIMIT_EXCEEDED"])
