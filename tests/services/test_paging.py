"""Seek pagination, against lists of any content: many ties, any page size, both directions."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.batch import Refusal
from services.common.database import Reader, open_read_only
from services.common.migrations import open_database
from services.order.orders import ORDERS, OrderFilter, OrderQuery
from tests.services.rows import MARCH, insert, writing

NOW = datetime(2026, 11, 24, tzinfo=UTC)

# Each example writes to a file, which on a busy machine may take long.
unhurried = settings(deadline=None)

# Few different values, so that most items tie.
Item = tuple[int, int]
items = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12)
sorts = st.sampled_from(["PLACED_AT", "UPDATED_AT", "TOTAL"])
TIMES = {"PLACED_AT": 0, "UPDATED_AT": 1, "TOTAL": 1}


class Orders:
    """Ada's orders, rewritten for each example.

    Args:
        path: The database.
        connection: Writes to it. It stays open: the last one to be closed waits for the disk.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    def replace(self, content: list[Item]) -> None:
        self._connection.execute("BEGIN")
        self._connection.execute("DELETE FROM orders")
        for number, (placed, updated) in enumerate(content):
            self.add(f"ord_{number:02}", placed, updated)
        self._connection.execute("COMMIT")

    def add(self, key: str, placed: int, updated: int) -> None:
        insert(
            self._connection,
            "orders",
            id=key,
            number=key,
            placed_at=MARCH + placed,
            updated_at=MARCH + updated,
            total_thousandths=updated,
            currency="EUR" if placed % 2 else "JPY",
            archived=placed % 2,
        )

    def page(self, query: OrderQuery) -> tuple[list[str], list[str], bool, bool, int | None]:
        """Return ids, positions, hasNext, hasPrevious and totalCount."""
        with closing(open_read_only(self._path)) as connection:
            answer = ORDERS.search(Reader(connection, Event(), NOW), [query])["q"]
        assert not isinstance(answer, Refusal)
        ids = [order.id for order in answer.items]
        return ids, answer.positions, answer.has_next, answer.has_previous, answer.total_count


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orders]:
    data = tmp_path_factory.mktemp("paging")
    with writing(data, "order") as connection:
        insert(connection, "customers", id="cus_ada", handle="ada")
        insert(connection, "shops", id="shop_1", handle="lampen")
    path = data / "order.sqlite"
    with closing(open_database(path)) as connection:
        yield Orders(path, connection)


def query(sort: str, limit: int, *, descending: bool, backward: bool = False, **more: str | None) -> OrderQuery:
    return OrderQuery(
        ref="q",
        customer_id="cus_ada",
        sort=sort,  # type: ignore[arg-type]  # drawn from the valid ones
        limit=limit,
        descending=descending,
        backward=backward,
        **more,  # type: ignore[arg-type]  # after and before
    )


def expected_order(content: list[Item], sort: str, *, descending: bool) -> list[str]:
    keys = {}
    for number, (placed, updated) in enumerate(content):
        key = f"ord_{number:02}"
        currency = "EUR" if placed % 2 else "JPY"
        keys[key] = {"PLACED_AT": (placed, key), "UPDATED_AT": (updated, key), "TOTAL": (updated, currency, key)}[sort]
    return sorted(keys, key=lambda key: keys[key], reverse=descending)


def walk(orders: Orders, sort: str, limit: int, *, descending: bool, backward: bool) -> Iterator[list[str]]:
    """Yield the pages from one end to the other, checking the flags on the way."""
    end, place = ("before", 0) if backward else ("after", -1)
    position: str | None = None
    while True:
        asked = query(sort, limit, descending=descending, backward=backward, **{end: position})
        ids, positions, has_next, has_previous, _ = orders.page(asked)
        more, came = (has_previous, has_next) if backward else (has_next, has_previous)
        assert came is (position is not None)
        yield ids
        if not more:
            return
        assert len(ids) == limit
        position = positions[place]


@unhurried
@given(content=items, sort=sorts, limit=st.integers(1, 13), descending=st.booleans())
def test_walking_forward_and_backward_are_the_whole_list(
    orders: Orders, content: list[Item], sort: str, limit: int, *, descending: bool
) -> None:
    orders.replace(content)
    whole = expected_order(content, sort, descending=descending)
    forward = list(walk(orders, sort, limit, descending=descending, backward=False))
    backward = list(walk(orders, sort, limit, descending=descending, backward=True))
    assert [key for page in forward for key in page] == whole
    assert [key for page in reversed(backward) for key in page] == whole


@unhurried
@given(content=items, sort=sorts, data=st.data(), descending=st.booleans(), backward=st.booleans())
def test_a_window_is_what_lies_between_its_ends(
    orders: Orders, content: list[Item], sort: str, data: st.DataObject, *, descending: bool, backward: bool
) -> None:
    orders.replace(content)
    whole, positions, *_, total = orders.page(query(sort, 20, descending=descending))
    assert total == len(content)
    ends = st.none() | st.integers(0, len(whole) - 1) if whole else st.none()
    after, before, limit = data.draw(ends), data.draw(ends), data.draw(st.integers(1, 13))
    first = 0 if after is None else after + 1
    last = len(whole) if before is None else before
    window = whole[first:last]
    expected = window[-limit:] if backward else window[:limit]
    asked = query(
        sort,
        limit,
        descending=descending,
        backward=backward,
        after=None if after is None else positions[after],
        before=None if before is None else positions[before],
    )
    ids, page_positions, has_next, has_previous, page_total = orders.page(asked)
    assert ids == expected
    assert page_positions == [positions[whole.index(key)] for key in ids]
    assert page_total == len(content)
    if ids:
        assert has_next is (ids[-1] != whole[-1])
        assert has_previous is (ids[0] != whole[0])
    else:
        assert has_next is (before is not None)
        assert has_previous is (after is not None)


@unhurried
@given(content=items.filter(bool), sort=sorts, new=st.tuples(st.integers(0, 3), st.integers(0, 2)))
def test_a_new_row_does_not_shift_the_next_page(orders: Orders, content: list[Item], sort: str, new: Item) -> None:
    orders.replace(content)
    whole, positions, *_ = orders.page(query(sort, 20, descending=True))
    middle = len(whole) // 2
    orders.add("ord_99", *new)
    following, *_ = orders.page(query(sort, 20, descending=True, after=positions[middle]))
    assert [key for key in following if key != "ord_99"] == whole[middle + 1 :]


def test_flags_look_at_the_filtered_list_only(orders: Orders) -> None:
    orders.replace([(0, 0), (1, 0), (2, 0)])
    asked = OrderQuery(ref="q", customer_id="cus_ada", limit=1, filter=OrderFilter(archived=True))
    ids, _, has_next, has_previous, total = orders.page(asked)
    assert (ids, has_next, has_previous, total) == (["ord_01"], False, False, 1)


def test_a_position_outlives_its_item(orders: Orders) -> None:
    orders.replace([(0, 0), (1, 0), (2, 0)])
    _, positions, *_ = orders.page(query("PLACED_AT", 3, descending=True))
    orders.replace([(0, 0)])
    ids, _, has_next, has_previous, _ = orders.page(query("PLACED_AT", 3, descending=True, after=positions[1]))
    assert (ids, has_next, has_previous) == (["ord_00"], False, False)
