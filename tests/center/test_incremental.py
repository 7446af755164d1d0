"""``@defer`` and ``@stream``: a page shows orders while suggestions still come, and nothing else is different."""

import asyncio
import json
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from services.people import SHOPPER
from tests.center.bed import DOCUMENTS, LISTS, PAGE, WHOLE_PAGE, Bed, made
from tests.support import proxy
from tests.support.center import Json, OrderCenter
from tests.support.parts import APOLLO, PLAIN, InParts, merged
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess
from tests.support.serving import serving
from tests.support.steps import cancelled_at
from tests.support.system import node_client_beside
from tests.support.waiting import until

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DEAR = """{ viewer { ... @defer { orders(first: 100) { nodes { returns { order { payments { order {
    lineItems { product { shop { name } } } } } } } } } } } }"""
FORMS = pytest.mark.parametrize("accept", [PLAIN, APOLLO], ids=["current", "Apollo's"])


@pytest.fixture
async def bed(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AsyncIterator[Bed]:
    async with made(services, issuer) as one:
        yield one


@pytest.fixture
async def viewer(center: OrderCenter) -> Json:
    """The page, as a whole."""
    data: Json = (await center.data(WHOLE_PAGE, person=SHOPPER.id))["viewer"]
    return data


async def test_orders_are_shown_while_suggestions_still_come(bed: Bed, viewer: Json) -> None:
    suggestions = {"suggestions": viewer.pop("suggestions")}
    gate = bed.shut()
    async with bed.asking(PAGE) as answer:
        assert await answer.part() == {
            "data": {"viewer": viewer},
            "pending": [{"id": "0", "path": ["viewer"], "label": "recs"}],
            "hasNext": True,
        }
        assert answer.status == 200
        assert answer.headers["content-type"] == 'multipart/mixed; boundary="-"'
        assert answer.headers["cache-control"] == "private, no-store"
        await until(lambda: bed.asked == [1, 0, 1])
        gate.set()
        assert await answer.part() == {
            "incremental": [{"id": "0", "data": suggestions}],
            "completed": [{"id": "0"}],
            "hasNext": False,
        }
    assert bed.asked == [2, 0, 1]


async def test_apollos_clients_are_told_places_instead_of_ids(bed: Bed, viewer: Json) -> None:
    suggestions = {"suggestions": viewer.pop("suggestions")}
    async with bed.asking(PAGE, APOLLO) as answer:
        assert await answer.parts() == [
            {"data": {"viewer": viewer}, "hasNext": True},
            {"incremental": [{"data": suggestions, "path": ["viewer"], "label": "recs"}], "hasNext": False},
        ]
    assert answer.headers["content-type"] == 'multipart/mixed; boundary="-"; deferSpec=20220824'


@FORMS
@pytest.mark.parametrize("query", DOCUMENTS.values(), ids=DOCUMENTS)
async def test_all_parts_together_are_the_answer_as_a_whole(
    bed: Bed, center: OrderCenter, query: str, accept: str
) -> None:
    # A client that takes no parts gets the whole at once.
    whole = await center.ask(query, person=SHOPPER.id)
    async with bed.asking(query, accept) as answer:
        parts = await answer.parts()
    assert len(parts) > 1
    assert merged(parts) == {"data": whole["data"], "errors": sorted(whole.get("errors", []), key=str)}


async def test_lists_are_asked_for_together_however_they_are_delivered(bed: Bed) -> None:
    async with bed.asking(LISTS) as answer:
        await answer.parts()
    # Orders, the ledgers of all five, and timelines twice: of the orders that were shown at first, and of the others.
    assert bed.asked == [3, 1, 0]


@FORMS
async def test_a_part_that_fails_is_null_with_a_coded_error_and_the_rest_is_served(bed: Bed, accept: str) -> None:
    bed.proxies["recs"].fault = proxy.closing
    async with bed.asking(PAGE, accept) as answer:
        first, last = await answer.parts()
    assert first["data"]["viewer"]["orders"]["nodes"]
    assert "errors" not in first
    (part,) = last["incremental"]
    assert part["data"] == {"suggestions": None}
    (error,) = part["errors"]
    assert error["path"] == ["viewer", "suggestions"]
    assert error["extensions"] == {"code": "DOWNSTREAM_UNAVAILABLE", "service": "recs"}
    assert "127.0.0.1" not in json.dumps(last)


@FORMS
async def test_a_part_that_is_lost_altogether_is_told_once(bed: Bed, accept: str) -> None:
    # Nothing of a part is left where null reaches its root.
    query = '{ viewer { id } ... @defer { nodes(ids: ["cus_1"]) { id } } __typename }'
    async with bed.asking(query.replace('["cus_1"]', json.dumps(["cus_1"] * 101)), accept) as answer:
        first, last = await answer.parts()
    assert first["data"] == {"viewer": {"id": SHOPPER.id}, "__typename": "Query"}
    (lost,) = last["completed"] if accept == PLAIN else last["incremental"]
    assert lost.get("data") is None
    assert [error["extensions"] for error in lost["errors"]] == [{"code": "BAD_USER_INPUT", "argument": "ids"}]


async def test_one_deadline_holds_for_all_parts(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> None:
    async with made(services, issuer, request_timeout=0.4) as bed:
        bed.proxies["recs"].fault = proxy.silent
        async with bed.asking(PAGE) as answer:
            *_, last = await answer.parts()
    (part,) = last["incremental"]
    assert [error["extensions"] for error in part["errors"]] == [{"code": "DOWNSTREAM_TIMEOUT", "service": "recs"}]


async def test_nothing_more_is_asked_for_a_client_that_leaves_between_parts(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with made(services, issuer, max_concurrent_per_person=1) as bed, serving(bed.app) as port:
        gate = bed.shut()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = json.dumps({"query": PAGE}).encode()
        token = bed.center.token(SHOPPER.id)
        head = f"Authorization: Bearer {token}\r\nAccept: {PLAIN}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(f"POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\n{head}".encode() + body)
        await reader.readuntil(b'"hasNext":true')
        await until(lambda: bed.asked == [1, 0, 1])
        writer.close()
        # The person's one place is free again, while the call that others may share goes on.
        async with asyncio.timeout(5):
            while "errors" in await bed.center.ask("{ viewer { id } }", person=SHOPPER.id):  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(0.01)
        assert not gate.is_set()
        gate.set()
        await until(lambda: _at_work() <= 2)
        # The products of the suggestions are nobody's wish any more.
        assert bed.asked == [1, 0, 1]


@pytest.mark.parametrize("query", [PAGE, LISTS], ids=["defer", "stream"])
async def test_an_answer_in_parts_that_is_cancelled_at_any_step_leaves_no_task(bed: Bed, query: str) -> None:
    async with bed.asking(query) as answer:
        whole = merged(await answer.parts())
    await until(lambda: _at_work() == 0)
    step = 1
    while await cancelled_at(bed.asking(query).run(), step):
        step += 1
        await until(lambda: _at_work() == 0)
    assert step > 2
    async with bed.asking(query) as answer:
        assert merged(await answer.parts()) == whole


def _at_work() -> int:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return len([task for task in others if "Proxy" not in getattr(task.get_coro(), "__qualname__", "")])


async def test_who_waits_for_parts_is_counted_until_the_last_one(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with made(services, issuer, max_concurrent_per_person=1) as bed:
        gate = bed.shut()
        async with bed.asking(PAGE) as answer:
            await answer.part()
            refused = await bed.center.ask("{ viewer { id } }", person=SHOPPER.id)
            assert refused["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
            gate.set()
            await answer.part()
        assert await bed.center.data("{ viewer { id } }", person=SHOPPER.id) == {"viewer": {"id": SHOPPER.id}}


async def test_what_is_deferred_costs_as_if_it_were_not(bed: Bed) -> None:
    costs = []
    for query in (PAGE, WHOLE_PAGE):
        async with bed.asking(query, **{"graphql-cost": "1"}) as answer:
            await answer.parts()
        costs.append(int(answer.headers["graphql-cost"]))
    assert costs == [7, 7]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (DEAR, "COST_LIMIT_EXCEEDED"),
        ("{ viewer { ... @defer { " + "".join(f"a{n}: id " for n in range(40)) + "} } }", "ALIAS_LIMIT_EXCEEDED"),
        ("{ viewer { id @defer } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer { id @stream } }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_what_is_deferred_is_limited_as_if_it_were_not(bed: Bed, query: str, code: str) -> None:
    async with bed.asking(query, f"{PLAIN}, application/json") as answer:
        refusal = await answer.whole()
    assert [error["extensions"]["code"] for error in refusal["errors"]] == [code]
    assert "data" not in refusal
    assert bed.asked == [0, 0, 0]


async def test_nobody_defers_their_way_past_the_token(bed: Bed) -> None:
    async with InParts(bed.app, "{ __typename ... @defer { viewer { id } } }", None) as answer:
        _, last = await answer.parts()
    assert last["incremental"][0]["data"] == {"viewer": None}
    assert last["incremental"][0]["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_what_comes_at_once_is_one_part_for_who_takes_parts_only(bed: Bed) -> None:
    query = '{ viewer { id ... @defer(if: false, label: "no") { handle } } }'
    async with bed.asking(query) as answer:
        (only,) = await answer.parts()
    assert only["data"]["viewer"]["id"] == SHOPPER.id
    async with bed.asking("{", APOLLO.partition(",")[0]) as answer:
        (only,) = await answer.parts()
    assert only["errors"][0]["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
    async with bed.asking(query, f"{PLAIN}, application/json") as answer:
        assert set(await answer.whole()) == {"data"}
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_a_whole_answer_that_is_kept_is_given_at_once_to_who_takes_parts(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    kept = {"redis_url": redis_server.url, "memory_bytes": 64_000_000, "ttl_scale": 100.0}
    async with made(services, issuer, **kept) as bed:
        # What came in parts is not kept as if it were all.
        async with bed.asking(PAGE) as answer:
            parts = await answer.parts()
        whole = await bed.center.data(PAGE, person=SHOPPER.id)
        assert whole == merged(parts)["data"]
        async with asyncio.timeout(5):
            while len(parts) > 1:
                await bed.center.data(PAGE, person=SHOPPER.id)
                async with bed.asking(PAGE) as answer:
                    parts = await answer.parts()
        assert parts == [{"data": whole, "hasNext": False}]


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_each_part_can_be_unpacked_when_it_comes(bed: Bed, coding: str) -> None:
    unpackers: Mapping[str, Callable[[bytes], bytes]] = {
        "gzip": zlib.decompressobj(wbits=31).decompress,
        "zstd": zstd.ZstdDecompressor().decompress,
    }
    unpack = unpackers[coding]
    gate = bed.shut()
    async with bed.asking(PAGE, **{"accept-encoding": coding}) as answer:
        first = unpack(await answer.chunk())
        assert first.startswith(b"\r\n---\r\nContent-Type: application/json")
        assert first.endswith(b'"hasNext":true}\r\n---')
        gate.set()
        assert unpack(await answer.chunk()).endswith(b'"hasNext":false}\r\n-----\r\n')
    assert answer.headers["content-encoding"] == coding


async def test_apollo_client_and_urql_show_orders_before_suggestions(bed: Bed, viewer: Json) -> None:
    # Long enough for both parts to be read one after the other.
    bed.proxies["recs"].fault = proxy.delayed(0.3)
    suggestions = {"suggestions": viewer.pop("suggestions")}
    async with serving(bed.app) as port:
        asked = (f"http://127.0.0.1:{port}/graphql", bed.center.token(SHOPPER.id), PAGE)
        apollo, urql = await asyncio.gather(
            node_client_beside("apollo.mjs", *asked), node_client_beside("urql.mjs", *asked)
        )
    shown = [viewer, viewer | suggestions]
    for states in json.loads(apollo):
        assert [state["dataState"] for state in states] == ["streaming", "complete"]
        assert [_plain(state["data"]["viewer"]) for state in states] == shown
    assert json.loads(urql) == [
        {"data": {"viewer": shown[0]}, "hasNext": True, "codes": []},
        {"data": {"viewer": shown[1]}, "hasNext": False, "codes": []},
    ]


def _plain(data: Any) -> Any:  # noqa: ANN401  any JSON
    """What the client has added is its own affair."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items() if key != "__typename"}
    return list(map(_plain, data)) if isinstance(data, list) else data
