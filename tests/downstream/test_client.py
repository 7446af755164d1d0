"""What is believed of a service's answer: right id, right owner, right types; everything else is dropped or refused."""

import asyncio
import json
import math
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from downstream.client import ServiceClient
from downstream.endpoint import MAX_KEYS, Document
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

Json = dict[str, Any]


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


def _client(answer: Callable[[httpx.Request], httpx.Response], timeout: float = 1.0) -> ServiceClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://service.example")
    return ServiceClient("order", http, timeout=timeout)


def _rows(*rows: Json) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(200, json={"rows": rows})


async def test_rows_are_matched_by_id_in_any_order_and_unasked_missing_and_repeated_ones_are_told_apart() -> None:
    client = _client(_rows(_shop("shop_b"), _shop("shop_x"), _shop("shop_a"), _shop("shop_a", name="again")))
    found = await client.fetch(SHOP_BY_ID, ["shop_a", "shop_b", "shop_c"], deadline=math.inf)
    assert {key: one.value.name for key, one in found.items() if isinstance(one, Document)} == {
        "shop_a": "S",
        "shop_b": "S",
    }


async def test_a_row_under_anothers_key_is_dropped() -> None:
    row = _shop("shop_b") | {"key": "shop_a"}
    assert await _client(_rows(row)).fetch(SHOP_BY_ID, ["shop_a"], deadline=math.inf) == {}


async def test_a_foreign_row_is_dropped_and_counted_without_naming_anybody(caplog: pytest.LogCaptureFixture) -> None:
    client = _client(_rows(_method("pm_1", "cus_other")))
    assert await client.fetch(PAYMENT_METHOD_BY_ID, [Owned("pm_1", "cus_me")], deadline=math.inf) == {}
    assert "dropped 1" in caplog.text
    assert "cus_" not in caplog.text
    staff = await client.fetch(PAYMENT_METHOD_BY_ID, [Owned("pm_1", None)], deadline=math.inf)
    assert list(staff) == [Owned("pm_1", None)]


async def test_the_same_id_for_two_people_is_asked_once_and_answered_to_its_owner() -> None:
    asked: list[Json] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return httpx.Response(200, json={"rows": [_method("pm_1", "cus_a")]})

    found = await _client(answer).fetch(
        PAYMENT_METHOD_BY_ID, [Owned("pm_1", "cus_a"), Owned("pm_1", "cus_b")], deadline=math.inf
    )
    assert asked == [{"keys": ["pm_1"]}]
    assert list(found) == [Owned("pm_1", "cus_a")]


def _page(items: list[Json], customer: str = "cus_a", **changes: object) -> Json:
    page = {"customerId": customer, "items": items, "positions": ["p"] * len(items), "hasNext": False,
            "hasPrevious": False, "totalCount": None}  # fmt: skip
    return page | changes


def _tag(owner: str) -> Json:
    return {"id": "tag_1", "customerId": owner, "productId": "prd_1", "note": None, "labels": [], "priceWhenTagged":
            {"amount": "1.00", "currencyCode": "EUR"}, "priceDropped": False, "backInStock": False,
            "taggedAt": "2026-01-01T00:00:00Z", "source": None}  # fmt: skip


@pytest.mark.parametrize(
    "page",
    [
        _page([], "cus_b"),
        _page([_tag("cus_b")]),
        _page([_tag("cus_a")], positions=[]),
        _page([_tag("cus_a")] * 3),
    ],
)
async def test_a_page_with_anything_of_somebody_elses_or_out_of_shape_is_dropped_whole(page: Json) -> None:
    query = TagQuery(customer_id="cus_a", limit=2)
    assert await _client(_rows({"key": "0", "value": page})).fetch(TAGS_BY_CUSTOMER, [query], deadline=math.inf) == {}
    good = {"key": "0", "value": _page([_tag("cus_a")])}
    assert list(await _client(_rows(good)).fetch(TAGS_BY_CUSTOMER, [query], deadline=math.inf)) == [query]


async def test_new_fields_and_enum_values_pass_and_the_document_is_what_was_sent() -> None:
    row = _method("pm_1", "cus_a", method="TELEPATHY", colour="red")
    found = await _client(_rows(row)).fetch(PAYMENT_METHOD_BY_ID, [Owned("pm_1", "cus_a")], deadline=math.inf)
    document = found[Owned("pm_1", "cus_a")]
    assert isinstance(document, Document)
    assert document.value.method.name == "UNKNOWN"
    assert json.loads(document.raw) == row["value"]


async def test_a_refused_key_is_that_keys_alone() -> None:
    client = _client(_rows(_shop("shop_a"), {"key": "shop_b", "error": {"code": "INVALID_ARGUMENT", "message": "no"}}))
    found = await client.fetch(SHOP_BY_ID, ["shop_a", "shop_b"], deadline=math.inf)
    assert isinstance(found["shop_a"], Document)
    refused = found["shop_b"]
    assert isinstance(refused, KeyRefusedError)
    assert refused.code == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad gateway</html>",
        b'{"rows": [',
        b'{"rows": {}}',
        b'{"rows": [{"key": "shop_a"}]}',
        json.dumps({"rows": [_shop("shop_a", rating="five")]}).encode(),
        json.dumps({"rows": [_shop("shop_a", name=None)]}).encode(),
        json.dumps({"rows": [_shop("shop_a", rating=float("nan"))]}).encode(),
        b'{"rows": [{"key": "shop_a", "value": {"id": "\xff"}}]}',
    ],
)
async def test_an_answer_of_another_form_is_malformed_and_its_body_is_not_logged(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DownstreamMalformedError):
        await _client(lambda _: httpx.Response(200, content=body)).fetch(SHOP_BY_ID, ["shop_a"], deadline=math.inf)
    assert "order" in caplog.text
    assert "html" not in caplog.text
    assert "five" not in caplog.text


async def test_more_digits_of_a_card_than_four_are_malformed() -> None:
    row = _method("pm_1", "cus_a", last4="4242424242424242")
    with pytest.raises(DownstreamMalformedError):
        await _client(_rows(row)).fetch(PAYMENT_METHOD_BY_ID, [Owned("pm_1", "cus_a")], deadline=math.inf)


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
        await _client(lambda _: httpx.Response(status)).fetch(SHOP_BY_ID, ["shop_a"], deadline=math.inf)
    assert failed.value.service == "order"


async def test_a_call_that_is_late_ends_at_its_time() -> None:
    async def answer(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.5)
        return httpx.Response(200, json={"rows": []})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://service.example")
    began = asyncio.get_running_loop().time()
    with pytest.raises(DownstreamTimeoutError):
        await ServiceClient("order", http, timeout=0.1).fetch(SHOP_BY_ID, ["shop_a"], deadline=math.inf)
    assert asyncio.get_running_loop().time() - began < 0.4


async def test_the_deadline_and_many_keys_go_out_as_the_contract_says() -> None:
    asked: list[tuple[str, int]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.headers["x-request-timeout-ms"], len(json.loads(request.content)["keys"])))
        return httpx.Response(200, json={"rows": []})

    await _client(answer, timeout=1.5).fetch(
        SHOP_BY_ID, [f"shop_{number}" for number in range(MAX_KEYS + 1)], deadline=math.inf
    )
    assert sorted(asked) == [("1500", 1), ("1500", MAX_KEYS)]
