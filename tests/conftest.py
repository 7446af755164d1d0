"""What tests share: the demo data, the services, the issuer and Redis as real processes, and a gateway over them."""

import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import hypothesis
import pytest

from gateway.garbage import collect_less_often
from services.seed import ensure_seed
from tests.support.center import OrderCenter, running, settings
from tests.support.development import DevelopmentProcess
from tests.support.gateway import GatewayProcess
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess, copied

ROOT = Path(__file__).parent.parent
# Here and in CI every run tries the same examples, and shows the first that fails as it is; `make fuzz` tries others,
# and more, each time, and makes what fails as small as it can, which takes minutes.
_PHASES = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
hypothesis.settings.register_profile("same", derandomize=True, deadline=None, phases=_PHASES)
hypothesis.settings.register_profile("fuzz", max_examples=1_750, deadline=None)
hypothesis.settings.load_profile("same")

NAMES = ("order", "payment", "recs")


def pytest_collection_finish() -> None:
    """Collect garbage as a gateway's process does: all tests and all that they import are no garbage."""
    collect_less_often()


@pytest.fixture(scope="session")
def seed() -> Path:
    return ensure_seed(ROOT / ".data" / "seed")


@pytest.fixture(scope="session")
def small_seed() -> Path:
    """A fiftieth of the demo data, with the same demo people: to be copied and changed."""
    return ensure_seed(ROOT / ".data" / "seed-small", scale=0.02)


@pytest.fixture
def own_services(small_seed: Path, tmp_path: Path) -> Iterator[Mapping[str, ServiceProcess]]:
    """Services of this test's own, over data of its own: to be changed and killed."""
    data = copied(small_seed, tmp_path / "data")
    processes = {name: ServiceProcess(name, data) for name in NAMES}
    try:
        yield {name: process.start() for name, process in processes.items()}
    finally:
        for process in processes.values():
            process.kill()


@pytest.fixture(scope="session")
def services(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, ServiceProcess]]:
    """Services over a copy of the demo data: the seed is what `make run` begins with, too, and stays as it was made."""
    data = copied(seed, tmp_path_factory.mktemp("services") / "data")
    processes = {name: ServiceProcess(name, data) for name in NAMES}
    try:
        yield {name: process.start() for name, process in processes.items()}
    finally:
        for process in processes.values():
            process.stop()
        # It is large, and pytest would keep it for the next runs.
        shutil.rmtree(data)


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with ServiceProcess("issuer", tmp_path_factory.mktemp("issuer")) as process:
        yield process


@pytest.fixture(scope="session")
def redis_process() -> Iterator[RedisProcess]:
    process = RedisProcess().start()
    yield process
    process.client.close()
    process.kill()


@pytest.fixture
def redis_server(redis_process: RedisProcess) -> RedisProcess:
    redis_process.client.flushall()
    return redis_process


@pytest.fixture
def own_redis() -> Iterator[RedisProcess]:
    """A Redis of this test's own, to be stopped or killed."""
    process = RedisProcess().start()
    yield process
    process.resume()
    process.client.close()
    process.kill()


@pytest.fixture(scope="session")
def served(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> Iterator[GatewayProcess]:
    """A gateway as `order-center serve` starts it, impatient with slow clients."""
    with GatewayProcess(services, issuer, RECEIVE_TIMEOUT=1, CORS_ORIGINS="https://shop.example") as process:
        yield process


@pytest.fixture(scope="session")
def development(seed: Path) -> Iterator[DevelopmentProcess]:
    """Everything as `order-center dev` starts it."""
    with DevelopmentProcess(seed) as process:
        yield process


@pytest.fixture(scope="session")
def order_center_url(development: DevelopmentProcess) -> str:
    return development.url


@pytest.fixture
async def center(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AsyncIterator[OrderCenter]:
    """A gateway without a cache, so that every answer comes from the services."""
    async with running(settings(services, issuer), issuer) as one:
        yield one


@pytest.fixture
async def cached_center(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> AsyncIterator[OrderCenter]:
    """A gateway with an empty cache."""
    async with running(settings(services, issuer, redis_url=redis_server.url), issuer) as one:
        yield one
