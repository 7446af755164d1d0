from collections.abc import AsyncIterator, Mapping

import pytest

from tests.federation.router import SECRET
from tests.support.center import OrderCenter, running, settings
from tests.support.services import ServiceProcess


@pytest.fixture
async def subgraph(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AsyncIterator[OrderCenter]:
    """A gateway without a cache that knows a router and takes 20 representations."""
    given = settings(services, issuer, router_secret=SECRET, max_representations=20)
    async with running(given, issuer) as one:
        yield one
