"""The graphql-transport-ws protocol: its codes, whose page may connect, and as whom."""

import json
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio
from websockets.exceptions import InvalidStatus

from gateway.admission import auth
from services.people import SHOPPER, TROUBLED
from tests.support import plain
from tests.support.center import settings
from tests.support.live import Live, serving, watching
from tests.support.services import ServiceProcess

# All tests of this module share a gateway: to make one takes longer than most of them.
pytestmark = pytest.mark.asyncio(loop_scope="module")

INIT = '{"type": "connection_init"}'
SUBSCRIBE = '{"type": "subscribe", "id": "1", "payload": {"query": "subscription { orderCenterUpdated { id } }"}}'
WATCH = "subscription { orderCenterUpdated { id } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AsyncIterator[Live]:
    given = settings(services, issuer, receive_timeout=1.0, cors_origins=frozenset({"https://shop.example"}))
    async with serving(given, issuer) as one:
        yield one


def _bearer(live: Live, person: str) -> str:
    return f"Bearer {live.token(person)}"


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([SUBSCRIBE], 4401),
        ([], 4408),
        ([INIT, INIT], 4429),
        (["{"], 4400),
        (["[]"], 4400),
        (['{"type": "start", "id": "1"}'], 4400),
        (['{"type": "subscribe", "payload": {}}'], 4400),
        (['{"type": "subscribe", "id": "", "payload": {}}'], 4400),
        (['{"type": "connection_init", "payload": []}'], 4400),
        (["[" * 100_000], 4400),
        (['{"type": "connection_init", "payload": {"authorization": "Bearer no"}}'], 4403),
        (['{"type": "ping", "payload": "' + "x" * 1_000_001 + '"}'], 1009),
    ],
)
async def test_who_does_not_keep_to_the_protocol_is_closed_with_its_code(
    live: Live, messages: list[str], code: int
) -> None:
    async with await watching(live.url) as one:
        for message in messages:
            await one.send(message)
        if messages[:1] == [INIT]:
            assert (await one.next())["type"] == "connection_ack"
        assert (await one.closed())[0] == code


async def test_a_second_operation_of_the_same_name_closes_the_connection(live: Live) -> None:
    async with await watching(live.url) as one:
        await one.init(_bearer(live, SHOPPER.id))
        await one.send(SUBSCRIBE)
        await one.send(SUBSCRIBE)
        assert await one.closed() == (4409, "Subscriber for 1 already exists")
    await live.waited_for(0)


async def test_another_protocol_is_not_spoken(live: Live) -> None:
    for others in (None, ["graphql-ws"]):
        async with await watching(live.url, subprotocols=others) as one:
            assert (await one.closed())[0] == 4406


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "http://["])
async def test_a_page_of_another_origin_cannot_connect(live: Live, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await watching(live.url, origin=origin)
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body)["errors"][0]["extensions"] == {"code": "FORBIDDEN"}


async def test_pages_of_our_own_and_of_allowed_origins_can(live: Live) -> None:
    for origin in (live.url, "https://shop.example"):
        async with await watching(live.url, origin=origin) as one:
            await one.init()


async def test_the_upgrade_can_name_the_person_and_nobody_else_can_take_over(live: Live) -> None:
    given = {"Authorization": _bearer(live, SHOPPER.id)}
    async with await watching(live.url, additional_headers=given) as one:
        await one.init()
        await one.subscribe("{ viewer { id } }")
        assert (await one.next())["payload"] == {"data": {"viewer": {"id": SHOPPER.id}}}
    async with await watching(live.url, additional_headers=given) as one:
        await one.send({"type": "connection_init", "payload": {"Authorization": _bearer(live, TROUBLED.id)}})
        assert (await one.closed())[0] == 4403
    async with await watching(live.url) as one:
        await one.init(_bearer(live, SHOPPER.id))
        await one.send({"type": "connection_init", "payload": {"Authorization": _bearer(live, TROUBLED.id)}})
        assert (await one.closed())[0] == 4429
    with pytest.raises(InvalidStatus) as refused:
        await watching(live.url, additional_headers={"Authorization": "Bearer no"})
    assert refused.value.response.status_code == 401


async def test_a_connection_ends_with_its_token(
    live: Live, issuer: ServiceProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "LEEWAY", 1)
    async with plain.AsyncClient() as http:
        answer = await http.post(f"{issuer.url}/token", json={"sub": SHOPPER.id, "ttl": 1})
    async with await watching(live.url) as one:
        await one.init(f"Bearer {answer.json()['token']}")
        await one.subscribe(WATCH)
        await live.waited_for()
        assert await one.closed() == (4403, "TOKEN_EXPIRED")
        await live.waited_for(0)


async def test_a_socket_elsewhere_is_refused(live: Live) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await watching(live.url + "/elsewhere")
    assert refused.value.response.status_code == 403
