from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services.examples import write_order, write_payment, write_recs
from tests.services.rows import writing
from tests.support import plain
from tests.support.services import ServiceProcess, copied

Json = dict[str, Any]


class Caller:
    """Calls one service as the gateway does."""

    def __init__(self, process: ServiceProcess) -> None:
        self.process = process
        self.http = plain.Client(base_url=process.url, headers=process.headers)

    def close(self) -> None:
        self.http.close()

    def ask(self, path: str, *keys: object) -> dict[str, object]:
        """Answer values by key; a refused key has its error's code."""
        answer = self.http.post(path, json={"keys": keys})
        assert answer.status_code == 200, answer.text
        rows = answer.json()["rows"]
        values = {row["key"]: row["value"] if "value" in row else row["error"]["code"] for row in rows}
        assert len(values) == len(rows), "a key was answered twice"
        return values

    def command(self, path: str, key: str, *, customer: str = "cus_ada", **body: object) -> httpx.Response:
        """Send a command of Ada's, or of somebody else's."""
        return self.http.post(path, json={"customerId": customer} | body, headers={"Idempotency-Key": key})

    def refusal(self, path: str, key: str, *, customer: str = "cus_ada", **body: object) -> str:
        """Send a command that is refused and return why."""
        answer = self.command(path, key, customer=customer, **body)
        assert answer.headers["content-type"] == "application/problem+json"
        code: str = answer.json()["code"]
        assert answer.status_code == {"NOT_FOUND": 404, "IDEMPOTENCY_KEY_REUSED": 422}.get(code, 409)
        return code

    def page(self, path: str, **query: object) -> Json:
        """Answer a page of Ada's, or as the query says."""
        answer = self.ask(path, {"ref": "q", "customerId": "cus_ada", "limit": 10} | query)["q"]
        assert isinstance(answer, dict)
        return answer

    def ids(self, path: str, **query: object) -> list[str]:
        return [item["id"] for item in self.page(path, **query)["items"]]


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name, write in (("order", write_order), ("payment", write_payment), ("recs", write_recs)):
        with writing(folder, name) as connection:
            write(connection)
    return folder


def _calling(name: str, data: Path) -> Iterator[Caller]:
    with ServiceProcess(name, data) as process, closing(Caller(process)) as caller:
        yield caller


@pytest.fixture
def own_data(data: Path, tmp_path: Path) -> Path:
    """Ada's and Bo's data, to be changed."""
    return copied(data, tmp_path / "own")


@pytest.fixture
def changing(own_data: Path) -> Iterator[Callable[[str], Caller]]:
    """Starts a service over data of this test's own."""
    with ExitStack() as stack:

        def start(name: str) -> Caller:
            process = stack.enter_context(ServiceProcess(name, own_data))
            return stack.enter_context(closing(Caller(process)))

        yield start


@pytest.fixture(scope="session")
def order(data: Path) -> Iterator[Caller]:
    yield from _calling("order", data)


@pytest.fixture(scope="session")
def payment(data: Path) -> Iterator[Caller]:
    yield from _calling("payment", data)


@pytest.fixture(scope="session")
def recs(data: Path) -> Iterator[Caller]:
    yield from _calling("recs", data)
