"""What tests of the gateway share."""

from collections.abc import AsyncIterator, Iterator, Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.settings import Settings
from tests.support.center import settings
from tests.support.collector import Collector
from tests.support.redis import RedisProcess
from tests.support.scraping import Watched, watching
from tests.support.services import ServiceProcess


@pytest.fixture
async def watched(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> AsyncIterator[Watched]:
    async with watching(
        services, issuer, redis_url=redis_server.url, memory_bytes=1_000_000, max_cost=500, production=False
    ) as one:
        yield one


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as one:
        yield one


@pytest.fixture(scope="module")
def signer() -> ec.EllipticCurvePrivateKey:
    """A key that nobody has published."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def given(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> Settings:
    """The settings of a gateway for these services."""
    return settings(services, issuer)
