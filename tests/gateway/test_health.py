"""Readiness costs the same however many ask for it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping

import httpx
import pytest

from gateway import health
from tests.support.center import OrderCenter, running, settings
from tests.support.services import ServiceProcess
from tests.support.waiting import until

NAMES = ("order", "payment", "recs")
UP = {
    "status": "ready",
    "services": dict.fromkeys(NAMES, "up"),
    "cache": "none",
    "tokenKeys": "up",
}


class Looks(httpx.AsyncBaseTransport):
    """Real HTTP that counts the looks at a service, and can let none through."""

    def __init__(self, inner: httpx.AsyncBaseTransport, name: str, looks: Counter[str], down: set[str]) -> None:
        self._inner = inner
        self._name = name
        self._looks = looks
        self._down = down

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._looks[self._name] += request.method == "GET"
        if self._name in self._down:
            raise httpx.ConnectError("it is down")
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _around(name: str, looks: Counter[str], down: set[str]) -> Callable[[httpx.AsyncBaseTransport], Looks]:
    return lambda inner: Looks(inner, name, looks, down)


async def _ready(center: OrderCenter) -> tuple[int, object]:
    answer = await center.http.get("/health/ready")
    return answer.status_code, answer.json()


async def test_all_who_ask_within_a_second_are_answered_by_one_look(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: Counter[str] = Counter()
    down: set[str] = set()
    around = {name: _around(name, looks, down) for name in NAMES}
    async with running(settings(services, issuer), issuer, around) as center:
        loop = asyncio.get_running_loop()
        clock, passed = loop.time, 0.0
        monkeypatch.setattr(loop, "time", lambda: clock() + passed)
        # Long enough that it cannot pass by itself where the machine is busy.
        monkeypatch.setattr(health, "SECONDS_BELIEVED", 100.0)
        answers = await asyncio.gather(*(_ready(center) for _ in range(40)))
        assert answers == [(200, UP)] * 40
        assert looks == dict.fromkeys(NAMES, 1)
        down.update(NAMES)
        assert await _ready(center) == (200, UP)
        assert looks == dict.fromkeys(NAMES, 1)
        passed = 100.0
        nothing = UP | {"status": "not ready", "services": dict.fromkeys(NAMES, "down")}
        assert await asyncio.gather(*(_ready(center) for _ in range(40))) == [(503, nothing)] * 40
        assert looks == dict.fromkeys(NAMES, 2)


async def test_who_goes_away_while_it_is_looked_leaves_that_to_the_next(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    looks: Counter[str] = Counter()
    around = {name: _around(name, looks, set()) for name in NAMES}
    async with running(settings(services, issuer), issuer, around) as center:
        first, second = (asyncio.create_task(_ready(center)) for _ in range(2))
        await until(lambda: bool(looks))
        first.cancel()
        assert await second == (200, UP)
        assert first.cancelled()
