"""A gateway to be asked for answers in parts, while its services are slow or sick."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx
from starlette.applications import Starlette

from services.people import SHOPPER
from tests.center.test_faults import hospital
from tests.support.center import Calls, OrderCenter
from tests.support.parts import PLAIN, InParts
from tests.support.proxy import Exchange, Proxy
from tests.support.services import ServiceProcess

PAGE = """{ viewer { id orders(first: 2) { nodes { id number } }
    ... @defer(label: "recs") { suggestions(first: 1) { nodes { id product { id title } } } } } }"""
WHOLE_PAGE = PAGE.replace('@defer(label: "recs")', "")
LISTS = """{ viewer { orders(first: 5) { nodes @stream(initialCount: 2, label: "more") {
    number payments { kind } ... @defer(label: "line") { timeline { kind } } } } } }"""
# Fields in several fragments, fragments in fragments and in lists, errors, and items that come after what holds them.
DOCUMENTS = {
    "defer": PAGE,
    "lists": LISTS,
    "shared": """{ viewer { ...A @defer ...B @defer } }
        fragment A on User { displayName orders(first: 1) { nodes { number } } }
        fragment B on User { displayName orders(first: 1) { nodes { status lineItems { title } } } }""",
    "nested": """{ ... @defer { viewer { tags(first: 0) { nodes { id } } ... @defer {
        recentlyViewed(first: 3) { nodes @stream(initialCount: 1) { viewedAt product { title } } } } } }
        order(id: "ord_00000000ZZ") { id } }""",
}


class Bed(NamedTuple):
    """A gateway whose services are behind proxies, and who asks it."""

    app: Starlette
    proxies: Mapping[str, Proxy]
    center: OrderCenter

    def asking(self, query: str, accept: str = PLAIN, **headers: str) -> InParts:
        """A request under way."""
        return InParts(self.app, query, self.center.token(SHOPPER.id), accept, headers)

    @property
    def asked(self) -> list[int]:
        """How many calls the order, the payment and the recs service got."""
        return [len(one.requests) for one in self.proxies.values()]

    def shut(self) -> asyncio.Event:
        """Let the recs service answer only once what is returned is set."""
        gate = asyncio.Event()

        async def fault(exchange: Exchange) -> None:
            answer = await exchange.ask()
            await gate.wait()
            await exchange.write(answer)

        self.proxies["recs"].fault = fault
        return gate


@asynccontextmanager
async def made(
    services: Mapping[str, ServiceProcess],
    issuer: ServiceProcess,
    **changes: Any,  # noqa: ANN401  any setting
) -> AsyncIterator[Bed]:
    async with (
        hospital(services, issuer, **{"request_timeout": 5.0} | changes) as (app, proxies),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://order-center") as http,
    ):
        yield Bed(app, proxies, OrderCenter(http, Calls(), issuer))
