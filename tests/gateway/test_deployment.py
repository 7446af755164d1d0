"""Two gateways behind HAProxy, as docs/haproxy.cfg has it: restarted under load, killed, and their clock set."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from services.people import SHOPPER, TROUBLED
from tests.support import plain
from tests.support.center import OrderCenter
from tests.support.front import haproxy
from tests.support.gateway import GatewayProcess
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess
from tests.support.system import skip

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
ASKED = {
    "query": "{ viewer { id orders(first: 5) { nodes { id financialStatus payments { id } lineItems { id } } } } }"
}
WORKERS = 4


def _config(gateways: list[GatewayProcess]) -> str:
    """The documented configuration, with our ports, and in less of a hurry than production has time for."""
    text = (ROOT / "docs" / "haproxy.cfg").read_text()
    for old, new in (
        ("bind :8080", "bind 127.0.0.1:{port}"),
        ("127.0.0.1:8001", gateways[0].url.removeprefix("http://")),
        ("127.0.0.1:8002", gateways[1].url.removeprefix("http://")),
        ("inter 1s", "inter 100ms"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def replicas(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_process: RedisProcess
) -> Iterator[list[GatewayProcess]]:
    def gateway() -> GatewayProcess:
        return GatewayProcess(
            services, issuer, REDIS_URL=redis_process.url, DRAIN_SECONDS=1, LOG_LEVEL="info", RATE_PER_PERSON=0
        )

    with gateway() as one, gateway() as two:
        yield [one, two]


def _served(gateway: GatewayProcess) -> int:
    return gateway.output.count('"event":"request"')


@asynccontextmanager
async def _load(url: str, center: OrderCenter) -> AsyncIterator[list[object]]:
    """Ask all the time; yields what came of each request: its status with its error codes, or what was raised."""
    outcomes: list[object] = []
    ending = asyncio.Event()

    async def ask(person: str) -> None:
        headers = {"Authorization": f"Bearer {center.token(person)}"}
        async with plain.AsyncClient(base_url=url, headers=headers, timeout=10) as http:
            while not ending.is_set():
                try:
                    response = await http.post("/graphql", json=ASKED)
                    codes = [error["extensions"]["code"] for error in response.json().get("errors", ())]
                    outcomes.append((response.status_code, *codes))
                except (httpx.HTTPError, ValueError) as error:
                    outcomes.append(error)
                await asyncio.sleep(0.02)

    workers = [asyncio.create_task(ask((SHOPPER.id, TROUBLED.id)[number % 2])) for number in range(WORKERS)]
    try:
        yield outcomes
    finally:
        ending.set()
        await asyncio.gather(*workers)


async def _grown(outcomes: list[object], by: int) -> None:
    wanted = len(outcomes) + by
    async with asyncio.timeout(20):
        while len(outcomes) < wanted:  # noqa: ASYNC110  several tasks add to them
            await asyncio.sleep(0.01)


async def test_a_rolling_restart_under_load_loses_no_request(
    replicas: list[GatewayProcess], center: OrderCenter
) -> None:
    with haproxy(_config(replicas)) as url:
        async with _load(url, center) as outcomes:
            await _grown(outcomes, 50)
            for gateway in replicas:
                before = _served(gateway)
                assert before > 0
                gateway.terminate()
                assert await asyncio.to_thread(gateway.wait) == 0
                await _grown(outcomes, 50)
                await asyncio.to_thread(gateway.start)
                await _grown(outcomes, 50)
                async with asyncio.timeout(10):
                    while _served(gateway) == before:  # noqa: ASYNC110  it is another process
                        await asyncio.sleep(0.05)
    assert set(outcomes) == {(200,)}
    assert all("Traceback" not in gateway.output for gateway in replicas)


def _locks(redis: RedisProcess) -> list[str]:
    # The version of the cache's format goes before.
    return [key for key in redis.keys() if key.partition(":")[2].startswith("l:")]  # noqa: SIM118  no mapping


@contextmanager
def _stopped(process: ServiceProcess) -> Iterator[None]:
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


async def test_a_gateway_that_is_killed_while_it_fetches_leaves_no_lock(
    replicas: list[GatewayProcess],
    center: OrderCenter,
    services: Mapping[str, ServiceProcess],
    redis_server: RedisProcess,
) -> None:
    one, two = replicas
    # What no process has in its memory.
    query = {"query": "{ viewer { orders(first: 7) { nodes { id } } } }"}
    headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}"}
    async with plain.AsyncClient(headers=headers, timeout=10) as http:
        with _stopped(services["order"]):
            asked = asyncio.create_task(http.post(f"{one.url}/graphql", json=query))
            async with asyncio.timeout(5):
                while not _locks(redis_server):  # noqa: ASYNC110  it is another process
                    await asyncio.sleep(0.01)
            one.kill()
            locks = _locks(redis_server)
        with pytest.raises(httpx.TransportError):
            await asked
        # What it held ends by itself.
        assert {redis_server.client.pttl(lock) <= 1000 for lock in locks} == {True}
        assert -1 not in {redis_server.client.pttl(lock) for lock in locks}
        answer = (await http.post(f"{two.url}/graphql", json=query)).json()
    assert "errors" not in answer
    assert len(answer["data"]["viewer"]["orders"]["nodes"]) == 7


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """A file that says by how much a process's wall clock is wrong."""
    file = tmp_path / "clock"
    file.write_text("+0")
    return file


@pytest.fixture
def wrong_clock(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess, clock: Path
) -> Iterator[GatewayProcess]:
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None:
        skip("libfaketime is not on this machine. On Debian: sudo apt-get install libfaketime")
    gateway = GatewayProcess(services, issuer, REDIS_URL=redis_server.url, RECEIVE_TIMEOUT=5)
    gateway.environment |= {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        # As when somebody sets a machine's clock: the time since it was started goes on.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with gateway:
        yield gateway


def _token(issuer: ServiceProcess, seconds: int) -> dict[str, str]:
    body = {"sub": SHOPPER.id, "ttl": seconds}
    answer = plain.post(f"{issuer.url}/token", json=body).raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_a_clock_that_jumps_an_hour_ends_tokens_and_nothing_else(
    wrong_clock: GatewayProcess, clock: Path, services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    brief, lasting = _token(issuer, 1800), _token(issuer, 86_400)

    async with plain.AsyncClient(base_url=wrong_clock.url, timeout=10) as http:

        async def code(headers: Mapping[str, str]) -> str | None:
            answer = (await http.post("/graphql", json=ASKED, headers=headers)).json()
            return next((str(error["extensions"]["code"]) for error in answer.get("errors", ())), None)

        assert [await code(token) for token in (brief, lasting)] == [None, None]
        for wrong, expired in (("+3600", "TOKEN_EXPIRED"), ("+0", None)):
            # While it jumps, a request waits for a service: neither the one's nor the other's time is over.
            with _stopped(services["payment"]):
                await asyncio.sleep(0.1)
                query = {"query": f"{{ viewer {{ payments(first: {10 + len(wrong)}) {{ nodes {{ id }} }} }} }}"}
                waiting = asyncio.create_task(http.post("/graphql", json=query, headers=lasting))
                await asyncio.sleep(0.2)
                clock.write_text(wrong)  # noqa: ASYNC240  a few bytes
                await asyncio.sleep(0.2)
            assert "errors" not in (await waiting).json()
            assert [await code(token) for token in (brief, lasting)] == [expired, None]
        assert (await http.get("/health/ready")).json()["status"] == "ready"
