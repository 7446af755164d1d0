import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from services.common.command import KEPT
from services.people import NEWCOMER, PEOPLE, SHOPPER, STAFF, TROUBLED
from services.seed import NOW, VERSION, ensure_copy, ensure_seed
from services.seed.moving import move_on, times
from tests.services.seed_rules import BROKEN, ENUMS

SCALE = 0.02
DATABASES = ("order", "payment", "recs")

SPLIT = """
    SELECT order_id FROM shipments WHERE order_id IN (SELECT value FROM json_each(?))
    GROUP BY order_id HAVING count(*) > 1
"""


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ensure_seed(tmp_path_factory.mktemp("seed"), _quiet, scale=SCALE)


@pytest.fixture
def world(seed: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(seed / "order.sqlite")) as connection:
        for name in ("payment", "recs"):
            connection.execute(f"ATTACH DATABASE ? AS {name}", (str(seed / f"{name}.sqlite"),))
        yield connection


@pytest.mark.parametrize("rule", BROKEN)
def test_holds(world: sqlite3.Connection, rule: str) -> None:
    assert world.execute(BROKEN[rule], {"now": NOW} if ":now" in BROKEN[rule] else {}).fetchall() == []


@pytest.mark.parametrize("name", DATABASES)
def test_every_constraint_of_the_migrations_holds(seed: Path, name: str) -> None:
    with closing(sqlite3.connect(seed / f"{name}.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("name", DATABASES)
def test_indices_are_those_of_the_migrations(seed: Path, name: str) -> None:
    script = (Path(__file__).parents[2] / "services" / name / "migrations" / "0001_initial.sql").read_text()
    query = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    with closing(sqlite3.connect(":memory:")) as empty, closing(sqlite3.connect(seed / f"{name}.sqlite")) as database:
        empty.executescript(script)
        assert database.execute(query).fetchall() == empty.execute(query).fetchall()


@pytest.mark.parametrize("column", ENUMS, ids=".".join)
def test_every_state_of_the_contract_occurs(seed: Path, column: tuple[str, str, str]) -> None:
    name, table, field = column
    with closing(sqlite3.connect(seed / f"{name}.sqlite")) as database:
        # Names of our own, from the table above.
        query = f"SELECT DISTINCT {field} FROM {table} WHERE {field} IS NOT NULL"  # noqa: S608
        assert {value for (value,) in database.execute(query)} == set(ENUMS[column].split())


def test_two_builds_are_the_same_row_by_row(seed: Path, tmp_path: Path) -> None:
    again = ensure_seed(tmp_path / "again", _quiet, scale=SCALE)
    assert {name: _digest(again / f"{name}.sqlite") for name in DATABASES} == {
        name: _digest(seed / f"{name}.sqlite") for name in DATABASES
    }


def test_demo_people_are_customers(world: sqlite3.Connection) -> None:
    found = dict(world.execute("SELECT id, display_name FROM customers").fetchall())
    assert {person.id: found[person.id] for person in PEOPLE} == {person.id: person.name for person in PEOPLE}
    assert [person for person in PEOPLE if person.scope] == [STAFF]


def test_shopper_has_everything(world: sqlite3.Connection) -> None:
    orders = world.execute(
        "SELECT status, shop_id, currency, id FROM orders WHERE customer_id = ? ORDER BY placed_at DESC, id DESC",
        (SHOPPER.id,),
    ).fetchall()
    newest = orders[:20]
    assert len(orders) >= 400
    assert {order[0] for order in orders} == set(ENUMS["order", "orders", "status"].split())
    assert len({order[0] for order in newest}) >= 8
    assert len({order[1] for order in newest}) >= 15
    assert len({order[2] for order in newest}) >= 6
    ids = json.dumps([order[3] for order in newest])
    assert len(world.execute(SPLIT, (ids,)).fetchall()) >= 2
    for table in ("returns", "payment.refunds"):
        query = f"SELECT DISTINCT order_id FROM {table} WHERE order_id IN (SELECT value FROM json_each(?))"  # noqa: S608
        assert len(world.execute(query, (ids,)).fetchall()) >= 2
    titles = world.execute("SELECT title FROM line_items WHERE order_id IN (SELECT value FROM json_each(?))", (ids,))
    assert sum(not title.isascii() for (title,) in titles) >= 8
    assert _count(world, "recs.tags", SHOPPER.id) >= 80
    assert _count(world, "recs.suggestions", SHOPPER.id) >= 30


def test_newcomer_has_nothing_but_trends(world: sqlite3.Connection) -> None:
    empty = (
        "orders",
        "returns",
        "checkouts",
        "payment.transactions",
        "payment.payment_methods",
        "recs.tags",
        "recs.views",
    )
    assert {table: _count(world, table, NEWCOMER.id) for table in empty} == dict.fromkeys(empty, 0)
    reasons = world.execute("SELECT DISTINCT reason FROM recs.suggestions WHERE customer_id = ?", (NEWCOMER.id,))
    assert reasons.fetchall() == [("TRENDING",)]


def test_troubled_person_has_trouble(world: sqlite3.Connection) -> None:
    returns = world.execute("SELECT DISTINCT status FROM returns WHERE customer_id = ?", (TROUBLED.id,)).fetchall()
    assert {status for (status,) in returns} == {"REQUESTED", "OPEN", "DECLINED", "CANCELED", "CLOSED"}
    payments = world.execute(
        "SELECT DISTINCT kind, status FROM payment.transactions WHERE customer_id = ?", (TROUBLED.id,)
    ).fetchall()
    assert {
        ("CHARGE", "ACTION_REQUIRED"),
        ("CHARGE", "FAILURE"),
        ("CHARGEBACK", "SUCCESS"),
        ("CHARGEBACK", "PENDING"),
    } <= set(payments)
    parcels = world.execute("SELECT DISTINCT status FROM shipments WHERE customer_id = ?", (TROUBLED.id,)).fetchall()
    assert {status for (status,) in parcels} >= {"DELAYED", "ATTEMPTED_DELIVERY", "FAILURE"}


def test_ids_have_the_contracts_form_and_one_width(world: sqlite3.Connection) -> None:
    prefixes = {
        "customers": "cus",
        "orders": "ord",
        "line_items": "itm",
        "shops": "shop",
        "products": "prd",
        "shipments": "shm",
        "returns": "ret",
        "checkouts": "chk",
        "invoices": "inv",
        "timeline_events": "evt",
        "payment.transactions": "pay",
        "payment.refunds": "rfd",
        "payment.payment_methods": "pm",
        "recs.tags": "tag",
        "recs.suggestions": "sug",
        "recs.views": "view",
    }
    for table, prefix in prefixes.items():
        ids = [value for (value,) in world.execute(f"SELECT id FROM {table}")]  # noqa: S608 - names of our own
        assert ids
        assert len(set(ids)) == len(ids)
        assert {value.partition("_")[0] for value in ids} == {prefix}
        assert {len(value.partition("_")[2]) for value in ids} == {10}


def test_titles_are_of_many_scripts_and_lengths(world: sqlite3.Connection) -> None:
    titles = [title for (title,) in world.execute("SELECT title FROM products")]
    assert len(set(titles)) == len(titles)
    assert max(map(len, titles)) > 150
    for start, end in ("ぁヿ", "가힣", "اي", "Ѐџ", "Αω", "กฮ"):
        assert any(start <= letter <= end for title in titles for letter in title)


def test_nothing_that_identifies_a_card_or_reaches_a_person(seed: Path) -> None:
    for name in DATABASES:
        with closing(sqlite3.connect(seed / f"{name}.sqlite")) as database:
            text = "\n".join(database.iterdump())
        assert "@" not in text
        assert not any(len(run) >= 11 for run in "".join(c if c.isdigit() else " " for c in text).split())


def test_finished_seed_is_left_alone(seed: Path) -> None:
    before = {file.name: file.stat().st_mtime_ns for file in seed.iterdir() if file.name != "seed.lock"}
    said: list[str] = []
    ensure_seed(seed, said.append, scale=SCALE)
    assert said == [f"seed: version {VERSION} is already there, nothing to do"]
    assert {file.name: file.stat().st_mtime_ns for file in seed.iterdir() if file.name != "seed.lock"} == before


def test_unfinished_seed_is_made_again(tmp_path: Path, seed: Path) -> None:
    target = ensure_seed(tmp_path / "data", _quiet, scale=SCALE)
    (target / "seed.json").unlink()
    (target / "recs.sqlite").write_bytes(b"half a file")
    ensure_seed(target, _quiet, scale=SCALE)
    assert _digest(target / "recs.sqlite") == _digest(seed / "recs.sqlite")
    assert [file.name for file in tmp_path.iterdir()] == ["data"]


def test_two_seeders_at_once_build_once(tmp_path: Path, seed: Path) -> None:
    command = [sys.executable, "-m", "services.seed", "--data", str(tmp_path / "data"), "--scale", str(SCALE)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted("nothing to do" in text for text in said) == [False, True]
    assert _digest(tmp_path / "data" / "order.sqlite") == _digest(seed / "order.sqlite")


def test_a_copy_may_be_changed_and_stays_until_a_fresh_one_is_wanted(small_seed: Path, tmp_path: Path) -> None:
    def orders(folder: Path) -> int:
        with closing(sqlite3.connect(folder / "order.sqlite")) as connection:
            number: int = connection.execute("SELECT count(*) FROM orders WHERE archived").fetchone()[0]
            return number

    made = orders(small_seed)
    for fresh, expected in ((False, made), (False, 0), (True, made)):
        ensure_copy(small_seed, tmp_path, _quiet, fresh=fresh)
        assert orders(tmp_path) == expected
        with closing(sqlite3.connect(tmp_path / "order.sqlite")) as connection, connection:
            connection.execute("UPDATE orders SET archived = 0")
    assert orders(small_seed) == made > 0


def _order_times(folder: Path, customer: str) -> list[tuple[int, ...]]:
    sql = """
        SELECT placed_at, updated_at, max(shipments.delivered_at), max(happened_at) FROM orders
        JOIN shipments ON order_id = orders.id JOIN tracking_events ON shipment_id = shipments.id
        WHERE orders.customer_id = ? GROUP BY orders.id ORDER BY orders.id
    """
    with closing(sqlite3.connect(folder / "order.sqlite")) as connection:
        return connection.execute(sql, (customer,)).fetchall()


def test_the_demo_peoples_past_moves_on_with_the_calendar_and_nobody_elses(small_seed: Path, tmp_path: Path) -> None:
    ensure_copy(small_seed, tmp_path, _quiet)
    with closing(sqlite3.connect(tmp_path / "order.sqlite")) as connection:
        names = ",".join("?" * len(PEOPLE))
        query = f"SELECT customer_id FROM shipments WHERE customer_id NOT IN ({names})"  # noqa: S608  question marks
        (other,) = connection.execute(query, [person.id for person in PEOPLE]).fetchone()
    before, others = _order_times(tmp_path, SHOPPER.id), _order_times(tmp_path, other)
    # Five days later, an hour after that, and forty days later.
    assert [move_on(tmp_path, NOW + hours * 3600) for hours in (5 * 24, 5 * 24 + 1, 40 * 24)] == [5, 0, 35]
    moved = [tuple(value and value + 40 * 86_400 for value in row) for row in before]
    assert _order_times(tmp_path, SHOPPER.id) == moved
    assert _order_times(tmp_path, other) == others

    # Somebody has been at it for ten days more: nothing may come to lie in the future.
    with closing(sqlite3.connect(tmp_path / "recs.sqlite")) as connection, connection:
        connection.executescript(KEPT.read_text())
        did = ("tag_x", SHOPPER.id, NOW + 50 * 86_400)
        connection.execute("INSERT INTO journal (subject, customer_id, removed, changed_at) VALUES (?, ?, 0, ?)", did)
    assert [move_on(tmp_path, NOW + days * 86_400) for days in (50, 53)] == [0, 3]


@pytest.mark.parametrize("name", DATABASES)
def test_all_times_of_people_move_on(seed: Path, name: str) -> None:
    with closing(sqlite3.connect(seed / f"{name}.sqlite")) as database:
        moved = {(table, column) for table, column, _ in times(database)}
        tables = [table for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            for _, column, kind, *_ in database.execute(f"PRAGMA table_info({table})"):
                assert not (kind == "INTEGER" and column.endswith("_at")) or (table, column) in moved


def _quiet(_: str) -> None:
    pass


def _count(world: sqlite3.Connection, table: str, customer: str) -> int:
    row: tuple[int] = world.execute(
        f"SELECT count(*) FROM {table} WHERE customer_id = ?",  # noqa: S608 - names of our own
        (customer,),
    ).fetchone()
    return row[0]


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with closing(sqlite3.connect(path)) as database:
        for line in database.iterdump():
            digest.update(line.encode())
    return digest.hexdigest()
