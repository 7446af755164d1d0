"""Whole answers are kept while all that they were made of is: quicker, and byte for byte what they would be anew."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from services.people import SHOPPER, TROUBLED
from tests.support.center import OrderCenter, running, settings
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess, free_port

PAGE = """query Page($first: Int!) { viewer { displayName orders(first: $first) { nodes { number financialStatus
    shop { name } lineItems { product { title price { amount } } } } } tags(first: 5) { nodes { note } } } }"""
QUERIES = Path(__file__).resolve().parents[2] / "web" / "src" / "starters"
MEMORY = {"in memory": 64_000_000, "in Redis": 0}
# Tests ask more often than a person may.
EAGER = {"rate_per_person": 1e6, "rate_per_client": 1e6, "ttl_scale": 100.0}


class Gone(NamedTuple):
    """A service that does not listen."""

    url: str
    token: str


@pytest.fixture(params=MEMORY)
async def keeping_center(
    request: pytest.FixtureRequest,
    services: Mapping[str, ServiceProcess],
    issuer: ServiceProcess,
    redis_server: RedisProcess,
) -> AsyncIterator[OrderCenter]:
    """A gateway that keeps answers in its memory, or in Redis where it has no memory to keep them in."""
    given = settings(services, issuer, redis_url=redis_server.url, memory_bytes=MEMORY[request.param], **EAGER)
    async with running(given, issuer) as one:
        yield one


def _reads(redis_server: RedisProcess) -> int:
    """Return how many times values were read so far."""
    stats = redis_server.client.info("commandstats")
    return int(stats.get("cmdstat_mget", {}).get("calls", 0))


async def _warm(center: OrderCenter, redis_server: RedisProcess, person: str, first: int = 10) -> bytes:
    """Ask until nothing that the answer is made of is read any more, and return the answer."""
    async with asyncio.timeout(5):
        while True:
            before = _reads(redis_server)
            answer = await center.post(PAGE, {"first": first}, person=person)
            if not center.calls and _reads(redis_server) == before:
                return answer.content
            await asyncio.sleep(0.01)


async def test_a_warm_answer_is_read_whole_and_is_what_it_would_be_anew(
    keeping_center: OrderCenter, redis_server: RedisProcess
) -> None:
    first = (await keeping_center.post(PAGE, {"first": 10}, person=SHOPPER.id)).content
    assert len(keeping_center.calls) > 3
    assert await _warm(keeping_center, redis_server, SHOPPER.id) == first


async def test_nobody_gets_what_was_kept_for_somebody_else_or_for_another_question(
    keeping_center: OrderCenter, redis_server: RedisProcess
) -> None:
    mine = await _warm(keeping_center, redis_server, SHOPPER.id)
    theirs = (await keeping_center.post(PAGE, {"first": 10}, person=TROUBLED.id)).json()
    assert theirs["data"]["viewer"]["displayName"] == TROUBLED.name
    nobodys = (await keeping_center.post(PAGE, {"first": 10}, person=None)).json()
    assert nobodys["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    fewer = (await keeping_center.post(PAGE, {"first": 2}, person=SHOPPER.id)).json()
    assert len(fewer["data"]["viewer"]["orders"]["nodes"]) == 2
    other = (await keeping_center.post(PAGE.replace("number", "number: id"), {"first": 10}, person=SHOPPER.id)).json()
    assert other["data"]["viewer"]["orders"]["nodes"][0]["number"].startswith("ord_")
    assert (await keeping_center.post(PAGE, {"first": 10}, person=SHOPPER.id)).content == mine


async def test_two_operations_of_one_document_are_two_questions(
    keeping_center: OrderCenter, redis_server: RedisProcess
) -> None:
    document = "query A { viewer { displayName } } query B { viewer { name: displayName } }"
    token = keeping_center.token(SHOPPER.id)

    async def ask(operation: str) -> object:
        body = {"query": document, "operationName": operation}
        answer = await keeping_center.http.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
        return answer.json()["data"]["viewer"]

    async with asyncio.timeout(5):
        while True:
            before = _reads(redis_server)
            assert await ask("A") == {"displayName": SHOPPER.name}
            assert await ask("B") == {"name": SHOPPER.name}
            if _reads(redis_server) == before:
                break


async def test_a_change_of_any_part_ends_the_answers_that_are_made_of_it_and_no_others(
    keeping_center: OrderCenter, redis_server: RedisProcess
) -> None:
    mine = await _warm(keeping_center, redis_server, SHOPPER.id)
    kinds = ("customer_by_id", "orders_by_customer", "tags_by_customer", "ledger_by_order", "shop_by_id")
    parts = [next(key for key in redis_server.kept() if kind in key) for kind in kinds]
    theirs = await _warm(keeping_center, redis_server, TROUBLED.id)
    for name in parts:
        # The same value under another head, as a fill writes it: whoever has kept it learns that it is not the same.
        value = bytearray(redis_server.value(name))
        value[len(name) + 22] ^= 1
        redis_server.client.set(name, bytes(value))
        async with asyncio.timeout(5):
            before = _reads(redis_server)
            # Without a network before the gateway, nothing else would let it hear from Redis.
            while _reads(redis_server) == before:
                await asyncio.sleep(0.001)
                assert (await keeping_center.post(PAGE, {"first": 10}, person=SHOPPER.id)).content == mine
        if not name.startswith("oc3:v:{shop_"):
            before = _reads(redis_server)
            assert (await keeping_center.post(PAGE, {"first": 10}, person=TROUBLED.id)).content == theirs
            assert _reads(redis_server) == before
        await _warm(keeping_center, redis_server, SHOPPER.id)


async def test_an_answer_with_an_error_is_not_kept(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    payment = services["payment"]
    gone = Gone(url=f"http://127.0.0.1:{free_port()}", token=payment.token)
    for memory in MEMORY.values():
        redis_server.client.flushall()
        given = settings({**services, "payment": gone}, issuer, redis_url=redis_server.url, memory_bytes=memory)
        async with running(given, issuer) as center:
            for _ in range(4):
                answer = await center.ask(PAGE, {"first": 3}, person=SHOPPER.id)
                assert len(answer["errors"]) == 3
                assert [key for key in redis_server.keys() if key.startswith("oc3:a:")] == []  # noqa: SIM118  no mapping
                await asyncio.sleep(0.02)


async def test_an_answer_is_not_used_longer_than_its_parts(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    for memory in MEMORY.values():
        given = settings(
            services, issuer, redis_url=redis_server.url, memory_bytes=memory, **(EAGER | {"ttl_scale": 0.1})
        )
        async with running(given, issuer) as center:
            await _warm(center, redis_server, SHOPPER.id)
            before = _reads(redis_server)
            async with asyncio.timeout(5):
                # Half a second is an order's time.
                while _reads(redis_server) == before:
                    await asyncio.sleep(0.001)
                    await center.post(PAGE, {"first": 10}, person=SHOPPER.id)


async def test_what_is_kept_costs_its_caller_as_much(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    given = settings(services, issuer, redis_url=redis_server.url, memory_bytes=64_000_000, rate_per_person=2_000.0)
    async with running(given, issuer) as center:
        headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}", "graphql-cost": "1"}
        plain = await _warm(center, redis_server, SHOPPER.id)
        body = {"query": PAGE, "variables": {"first": 10}}
        answers = [await center.http.post("/graphql", json=body, headers=headers) for _ in range(2)]
        assert [answer.content for answer in answers] == [plain, plain]
        assert [answer.headers["content-encoding"] for answer in answers] == ["gzip", "gzip"]
        costs = {answer.headers["graphql-cost"] for answer in answers}
        assert len(costs) == 1
        assert int(costs.pop()) > 100
        while answers[-1].status_code == 200:
            answers.append(await center.http.post("/graphql", json=body, headers=headers))
        assert answers[-1].status_code == 429
        assert _reads(redis_server) > 0


async def test_a_setting_keeps_no_answers(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    given = settings(services, issuer, redis_url=redis_server.url, memory_bytes=0, keep_answers=False)
    async with running(given, issuer) as center:
        for _ in range(5):
            await center.data(PAGE, {"first": 3}, person=SHOPPER.id)
            await asyncio.sleep(0.02)
        assert center.calls == []
        assert [key for key in redis_server.keys() if key.startswith("oc3:a:")] == []  # noqa: SIM118  no mapping


async def test_an_answer_under_anothers_name_or_made_of_what_is_gone_is_not_given(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    given = settings(services, issuer, redis_url=redis_server.url, memory_bytes=0)
    client = redis_server.client
    async with running(given, issuer) as center:
        mine = await _warm(center, redis_server, SHOPPER.id)
        await _warm(center, redis_server, TROUBLED.id)
        kept = {key[7:-50]: key for key in redis_server.keys() if key.startswith("oc3:a:")}  # noqa: SIM118  no mapping
        theirs = client.dump(kept[TROUBLED.id])
        assert theirs is not None
        client.restore(kept[SHOPPER.id], 5000, theirs, replace=True)
        assert (await center.post(PAGE, {"first": 10}, person=SHOPPER.id)).content == mine
        await _warm(center, redis_server, SHOPPER.id)
        client.delete(next(key for key in redis_server.kept() if "ledger" in key and SHOPPER.id in key))
        assert (await center.post(PAGE, {"first": 10}, person=SHOPPER.id)).content == mine
        assert [call.path for call in center.calls] == ["ledgers:batchGetByOrder"]


@pytest.mark.parametrize("memory", MEMORY)
async def test_kept_answers_are_to_the_byte_what_a_gateway_says_that_keeps_none(
    memory: str, services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    """While values that answers are made of go away at any moment."""
    queries: list[tuple[str, Mapping[str, int] | None]] = [(PAGE, {"first": first}) for first in (1, 2, 10)]
    queries += [(file.read_text(encoding="utf-8"), None) for file in sorted(QUERIES.glob("*.graphql"))]
    given = settings(services, issuer, redis_url=redis_server.url, memory_bytes=MEMORY[memory], **EAGER)
    plain = settings(services, issuer, **EAGER)
    random = Random(7)  # noqa: S311  the same each time
    async with running(given, issuer) as keeping, running(plain, issuer) as making:
        people = (SHOPPER.id, TROUBLED.id)
        expected = {
            (person, text, str(variables)): (await making.post(text, variables, person=person)).content
            for person in people
            for text, variables in queries
        }
        kept = 0
        for _ in range(150):
            person, (text, variables) = random.choice(people), random.choice(queries)
            before = _reads(redis_server)
            answer = await keeping.post(text, variables, person=person)
            assert answer.content == expected[person, text, str(variables)]
            kept += not keeping.calls and _reads(redis_server) == before
            if random.random() < 0.2:
                redis_server.client.delete(random.choice(redis_server.kept()))
            await asyncio.sleep(0)
    assert 15 < kept < 135
