"""What an answer to a command says: done, refused, not done, or nobody knows."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from downstream.command import CommandClient, CommandRefusedError, OutcomeUnknownError
from downstream.errors import (
    DownstreamError,
    DownstreamOverloadedError,
    DownstreamRefusedError,
    DownstreamUnavailableError,
)
from downstream.tag import UPDATE_TAG, Tag, UpdateTag

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
    "source": None,
}


async def _send(respond: Respond) -> Tag:
    http = httpx.AsyncClient(transport=httpx.MockTransport(respond), base_url="http://service.example")
    return await CommandClient("recs", http, timeout=1.0).send(UPDATE_TAG, BODY, "key-1")


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
    assert request.headers["x-request-timeout-ms"] == "1000"


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
        (405, DownstreamRefusedError),
        (415, DownstreamRefusedError),
        (429, DownstreamOverloadedError),
        (503, DownstreamOverloadedError),
    ],
)
async def test_after_these_answers_nothing_was_changed(status: int, error: type[DownstreamError]) -> None:
    with pytest.raises(error):
        await _send(lambda _: httpx.Response(status, text="no problem details"))


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout])
async def test_what_was_never_sent_has_changed_nothing(error: type[httpx.TransportError]) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        raise error("127.0.0.1 says no")

    with pytest.raises(DownstreamUnavailableError):
        await _send(respond)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(502),
        httpx.Response(504, json={"code": "DEADLINE_EXCEEDED"}),
        httpx.Response(200, content=b"{"),
        httpx.Response(200, json=TAG | {"labels": None}),
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


async def test_an_answer_that_is_late_is_not_waited_for_and_is_left_to_come() -> None:
    ended = asyncio.Event()

    async def respond(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.1)
        ended.set()
        return httpx.Response(200, json=TAG)

    http = httpx.AsyncClient(transport=httpx.MockTransport(respond), base_url="http://service.example")
    with pytest.raises(OutcomeUnknownError):
        await CommandClient("recs", http, timeout=0.02).send(UPDATE_TAG, BODY, "key-1")
    assert not ended.is_set()
    await asyncio.wait_for(ended.wait(), 5)
