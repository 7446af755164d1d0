"""Too much at once, and a good end: early refusals, green health, others served, nothing lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping

import httpx
import pytest

from services.people import SHOPPER, TROUBLED
from tests.support import plain
from tests.support.center import OrderCenter, running, settings
from tests.support.gateway import GatewayProcess
from tests.support.services import ServiceProcess

QUERY = {"query": "{ viewer { id orders(first: 20) { nodes { id lineItems { id title } } } } }"}


def _codes(response: httpx.Response) -> set[str]:
    return {error["extensions"]["code"] for error in response.json().get("errors", ())}


@pytest.fixture
async def narrow(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AsyncIterator[OrderCenter]:
    async with running(settings(services, issuer, max_concurrent_per_person=2), issuer) as one:
        yield one


async def test_one_persons_flood_leaves_the_others_their_places(narrow: OrderCenter) -> None:
    async def ask(person: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {narrow.token(person)}"}
        return await narrow.http.post("/graphql", json=QUERY, headers=headers)

    # Tokens and keys first, so that all come at once.
    await asyncio.gather(ask(SHOPPER.id), ask(TROUBLED.id))
    *flood, other = await asyncio.gather(*(ask(SHOPPER.id) for _ in range(8)), ask(TROUBLED.id))
    assert sorted(response.status_code for response in flood) == [200] * 2 + [429] * 6
    assert all(_codes(response) == {"RATE_LIMITED"} for response in flood if response.status_code == 429)
    assert all(response.headers["retry-after"] == "1" for response in flood if response.status_code == 429)
    assert (other.status_code, _codes(other)) == (200, set())
    assert (await ask(SHOPPER.id)).status_code == 200


@pytest.fixture
def small(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> Iterator[GatewayProcess]:
    with GatewayProcess(services, issuer, MAX_CONCURRENT=3, DRAIN_SECONDS=1) as process:
        yield process


async def test_what_is_too_much_is_refused_at_once_and_health_stays_green(
    small: GatewayProcess, center: OrderCenter
) -> None:
    limits = httpx.Limits(max_connections=100)
    headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}"}
    async with plain.AsyncClient(base_url=small.url, limits=limits, timeout=20) as http:
        asked = [http.post("/graphql", json=QUERY, headers=headers) for _ in range(60)]
        answers, lives, ready = await asyncio.gather(
            asyncio.gather(*asked), http.get("/health/live"), http.get("/health/ready")
        )
        assert (lives.status_code, ready.status_code) == (200, 200)
        statuses = {answer.status_code for answer in answers}
        assert statuses == {200, 503}
        for answer in answers:
            if answer.status_code == 503:
                assert _codes(answer) == {"OVERLOADED"}
                assert answer.headers["retry-after"] == "1"
            else:
                assert "errors" not in answer.json()
        # The same connections go on.
        assert (await http.post("/graphql", json=QUERY, headers=headers)).status_code == 200


async def test_at_its_end_readiness_fails_first_and_what_is_under_way_is_answered(
    small: GatewayProcess, center: OrderCenter
) -> None:
    headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}"}
    async with plain.AsyncClient(base_url=small.url, timeout=20) as http:
        assert (await http.get("/health/ready")).status_code == 200
        small.terminate()
        while (await http.get("/health/ready")).status_code == 200:  # noqa: ASYNC110  it is another process
            await asyncio.sleep(0.02)
        # A load balancer that has not looked yet still sends requests, and they are served.
        answer = await http.post("/graphql", json=QUERY, headers=headers)
        assert (answer.status_code, _codes(answer)) == (200, set())
        assert answer.headers["connection"] == "close"
        # One that comes at the last moment.
        answers = []
        try:
            while True:
                answers.append((await http.post("/graphql", json=QUERY, headers=headers)).status_code)
                await asyncio.sleep(0.01)
        except httpx.TransportError:
            pass
    assert len(answers) > 5
    assert set(answers) == {200}
    assert await asyncio.to_thread(small.wait) == 0
    assert "Traceback" not in small.output


def test_where_nobody_asks_for_readiness_the_end_comes_at_once(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    with GatewayProcess(services, issuer, DRAIN_SECONDS=300) as process:
        process.terminate()
        assert process.wait() == 0
