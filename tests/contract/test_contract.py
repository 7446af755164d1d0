"""The embedded services meet the contract, and the checks find services that do not."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.contract.client import Finding
from services.contract.rules import check
from services.people import PEOPLE, SHOPPER, TROUBLED
from tests.support import plain
from tests.support.services import ServiceProcess, copied, free_port

pytestmark = pytest.mark.long

CUSTOMERS = [SHOPPER.id, TROUBLED.id]
SERVICES = ("order", "payment", "recs")

Json = dict[str, Any]
Alter = Callable[[str, list[Json], list[Json]], list[Json]]


@pytest.fixture(scope="module")
def services(small_seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, ServiceProcess]]:
    """Services that may keep the keys of commands."""
    data = copied(small_seed, tmp_path_factory.mktemp("contract") / "data")
    processes = {name: ServiceProcess(name, data) for name in SERVICES}
    yield {name: process.start() for name, process in processes.items()}
    for process in processes.values():
        process.stop()


@pytest.mark.parametrize("name", SERVICES)
def test_an_embedded_service_keeps_the_rules_and_answers_generated_requests(
    services: Mapping[str, ServiceProcess], name: str
) -> None:
    process = services[name]
    customers = [option for person in PEOPLE for option in ("--customer", person.id)]
    ended = subprocess.run(
        [sys.executable, "-m", "services.contract", name, process.url, *customers],
        env=os.environ | {"SERVICE_TOKEN": process.token},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "✓ all batch rules are kept" in ended.stdout
    assert "No issues found" in ended.stdout
    assert process.token not in ended.stdout + ended.stderr


def test_a_service_that_is_not_there_is_a_finding() -> None:
    with plain.Client(base_url=f"http://127.0.0.1:{free_port()}") as http:
        findings = check("recs", http, "token", [])
    assert Finding("recs", "answers at all (ConnectError)") in findings


class Altered(httpx.HTTPTransport):
    """A real service whose rows are changed on the way."""

    def __init__(self, alter: Alter) -> None:
        super().__init__(verify=plain.NO_TLS)
        self._alter = alter

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if response.status_code != 200 or request.method != "POST" or "idempotency-key" in request.headers:
            return response
        content = json.loads(response.read())
        response.close()
        content["rows"] = self._alter(request.url.path, json.loads(request.content)["keys"], content["rows"])
        return httpx.Response(200, json=content, request=request)


@pytest.fixture
def found(services: Mapping[str, ServiceProcess]) -> Callable[[str, Alter], set[str]]:
    def findings(name: str, alter: Alter) -> set[str]:
        process = services[name]
        with plain.Client(base_url=process.url, transport=Altered(alter)) as http:
            return {finding.rule for finding in check(name, http, process.token, CUSTOMERS)}

    return findings


def pages(rows: list[Json]) -> list[Json]:
    return [row["value"] for row in rows if "items" in row.get("value", {})]


def test_nothing_is_found_where_nothing_is_altered(found: Callable[[str, Alter], set[str]]) -> None:
    assert found("recs", lambda _path, _keys, rows: rows) == set()


def test_rows_in_another_order_are_no_finding(found: Callable[[str, Alter], set[str]]) -> None:
    assert found("recs", lambda _path, _keys, rows: rows[::-1]) == set()


def test_rows_given_twice_are_found(found: Callable[[str, Alter], set[str]]) -> None:
    assert "a key is answered once" in found("recs", lambda _path, _keys, rows: rows + rows)


def test_rows_nobody_asked_for_are_found(found: Callable[[str, Alter], set[str]]) -> None:
    def alter(path: str, _: list[Json], rows: list[Json]) -> list[Json]:
        return rows if path.endswith(":search") else [*rows, {"key": "tag_more", "value": {"id": "tag_more"}}]

    assert "what does not exist has no row" in found("recs", alter)


def test_rows_left_out_are_found(found: Callable[[str, Alter], set[str]]) -> None:
    def alter(path: str, _: list[Json], rows: list[Json]) -> list[Json]:
        return rows if path.endswith(":search") else rows[1:]

    assert "reads the same as the search, whatever the order of keys" in found("payment", alter)


def test_another_persons_items_are_found(found: Callable[[str, Alter], set[str]]) -> None:
    def alter(_: str, __: list[Json], rows: list[Json]) -> list[Json]:
        for page in pages(rows):
            for item in page["items"][:1]:
                item["customerId"] = "cus_other"
        return rows

    assert "VIEWED_AT descending: one owner" in found("recs", alter)


def test_pages_that_skip_an_item_are_found(found: Callable[[str, Alter], set[str]]) -> None:
    def alter(_: str, keys: list[Json], rows: list[Json]) -> list[Json]:
        for page in pages(rows):
            if "after" in keys[0]:
                page["items"], page["positions"] = page["items"][1:], page["positions"][1:]
        return rows

    rules = found("recs", alter)
    assert "VIEWED_AT descending: pages forward make the whole list" in rules
    assert "VIEWED_AT descending: pages backward make the whole list" not in rules


def test_flags_that_ignore_what_is_beyond_the_window_are_found(found: Callable[[str, Alter], set[str]]) -> None:
    def alter(_: str, __: list[Json], rows: list[Json]) -> list[Json]:
        for page in pages(rows):
            page["hasPrevious"] = False
        return rows

    assert "VIEWED_AT descending: the flags look beyond the window" in found("recs", alter)


def test_positions_that_are_taken_whatever_they_say_are_found(found: Callable[[str, Alter], set[str]]) -> None:
    def alter(_: str, __: list[Json], rows: list[Json]) -> list[Json]:
        return [row if "value" in row else {"key": row["key"], "value": {}} for row in rows]

    rules = found("recs", alter)
    assert "a made-up `after` is INVALID_POSITION, other queries are not" in rules
    assert "a position of TAGGED_AT is INVALID_POSITION for PRICE_DROP" in rules
    assert "two different queries under one ref: INVALID_ARGUMENT" in rules


def test_money_in_another_form_is_found(found: Callable[[str, Alter], set[str]]) -> None:
    def alter(_: str, __: list[Json], rows: list[Json]) -> list[Json]:
        text = json.dumps(rows).replace('"amount": "', '"amount": "0')
        changed: list[Json] = json.loads(text)
        return changed

    assert "money is a decimal string with the currency's number of decimals" in found("payment", alter)


def test_times_with_fractions_are_found(found: Callable[[str, Alter], set[str]]) -> None:
    def alter(_: str, __: list[Json], rows: list[Json]) -> list[Json]:
        changed: list[Json] = json.loads(json.dumps(rows).replace('Z"', '.000Z"'))
        return changed

    assert "createdAt is a time in UTC with whole seconds" in found("payment", alter)


class Forgetting(httpx.HTTPTransport):
    """A real service that takes every command for a new one."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if "idempotency-key" in request.headers and len(request.headers["idempotency-key"]) == 32:
            request.headers["idempotency-key"] = secrets.token_hex(16)
        return super().handle_request(request)


def test_a_service_that_forgets_keys_is_found(services: Mapping[str, ServiceProcess]) -> None:
    process = services["payment"]
    with plain.Client(base_url=process.url, transport=Forgetting(verify=plain.NO_TLS)) as http:
        rules = {finding.rule for finding in check("payment", http, process.token, [])}
    assert rules == {"another request under the same key: 422, not 404"}


class Careless(httpx.HTTPTransport):
    """A real service that needs no key."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith(":batchGet"):
            request.headers.setdefault("idempotency-key", secrets.token_hex(16))
        return super().handle_request(request)


def test_a_service_that_needs_no_key_is_found(services: Mapping[str, ServiceProcess]) -> None:
    process = services["payment"]
    with plain.Client(base_url=process.url, transport=Careless(verify=plain.NO_TLS)) as http:
        rules = {finding.rule for finding in check("payment", http, process.token, [])}
    assert rules == {"no Idempotency-Key: 400, not 404"}
