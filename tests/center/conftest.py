from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import NAMES
from tests.support.center import OrderCenter, running, settings
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess, copied


@pytest.fixture(scope="session")
def changed_data(small_seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of services that tests may change."""
    return copied(small_seed, tmp_path_factory.mktemp("changed") / "data")


@pytest.fixture(scope="session")
def changed_services(changed_data: Path) -> Iterator[Mapping[str, ServiceProcess]]:
    """Services that tests may change, each of them other things."""
    processes = {name: ServiceProcess(name, changed_data) for name in NAMES}
    yield {name: process.start() for name, process in processes.items()}
    for process in processes.values():
        process.stop()


@pytest.fixture
async def changing_center(
    changed_services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> AsyncIterator[OrderCenter]:
    """A gateway with two empty caches, its memory and Redis, over services that tests may change."""
    given = settings(changed_services, issuer, redis_url=redis_server.url, memory_bytes=1_000_000)
    async with running(given, issuer) as one:
        yield one
