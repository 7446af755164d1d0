"""Several workers on one port end together, as one process does, whichever of them was asked for readiness."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from services.people import SHOPPER
from tests.support.center import OrderCenter
from tests.support.gateway import GatewayProcess
from tests.support.proxy import Exchange, Proxy
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.long

QUERY = {"query": "{ viewer { displayName } }"}
GRACE = 4
# What is under way when the workers close takes so much longer.
LONGER = 1.5


@pytest.fixture
def pair(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> Iterator[GatewayProcess]:
    with GatewayProcess(services, issuer, DRAIN_SECONDS=GRACE, LOG_LEVEL="info").with_workers(2) as process:
        _both_serve(process)
        yield process


def _both_serve(gateway: GatewayProcess) -> None:
    end = time.monotonic() + 30
    while gateway.output.count("Application startup complete.") < 2:
        assert time.monotonic() < end, gateway.output
        time.sleep(0.05)
    assert len(gateway.workers()) == 2, gateway.output


def _asking(gateway: GatewayProcess, center: OrderCenter) -> httpx.AsyncClient:
    """A client each of whose requests has a connection of its own, which either worker may accept."""
    headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}", "Connection": "close"}
    return httpx.AsyncClient(base_url=gateway.url, headers=headers, trust_env=False, timeout=20)


@pytest.mark.parametrize("whom", ["the parent", "everybody"])
async def test_all_workers_wait_once_any_of_them_was_asked_for_readiness(
    pair: GatewayProcess, center: OrderCenter, whom: str
) -> None:
    async with _asking(pair, center) as http:
        assert (await http.get("/health/ready")).status_code == 200
        workers = pair.workers()
        began = time.monotonic()
        pair.terminate()
        if whom == "everybody":
            # As systemd does; and the parent tells its workers once more.
            for pid in workers:
                os.kill(pid, signal.SIGTERM)
        # The parent looks for signals twice a second, and then tells both. No question may reach the other one before.
        await asyncio.sleep(0.8)
        seen = []
        while time.monotonic() - began < GRACE - 1:
            try:
                ready, answer = await asyncio.gather(http.get("/health/ready"), http.post("/graphql", json=QUERY))
                alive = pair.workers()
            except httpx.TransportError:
                # A busy machine may have taken so long for these.
                assert time.monotonic() - began > GRACE
                break
            if time.monotonic() - began < GRACE:
                seen.append((ready.status_code, answer.status_code, "errors" in answer.json(), alive))
        assert len(seen) > 2
        assert all(one == (503, 200, False, workers) for one in seen), seen
    assert await asyncio.to_thread(pair.wait) == 0
    assert GRACE <= time.monotonic() - began < GRACE + 8
    assert "Traceback" not in pair.output


async def test_what_is_under_way_is_answered_and_who_comes_later_is_refused_at_once(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, center: OrderCenter
) -> None:
    late = asyncio.Event()

    async def slow(exchange: Exchange) -> None:
        answer = await exchange.ask()
        late.set()
        await asyncio.sleep(LONGER)
        await exchange.write(answer)
        exchange.close()

    async with Proxy(services["order"].port) as proxy:
        # Whichever worker takes the second request asks the service for it.
        given = {"ORDER_SERVICE_URL": proxy.url, "DRAIN_SECONDS": 0, "REQUEST_TIMEOUT": 10, "MEMORY_BYTES": 0}
        given["LOG_LEVEL"] = "info"
        with GatewayProcess(services, issuer, **given).with_workers(2) as pair:
            _both_serve(pair)
            async with _asking(pair, center) as http:
                assert (await http.post("/graphql", json=QUERY)).status_code == 200
                proxy.fault = slow
                under_way = asyncio.create_task(http.post("/graphql", json=QUERY))
                await asyncio.wait_for(late.wait(), 10)
                pair.terminate()
                await until(lambda: len(pair.workers()) == 1, 10)
                with pytest.raises(httpx.ConnectError):
                    await http.get("/health/live")
                assert not under_way.done()
                answer = await under_way
                assert (answer.status_code, "errors" in answer.json()) == (200, False)
            assert await asyncio.to_thread(pair.wait) == 0


def test_where_nobody_has_asked_for_readiness_all_end_at_once(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    with GatewayProcess(services, issuer, DRAIN_SECONDS=300, LOG_LEVEL="info").with_workers(2) as process:
        _both_serve(process)
        process.terminate()
        assert process.wait() == 0


async def test_workers_whose_parent_is_killed_end_too(pair: GatewayProcess, center: OrderCenter) -> None:
    workers = pair.workers()
    async with _asking(pair, center) as http:
        assert (await http.post("/graphql", json=QUERY)).status_code == 200
        pair.kill()
        await until(lambda: not any(map(_lives, workers)), 20)
        with pytest.raises(httpx.ConnectError):
            await http.get("/health/live")


def _lives(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    # One that has ended stays in the list until somebody takes notice of that.
    return status.exists() and status.read_text().rpartition(") ")[2][0] != "Z"
