"""Clients of a service for tests that need no gateway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec

from downstream.client import ServiceClient
from downstream.errors import DownstreamError
from downstream.policy import CallPolicy
from downstream.shop import SHOP_BY_ID
from downstream.transport import KEEPALIVE_SECONDS, KeepAliveTransport
from tests.support import plain
from tests.support.proxy import Proxy, answering

# Nothing is sent twice: tests say what they want repeated.
POLICY = CallPolicy(retries=0, hedge_quantile=1.0)


def service_client(
    service: str, transport: httpx.AsyncBaseTransport, *, url: str = "http://service.example", **changes: float
) -> ServiceClient:
    """A client with the policy above, changed as told."""
    policy = msgspec.structs.replace(POLICY, **changes)
    return ServiceClient(service, transport, url=url, token=service, policy=policy)


BODY = (
    b'{"rows": [{"key": "shop_a", "value": {"id": "shop_a", "name": "S", "handle": "s", "logoUrl": null,'
    b' "url": "https://s", "rating": 4.5, "verified": true}}]}'
)
good = answering(BODY)


def keep_alive(url: str, keepalive: float = KEEPALIVE_SECONDS) -> KeepAliveTransport:
    """What production uses."""
    return KeepAliveTransport(url, tls=plain.NO_TLS, keepalive=keepalive)


class Rig:
    """A client that reaches its service through a proxy."""

    def __init__(self, client: ServiceClient, transport: KeepAliveTransport, proxy: Proxy) -> None:
        self.client = client
        self.transport = transport
        self.proxy = proxy

    async def name(self, seconds: float = 5.0) -> str:
        """The shop's name, as the service says it."""
        deadline = asyncio.get_running_loop().time() + seconds
        found = await self.client.fetch(SHOP_BY_ID, ["shop_a"], deadline=deadline)
        return str(found.values["shop_a"].name)

    async def outcome(self, seconds: float = 5.0) -> str | type[Exception]:
        """The name, or what kept it from being known."""
        try:
            return await self.name(seconds)
        except DownstreamError as failure:
            return type(failure)


@asynccontextmanager
async def rig(*, keepalive: float = KEEPALIVE_SECONDS, **policy: float) -> AsyncIterator[Rig]:
    """Run a client and a proxy that answers well until told otherwise."""
    async with Proxy() as one:
        one.fault = good
        transport = keep_alive(one.url, keepalive)
        client = service_client("order", transport, url=one.url, **policy)
        yield Rig(client, transport, one)
        await client.aclose()
