"""No read looks at every row of a table that grows with the number of customers."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from services.common.app import Service
from services.common.batch import Endpoint
from services.common.database import Reader, Scalar, open_read_only
from services.common.search import Page, Query
from services.order.orders import OrderFilter, OrderQuery
from services.order.service import ORDER
from services.payment.service import PAYMENT
from services.payment.transaction import TransactionFilter, TransactionQuery
from services.recs.service import RECS
from services.recs.suggestion import SuggestionFilter, SuggestionQuery
from services.recs.tag import TagFilter, TagQuery

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Explaining(Reader):
    """Runs each statement and keeps its plan."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection, Event(), NOW)
        self.plans: list[tuple[str, list[str]]] = []

    def rows(self, sql: str, parameters: Sequence[Scalar] = ()) -> list[Any]:
        plan = [row[3] for row in super().rows(f"EXPLAIN QUERY PLAN {sql}", parameters)]
        self.plans.append((sql, plan))
        return super().rows(sql, parameters)


def scans(plan: list[str]) -> list[str]:
    """Return the steps that read a whole table: all SCANs but those of a JSON parameter or of rows already found."""
    allowed = re.compile(r"SCAN (json_each|asked|CONSTANT ROW|\d+ )")
    return [step for step in plan if step.startswith("SCAN") and not allowed.match(step)]


@pytest.fixture
def explaining(data: Path, request: pytest.FixtureRequest) -> Iterator[Explaining]:
    with closing(open_read_only(data / f"{request.param}.sqlite")) as connection:
        yield Explaining(connection)


KEYS = ["cus_ada", "ord_full", "ord_1", "shm_1", "ret_1", "chk_1", "pay_2", "rfd_1", "tag_a", "sug_a", "#1001"]


@pytest.mark.parametrize(
    ("explaining", "service"), [(each.name, each) for each in (ORDER, PAYMENT, RECS)], indirect=["explaining"]
)
def test_reads_by_key_use_indices(explaining: Explaining, service: Service) -> None:
    for endpoint in service.endpoints:
        if not endpoint.path.endswith(":search"):
            endpoint.read(explaining, KEYS)
    for sql, plan in explaining.plans:
        assert scans(plan) == [], sql


def positions(reader: Reader, endpoint: Endpoint[Any, Any], query: Query) -> list[str]:
    answer = endpoint.read(reader, [query])["q"]
    assert isinstance(answer, Page)
    return answer.positions


def windows(kind: type[Query], sort: str, **more: object) -> list[Query]:
    base: dict[str, Any] = {"ref": "q", "customer_id": "cus_ada", "limit": 1, "sort": sort} | more
    return [kind(**base), kind(**base, backward=True), kind(**base, descending=False)]


SEARCHES: list[tuple[str, str, type[Query], str, dict[str, object]]] = [
    ("order", "/v1/orders:search", OrderQuery, "PLACED_AT", {}),
    ("order", "/v1/orders:search", OrderQuery, "UPDATED_AT", {}),
    ("order", "/v1/orders:search", OrderQuery, "TOTAL", {}),
    ("order", "/v1/orders:search", OrderQuery, "PLACED_AT", {"filter": OrderFilter(status=["UNPAID"], archived=False)}),
    ("order", "/v1/orders:search", OrderQuery, "PLACED_AT", {"search": "lamp"}),
    ("payment", "/v1/transactions:search", TransactionQuery, "CREATED_AT", {}),
    (
        "payment",
        "/v1/transactions:search",
        TransactionQuery,
        "CREATED_AT",
        {"filter": TransactionFilter(kind=["CHARGE"])},
    ),
    ("recs", "/v1/tags:search", TagQuery, "TAGGED_AT", {}),
    ("recs", "/v1/tags:search", TagQuery, "PRICE_DROP", {"search": "lamp"}),
    ("recs", "/v1/tags:search", TagQuery, "TAGGED_AT", {"filter": TagFilter(labels=["gift"], price_dropped=True)}),
    ("recs", "/v1/suggestions:search", SuggestionQuery, "SCORE", {}),
    ("recs", "/v1/suggestions:search", SuggestionQuery, "SCORE", {"filter": SuggestionFilter(placement=["HOME"])}),
]


@pytest.mark.parametrize(("explaining", "path", "kind", "sort", "more"), SEARCHES, indirect=["explaining"])
def test_searches_use_indices(
    explaining: Explaining, path: str, kind: type[Query], sort: str, more: dict[str, object]
) -> None:
    endpoint = next(each for service in (ORDER, PAYMENT, RECS) for each in service.endpoints if each.path == path)
    for query in windows(kind, sort, **more):
        for position in positions(explaining, endpoint, query)[:1]:
            for query_on in windows(kind, sort, **more, after=position) + windows(kind, sort, **more, before=position):
                endpoint.read(explaining, [query_on])
    assert explaining.plans
    for sql, plan in explaining.plans:
        assert scans(plan) == [], sql


@pytest.mark.parametrize("explaining", ["order"], indirect=True)
@pytest.mark.parametrize("sort", ["PLACED_AT", "UPDATED_AT", "TOTAL"])
def test_a_page_without_filter_is_read_in_index_order(explaining: Explaining, sort: str) -> None:
    endpoint = next(each for each in ORDER.endpoints if each.path == "/v1/orders:search")
    (position,) = positions(explaining, endpoint, windows(OrderQuery, sort)[0])
    endpoint.read(explaining, [*windows(OrderQuery, sort, after=position)[:1]])
    index = f"orders_by_{sort.lower()}"
    pages = [plan for sql, plan in explaining.plans if "LIMIT ?" in sql]
    assert len(pages) == 2
    for plan in pages:
        assert len(plan) == 1, plan
        assert f"USING COVERING INDEX {index} (customer_id=?" in plan[0]


@pytest.mark.parametrize("explaining", ["order"], indirect=True)
def test_a_batch_of_searches_reads_each_child_table_once(explaining: Explaining) -> None:
    endpoint = next(each for each in ORDER.endpoints if each.path == "/v1/orders:search")
    queries = [
        OrderQuery(ref=f"q{number}", customer_id="cus_ada" if number % 2 else "cus_bo", limit=20)
        for number in range(20)
    ]
    endpoint.read(explaining, queries)
    statements = [sql for sql, _ in explaining.plans]
    per_query = [sql for sql in statements if "LIMIT ?" in sql or "count(*)" in sql]
    assert (len(per_query), len(statements) - len(per_query)) == (40, 9)
