"""Slow SQL really ends: at the deadline, and when nobody waits for it any more."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from services.common.app import Service, create_app
from services.common.batch import Endpoint, Keys, Rows
from services.common.database import Database, Reader
from services.common.times import real_clock
from tests.services.rows import insert, writing
from tests.support import plain
from tests.support.services import free_port

# Runs for minutes when nobody stops it.
_ENDLESS = """
    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 3000000000)
    SELECT count(*) FROM numbers
"""

HEADERS = {"Authorization": "Bearer token", "Content-Type": "application/json"}


def count_for_ever(reader: Reader, _: Sequence[str]) -> dict[str, int]:
    return {"n": reader.rows(_ENDLESS)[0][0]}


def ask_many_times(reader: Reader, keys: Sequence[str]) -> dict[str, int]:
    while True:
        reader.rows("SELECT 1 WHERE ? = ''", (keys[0],))


def count_customers(reader: Reader, keys: Sequence[str]) -> dict[str, int]:
    return {keys[0]: reader.rows("SELECT count(*) FROM customers")[0][0]}


SLOW = Service(
    name="slow",
    title="Slow service",
    description="One endless statement, endlessly many short ones, and a quick one.",
    endpoints=(
        Endpoint("/v1/numbers:count", "Endless", Keys, Rows[int], count_for_ever),
        Endpoint("/v1/numbers:repeat", "Endless, too", Keys, Rows[int], ask_many_times),
        Endpoint("/v1/customers:count", "Quick", Keys, Rows[int], count_customers),
    ),
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with writing(tmp_path, "order") as connection:
        insert(connection, "customers", id="cus_ada", handle="ada")
    return tmp_path / "order.sqlite"


@asynccontextmanager
async def serving(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    app = create_app(SLOW, database, "token", real_clock)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, ws="none", timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        url = f"http://127.0.0.1:{port}"
        async with plain.AsyncClient(base_url=url, headers=HEADERS, timeout=10) as http:
            yield http
    finally:
        server.should_exit = True
        await running


async def quick(http: httpx.AsyncClient) -> None:
    """Only answered when a worker thread is free."""
    headers = {"X-Request-Timeout-Ms": "2000"}
    answer = await http.post("/v1/customers:count", json={"keys": ["k"]}, headers=headers)
    assert answer.json() == {"rows": [{"key": "k", "value": 1}]}


@pytest.mark.parametrize("path", ["/v1/numbers:count", "/v1/numbers:repeat"])
async def test_a_deadline_is_answered_in_time_and_frees_the_worker(database: Path, path: str) -> None:
    async with serving(Database(database, threads=1)) as http:
        for _ in range(3):
            started = time.monotonic()
            answer = await http.post(path, json={"keys": ["n"]}, headers={"X-Request-Timeout-Ms": "200"})
            took = time.monotonic() - started
            assert (answer.status_code, answer.json()["code"]) == (504, "DEADLINE_EXCEEDED")
            assert 0.15 < took < 1.0
            await quick(http)


async def test_waiting_for_a_worker_counts_towards_the_deadline(database: Path) -> None:
    async with serving(Database(database, threads=1)) as http:
        headers = {"X-Request-Timeout-Ms": "300"}
        slow = asyncio.create_task(http.post("/v1/numbers:count", json={"keys": ["n"]}, headers=headers))
        await asyncio.sleep(0.1)
        waiting = await http.post("/v1/customers:count", json={"keys": ["n"]}, headers={"X-Request-Timeout-Ms": "50"})
        assert waiting.json()["code"] == "DEADLINE_EXCEEDED"
        assert not slow.done()
        assert (await slow).json()["code"] == "DEADLINE_EXCEEDED"
        await quick(http)


async def test_a_caller_who_leaves_frees_the_worker(database: Path) -> None:
    async with serving(Database(database, threads=1)) as http:
        body = json.dumps({"keys": ["n"]})
        head = f"POST /v1/numbers:count HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        _, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
        writer.write(f"{head}\r\n{body}".encode())
        await asyncio.sleep(0.2)
        writer.close()
        await writer.wait_closed()
        await quick(http)


async def test_more_than_the_service_can_keep_waiting_is_turned_away(database: Path) -> None:
    async with serving(Database(database, threads=1, waiting=1)) as http:
        headers = {"X-Request-Timeout-Ms": "500"}
        waiting = [
            asyncio.create_task(http.post("/v1/numbers:count", json={"keys": ["n"]}, headers=headers)) for _ in range(2)
        ]
        await asyncio.sleep(0.2)
        answer = await http.post("/v1/customers:count", json={"keys": ["n"]})
        assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
        assert answer.headers["retry-after"] == "1"
        assert [(await each).status_code for each in waiting] == [504, 504]
        await quick(http)


async def test_a_body_that_does_not_come_is_not_waited_for(database: Path) -> None:
    async with serving(Database(database)) as http:
        head = "POST /v1/customers:count HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\nX-Request-Timeout-Ms: 200\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        reader, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
        writer.write(f"{head}\r\n".encode())
        assert await asyncio.wait_for(reader.readline(), 2) == b"HTTP/1.1 504 Gateway Timeout\r\n"
        writer.close()
        await writer.wait_closed()
