"""What is believed of a service's answer: right id, right owner, right types; everything else is dropped or refused."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import httpx
import pytest

from downstream.endpoint import MAX_KEYS, Entity, Fetched
from downstream.errors import (
    DownstreamError,
    DownstreamMalformedError,
    DownstreamOverloadedError,
    DownstreamRefusedError,
    DownstreamTimeoutError,
    DownstreamUnavailableError,
    KeyRefusedError,
)
from downstream.payment import PAYMENT_METHOD_BY_ID
from downstream.record import Owned
from downstream.shop import SHOP_BY_ID
from downstream.tag import TAGS_BY_CUSTOMER, TagQuery
from tests.support.downstream import service_client

K = TypeVar("K")
V = TypeVar("V")
Json = dict[str, Any]

# Deeper than Python's stack.
NESTED = b"[" * 100_000 + b"]" * 100_000


def _shop(identifier: str, **changes: object) -> Json:
    value = {
        "id": identifier,
        "name": "S",
        "handle": "s",
        "logoUrl": None,
        "url": "https://s",
        "rating": 4.5,
        "verified": True,
    }
    return {"key": identifier, "value": value | changes}


def _method(name: str, owner: str, **changes: object) -> Json:
    value = {
        "id": name, "customerId": owner, "method": "CARD", "brand": "Visa", "last4": "4242", "expiryMonth": 1,
        "expiryYear": 2030, "isDefault": True, "createdAt": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    return {"key": name, "value": value | changes}


class Client:
    """A client of the order service that gives each call a second."""

    def __init__(self, answer: Callable[[httpx.Request], Any]) -> None:
        self.service = service_client("order", httpx.MockTransport(answer))

    async def fetch(self, endpoint: Entity[K, V], keys: Sequence[K], *, seconds: float = 1.0) -> Fetched[K, V]:
        return await self.service.fetch(endpoint, keys, deadline=asyncio.get_running_loop().time() + seconds)


def _client(answer: Callable[[httpx.Request], Any]) -> Client:
    return Client(answer)


def _rows(*rows: Json) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(200, json={"rows": rows})


async def test_rows_are_matched_by_id_in_any_order_and_unasked_missing_and_repeated_ones_are_told_apart() -> None:
    client = _client(_rows(_shop("shop_b"), _shop("shop_x"), _shop("shop_a"), _shop("shop_a", name="again")))
    found = await client.fetch(SHOP_BY_ID, ["shop_a", "shop_b", "shop_c"])
    assert {key: shop.name for key, shop in found.values.items()} == {"shop_a": "S", "shop_b": "S"}
    assert found.failures == {}
    counters = client.service.counters
    assert (counters.missing, counters.unasked, counters.duplicated, counters.foreign) == (1, 1, 1, 0)


async def test_a_row_under_anothers_key_is_dropped() -> None:
    client = _client(_rows(_shop("shop_b") | {"key": "shop_a"}))
    assert await client.fetch(SHOP_BY_ID, ["shop_a"]) == Fetched()
    assert client.service.counters.foreign == 1


async def test_a_foreign_row_is_dropped_and_counted_without_naming_anybody(caplog: pytest.LogCaptureFixture) -> None:
    client = _client(_rows(_method("pm_1", "cus_other")))
    assert await client.fetch(PAYMENT_METHOD_BY_ID, [Owned("pm_1", "cus_me")]) == Fetched()
    assert client.service.counters.foreign == 1
    assert "dropped 1" in caplog.text
    assert "cus_" not in caplog.text
    staff = await client.fetch(PAYMENT_METHOD_BY_ID, [Owned("pm_1", None)])
    assert list(staff.values) == [Owned("pm_1", None)]


async def test_the_same_id_for_two_people_is_asked_once_and_answered_to_its_owner() -> None:
    asked: list[Json] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return httpx.Response(200, json={"rows": [_method("pm_1", "cus_a")]})

    found = await _client(answer).fetch(PAYMENT_METHOD_BY_ID, [Owned("pm_1", "cus_a"), Owned("pm_1", "cus_b")])
    assert asked == [{"keys": ["pm_1"]}]
    assert list(found.values) == [Owned("pm_1", "cus_a")]


def _page(items: list[Json], customer: str = "cus_a", **changes: object) -> Json:
    page = {"customerId": customer, "items": items, "positions": ["p"] * len(items), "hasNext": False,
            "hasPrevious": False, "totalCount": None}  # fmt: skip
    return page | changes


def _tag(owner: str) -> Json:
    return {"id": "tag_1", "customerId": owner, "productId": "prd_1", "note": None, "labels": [], "priceWhenTagged":
            {"amount": "1.00", "currencyCode": "EUR"}, "priceDropped": False, "backInStock": False,
            "taggedAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z", "source": None}  # fmt: skip


@pytest.mark.parametrize(
    "page",
    [
        _page([], "cus_b"),
        _page([_tag("cus_b")]),
        _page([_tag("cus_a")], positions=[]),
        _page([_tag("cus_a")] * 3),
    ],
)
async def test_a_page_with_anything_of_somebody_elses_or_out_of_shape_is_malformed(
    page: Json, caplog: pytest.LogCaptureFixture
) -> None:
    query = TagQuery(customer_id="cus_a", limit=2)
    found = await _client(_rows({"key": "0", "value": page})).fetch(TAGS_BY_CUSTOMER, [query])
    assert (found.values, found.raw) == ({}, {})
    assert isinstance(found.failures[query], DownstreamMalformedError)
    assert "1 keys without a row that answers them" in caplog.text
    assert "cus_" not in caplog.text
    good = {"key": "0", "value": _page([_tag("cus_a")])}
    assert list((await _client(_rows(good)).fetch(TAGS_BY_CUSTOMER, [query])).values) == [query]


async def test_a_search_without_a_row_fails_alone() -> None:
    """Who has nothing has an empty page: what is left out is not known."""
    queries = [TagQuery(customer_id="cus_a", limit=2), TagQuery(customer_id="cus_b", limit=2)]
    found = await _client(_rows({"key": "1", "value": _page([], "cus_b")})).fetch(TAGS_BY_CUSTOMER, queries)
    assert list(found.values) == queries[1:]
    assert {key: type(failure) for key, failure in found.failures.items()} == {queries[0]: DownstreamMalformedError}


async def test_new_fields_and_enum_values_pass_and_the_document_is_what_was_sent() -> None:
    row = _method("pm_1", "cus_a", method="TELEPATHY", colour="red")
    found = await _client(_rows(row)).fetch(PAYMENT_METHOD_BY_ID, [Owned("pm_1", "cus_a")])
    key = Owned("pm_1", "cus_a")
    assert found.values[key].method.name == "UNKNOWN"
    assert json.loads(bytes(found.raw[key])) == row["value"]


async def test_a_row_with_an_error_is_refused_whatever_else_it_says() -> None:
    row = _shop("shop_a") | {"error": {"code": "INVALID_ARGUMENT", "message": "no"}}
    found = await _client(_rows(row)).fetch(SHOP_BY_ID, ["shop_a"])
    assert found.values == {}
    assert isinstance(found.failures["shop_a"], KeyRefusedError)


async def test_a_refused_key_is_that_keys_alone() -> None:
    client = _client(_rows(_shop("shop_a"), {"key": "shop_b", "error": {"code": "INVALID_ARGUMENT", "message": "no"}}))
    found = await client.fetch(SHOP_BY_ID, ["shop_a", "shop_b"])
    assert list(found.values) == ["shop_a"]
    refused = found.failures["shop_b"]
    assert isinstance(refused, KeyRefusedError)
    assert refused.code == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad gateway</html>",
        b'{"rows": [',
        b'{"rows": {}}',
        json.dumps({"rows": [_shop("shop_a", rating=float("nan"))]}).encode(),
        b'{"rows": [{"key": "shop_a", "value": %b}]}' % NESTED,
    ],
    ids=range(6),
)
async def test_an_answer_of_another_form_is_malformed_and_its_body_is_not_logged(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DownstreamMalformedError):
        await _client(lambda _: httpx.Response(200, content=body)).fetch(SHOP_BY_ID, ["shop_a"])
    assert "The order service gave an answer that cannot be used" in caplog.text
    assert "html" not in caplog.text


@pytest.mark.parametrize(
    "row",
    [
        b'{"key": "shop_a"}',
        json.dumps(_shop("shop_a", rating="five")).encode(),
        json.dumps(_shop("shop_a", name=None)).encode(),
        b'{"key": "shop_a", "value": {"id": "\xff"}}',
    ],
)
async def test_a_value_of_another_form_fails_its_key_alone_and_is_not_logged(
    row: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    body = b'{"rows": [%b, %b]}' % (row, json.dumps(_shop("shop_b")).encode())
    found = await _client(lambda _: httpx.Response(200, content=body)).fetch(SHOP_BY_ID, ["shop_a", "shop_b"])
    assert isinstance(found.failures["shop_a"], DownstreamMalformedError)
    assert list(found.values) == ["shop_b"]
    assert "The order service gave an answer that cannot be used" in caplog.text
    assert "five" not in caplog.text


@pytest.mark.parametrize("digits", ["4242424242424242", "424", "4242\n", "٤٢٤٢"])
async def test_anything_but_four_digits_of_a_card_is_malformed(digits: str) -> None:
    key = Owned("pm_1", "cus_a")
    found = await _client(_rows(_method("pm_1", "cus_a", last4=digits))).fetch(PAYMENT_METHOD_BY_ID, [key])
    assert isinstance(found.failures[key], DownstreamMalformedError)
    assert found.values == {}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, DownstreamUnavailableError),
        (502, DownstreamUnavailableError),
        (503, DownstreamOverloadedError),
        (429, DownstreamOverloadedError),
        (504, DownstreamTimeoutError),
        (400, DownstreamRefusedError),
        (401, DownstreamRefusedError),
        (301, DownstreamRefusedError),
    ],
)
async def test_each_status_is_its_own_error(status: int, error: type[DownstreamError]) -> None:
    with pytest.raises(error) as failed:
        await _client(lambda _: httpx.Response(status)).fetch(SHOP_BY_ID, ["shop_a"])
    assert failed.value.service == "order"


async def test_a_call_that_is_late_ends_at_its_deadline() -> None:
    async def answer(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return httpx.Response(200, json={"rows": []})

    async with asyncio.timeout(10):
        with pytest.raises(DownstreamTimeoutError):
            await _client(answer).fetch(SHOP_BY_ID, ["shop_a"], seconds=0.1)


async def test_a_call_after_its_deadline_is_not_made() -> None:
    asked: list[httpx.Request] = []
    with pytest.raises(DownstreamTimeoutError):
        await _client(asked.append).fetch(SHOP_BY_ID, ["shop_a"], seconds=0)
    assert asked == []


async def test_what_is_left_and_many_keys_go_out_as_the_contract_says() -> None:
    asked: list[tuple[int, int]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((int(request.headers["x-request-timeout-ms"]), len(json.loads(request.content)["keys"])))
        return httpx.Response(200, json={"rows": []})

    await _client(answer).fetch(SHOP_BY_ID, [f"shop_{number}" for number in range(MAX_KEYS + 1)], seconds=30)
    assert sorted(count for _, count in asked) == [1, MAX_KEYS]
    assert all(25_000 < left <= 30_000 for left, _ in asked)


async def test_one_of_many_calls_that_fails_fails_all_and_leaves_none_behind() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        if len(json.loads(request.content)["keys"]) == MAX_KEYS:
            await asyncio.sleep(60)
        return httpx.Response(400)

    client = _client(answer)
    with pytest.raises(DownstreamRefusedError):
        await client.fetch(SHOP_BY_ID, [f"shop_{number}" for number in range(MAX_KEYS + 1)], seconds=30)
    assert client.service.in_flight == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
