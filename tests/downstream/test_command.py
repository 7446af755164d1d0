"""What an answer to a command says: done, refused, not done, or nobody knows."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from downstream.client import ServiceClient
from downstream.command import CommandRefusedError, OutcomeUnknownError
from downstream.errors import (
    DownstreamError,
    DownstreamOverloadedError,
    DownstreamRefusedError,
    DownstreamRejectedError,
    DownstreamTimeoutError,
    DownstreamUnavailableError,
)
from downstream.tag import UPDATE_TAG, Tag, UpdateTag
from tests.support.downstream import good, rig, service_client
from tests.support.proxy import answering

Json = dict[str, Any]
Respond = Callable[[httpx.Request], httpx.Response]

BODY = UpdateTag(customer_id="cus_me", tag_id="tag_1", note=None)
TAG: Json = {
    "id": "tag_1",
    "customerId": "cus_me",
    "productId": "prd_1",
    "note": None,
    "labels": [],
    "priceWhenTagged": {"amount": "1.00", "currencyCode": "EUR"},
    "priceDropped": False,
    "backInStock": False,
    "taggedAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-01T00:00:00Z",
    "source": None,
}


async def _send(respond: Respond) -> Tag:
    return await _send_by(service_client("recs", httpx.MockTransport(respond), retries=5, hedge_quantile=0.5))


async def _send_by(client: ServiceClient, seconds: float = 1.0) -> Tag:
    deadline = asyncio.get_running_loop().time() + seconds
    return await client.commands.send(UPDATE_TAG, BODY, "key-1", deadline=deadline)


async def test_it_is_sent_once_with_its_key_and_deadline_and_nothing_that_was_not_set() -> None:
    sent: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=TAG)

    assert (await _send(respond)).id == "tag_1"
    (request,) = sent
    assert request.url.path == "/v1/tags:update"
    assert request.content == b'{"customerId":"cus_me","tagId":"tag_1","note":null}'
    assert request.headers["idempotency-key"] == "key-1"
    assert 900 < int(request.headers["x-request-timeout-ms"]) <= 1000
    # A connection of its own.
    assert request.headers["connection"] == "close"


@pytest.mark.parametrize("status", [404, 409, 422])
async def test_a_refusal_says_why(status: int) -> None:
    with pytest.raises(CommandRefusedError) as caught:
        await _send(lambda _: httpx.Response(status, json={"code": "ANY_CODE", "more": 1}))
    assert caught.value.code == "ANY_CODE"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, DownstreamRefusedError),
        (401, DownstreamRefusedError),
        (404, DownstreamRefusedError),
        (409, DownstreamRefusedError),
        (413, DownstreamRefusedError),
        (415, DownstreamRefusedError),
        (422, DownstreamRefusedError),
        (429, DownstreamOverloadedError),
        (503, DownstreamOverloadedError),
    ],
)
async def test_after_these_answers_nothing_was_changed(status: int, error: type[DownstreamError]) -> None:
    with pytest.raises(error):
        await _send(lambda _: httpx.Response(status, text="no problem details"))


@pytest.mark.parametrize(
    ("error", "expected"),
    [(httpx.ConnectError, DownstreamUnavailableError), (httpx.ConnectTimeout, DownstreamTimeoutError)],
)
async def test_what_was_never_sent_has_changed_nothing(
    error: type[httpx.TransportError], expected: type[DownstreamError]
) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        raise error("127.0.0.1 says no")

    with pytest.raises(expected):
        await _send(respond)


async def test_what_has_no_time_left_is_not_sent() -> None:
    client = service_client("recs", httpx.MockTransport(lambda _: httpx.Response(200, json=TAG)))
    with pytest.raises(DownstreamTimeoutError):
        await _send_by(client, seconds=0)
    assert client.counters.attempts == 0


async def test_a_service_that_is_busy_or_left_alone_is_sent_none() -> None:
    going, ended = asyncio.Event(), asyncio.Event()

    async def respond(_: httpx.Request) -> httpx.Response:
        going.set()
        await ended.wait()
        return httpx.Response(500)

    client = service_client("recs", httpx.MockTransport(respond), connections=1, queue=0, breaker_failures=1)
    first = asyncio.create_task(_send_by(client))
    await going.wait()
    with pytest.raises(DownstreamRejectedError):
        await _send_by(client)
    ended.set()
    with pytest.raises(OutcomeUnknownError):
        await first
    assert client.is_degraded
    with pytest.raises(DownstreamRejectedError):
        await _send_by(client)
    assert client.counters.attempts == 1


async def test_what_waits_for_its_turn_until_its_deadline_has_changed_nothing() -> None:
    async def respond(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.2)
        return httpx.Response(200, json=TAG)

    client = service_client("recs", httpx.MockTransport(respond), connections=1, queue=1, queue_seconds=60)
    first = asyncio.create_task(_send_by(client))
    await asyncio.sleep(0)
    with pytest.raises(DownstreamTimeoutError):
        await _send_by(client, seconds=0.02)
    assert (await first).id == "tag_1"
    assert client.counters.attempts == 1


@pytest.mark.parametrize("status", [404, 409, 422, 429, 500, 503])
async def test_nothing_is_sent_a_second_time(status: int) -> None:
    sent = 0

    def respond(_: httpx.Request) -> httpx.Response:
        nonlocal sent
        sent += 1
        return httpx.Response(status, json={"code": "ANY_CODE"})

    with pytest.raises((CommandRefusedError, DownstreamError, OutcomeUnknownError)):
        await _send(respond)
    assert sent == 1


async def test_refusals_do_not_tell_against_the_service() -> None:
    client = service_client(
        "recs", httpx.MockTransport(lambda _: httpx.Response(409, json={"code": "ANY_CODE"})), breaker_failures=1
    )
    for _ in range(3):
        with pytest.raises(CommandRefusedError):
            await _send_by(client)
    assert not client.is_degraded
    assert client.counters.failures == {}


@pytest.mark.parametrize(
    "answer",
    [
        *(httpx.Response(status) for status in (201, 202, 204, 206, 302, 307, 403, 405, 408, 418, 499, 500, 501, 502)),
        httpx.Response(504, json={"code": "DEADLINE_EXCEEDED"}),
        httpx.Response(200, content=b"{"),
        httpx.Response(200, json=TAG | {"labels": None}),
        httpx.Response(
            200, content=json.dumps(TAG).encode()[:-1] + b',"more":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        ),
        httpx.Response(200, json=TAG | {"customerId": "cus_other"}),
    ],
    ids=lambda answer: f"{answer.status_code} {answer.content[:1]!r}",
)
async def test_after_these_nobody_knows(answer: httpx.Response, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(OutcomeUnknownError):
        await _send(lambda _: answer)
    assert "cus_" not in caplog.text


@pytest.mark.parametrize("error", [httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadTimeout])
async def test_a_connection_that_breaks_after_sending_leaves_it_open(error: type[httpx.TransportError]) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        raise error("broken")

    with pytest.raises(OutcomeUnknownError):
        await _send(respond)


async def test_an_answer_that_is_late_is_not_waited_for() -> None:
    async def respond(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        return httpx.Response(200, json=TAG)

    client = service_client("recs", httpx.MockTransport(respond))
    with pytest.raises(OutcomeUnknownError):
        await _send_by(client, seconds=0.02)
    assert client.in_flight == 0


async def test_a_command_goes_out_on_a_connection_of_its_own_and_leaves_none_behind() -> None:
    async with rig() as one:
        assert await one.name() == "S"
        one.proxy.fault = answering(json.dumps(TAG).encode())
        assert (await _send_by(one.client)).id == "tag_1"
        one.proxy.fault = good
        assert await one.name() == "S"
        # The reads share the one that was kept.
        assert one.transport.connections == 1
        assert one.proxy.accepted == 2


async def test_a_command_is_not_lost_on_a_connection_that_the_service_has_just_closed() -> None:
    async with rig() as one:
        assert await one.name() == "S"
        one.proxy.drop()
        one.proxy.fault = answering(json.dumps(TAG).encode())
        assert (await _send_by(one.client)).id == "tag_1"
