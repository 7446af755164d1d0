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

SCALE = 0.02
DATABASES = ("order", "payment", "recs")

ENUMS = {
    ("order", "orders", "status"): "UNPAID ON_HOLD AWAITING_SHIPMENT PARTIALLY_SHIPPED AWAITING_COLLECTION IN_TRANSIT"
    " DELIVERED COMPLETED CANCELLED",
    ("order", "orders", "financial_status"): "PENDING AUTHORIZED PARTIALLY_PAID PAID PARTIALLY_REFUNDED REFUNDED VOIDED"
    " EXPIRED",
    ("order", "orders", "fulfillment_status"): "UNFULFILLED PARTIALLY_FULFILLED FULFILLED",
    ("order", "orders", "cancel_reason"): "CUSTOMER INVENTORY PAYMENT FRAUD OTHER",
    ("order", "line_items", "source_channel"): "VIDEO LIVE SHOP SEARCH ORDER_CENTER",
    ("order", "shipments", "status"): "CONFIRMED LABEL_PURCHASED CARRIER_PICKED_UP IN_TRANSIT OUT_FOR_DELIVERY"
    " ATTEMPTED_DELIVERY DELAYED DELIVERED READY_FOR_PICKUP PICKED_UP FAILURE",
    ("order", "tracking_events", "status"): "CONFIRMED LABEL_PURCHASED CARRIER_PICKED_UP IN_TRANSIT OUT_FOR_DELIVERY"
    " ATTEMPTED_DELIVERY DELAYED DELIVERED READY_FOR_PICKUP PICKED_UP FAILURE",
    (
        "order",
        "timeline_events",
        "kind",
    ): "PLACED PAYMENT_AUTHORIZED PAID PAYMENT_FAILED ON_HOLD RELEASED PACKED SHIPPED"
    " READY_FOR_COLLECTION DELIVERED RECEIPT_CONFIRMED CANCELLED RETURN_REQUESTED RETURN_UPDATED REFUNDED NOTE",
    ("order", "timeline_events", "actor"): "CUSTOMER SHOP CARRIER PAYMENT_PROVIDER SUPPORT SYSTEM",
    ("order", "returns", "status"): "REQUESTED OPEN DECLINED CANCELED CLOSED",
    ("order", "returns", "reason"): "DAMAGED DEFECTIVE WRONG_ITEM NOT_AS_DESCRIBED SIZE_OR_FIT CHANGED_MIND OTHER",
    ("order", "checkouts", "state"): "OPEN ABANDONED",
    ("payment", "ledgers", "financial_status"): "PENDING AUTHORIZED PARTIALLY_PAID PAID PARTIALLY_REFUNDED REFUNDED"
    " VOIDED EXPIRED",
    ("payment", "transactions", "kind"): "AUTHORIZATION CHARGE REFUND VOID CHARGEBACK",
    ("payment", "transactions", "status"): "PENDING SUCCESS FAILURE ACTION_REQUIRED",
    ("payment", "transactions", "method"): "CARD WALLET BANK_TRANSFER PAY_LATER GIFT_CARD CASH_ON_DELIVERY",
    ("recs", "suggestions", "reason"): "BOUGHT_TOGETHER SIMILAR TAGGED_BEFORE TRENDING VIEWED",
    ("recs", "suggestions", "placement"): "ORDER_CENTER ORDER_DETAIL CHECKOUT HOME",
    ("recs", "tags", "source_channel"): "VIDEO LIVE SHOP SEARCH ORDER_CENTER",
}

# What must not be: each query finds the rows that break a rule.
BROKEN = {
    "the total is the sum of its parts": """
        SELECT id FROM orders WHERE total <> subtotal - total_discount + total_shipping + total_tax + total_tip""",
    "subtotal and discount are those of the lines": """
        SELECT o.id FROM orders o JOIN line_items l ON l.order_id = o.id GROUP BY o.id
        HAVING o.subtotal <> sum(l.unit_price * l.quantity) OR o.total_discount <> sum(l.total_discount)""",
    "a line's discounts add up": """
        SELECT l.id FROM line_items l LEFT JOIN discounts d ON d.line_item_id = l.id GROUP BY l.id
        HAVING l.total_discount <> coalesce(sum(d.amount), 0)""",
    "every order has lines, and bills are positive": """
        SELECT id FROM orders o WHERE total <= 0 OR id NOT IN (SELECT order_id FROM line_items)""",
    "an order is of one shop": """
        SELECT l.id FROM line_items l JOIN orders o ON o.id = l.order_id JOIN products p ON p.id = l.product_id
        JOIN shops s ON s.id = o.shop_id
        WHERE p.shop_id <> s.id OR p.currency <> s.currency OR o.currency <> s.currency""",
    "orders have a ledger that says the same": """
        SELECT o.id FROM orders o LEFT JOIN payment.ledgers p ON p.order_id = o.id
        WHERE (p.customer_id, p.total, p.currency, p.financial_status)
            IS NOT (o.customer_id, o.total, o.currency, o.financial_status)""",
    "a ledger is the sum of its transactions": """
        SELECT p.order_id FROM payment.ledgers p LEFT JOIN payment.transactions t ON t.order_id = p.order_id
        GROUP BY p.order_id HAVING (p.authorized, p.captured, p.refunded) IS NOT (
            coalesce(sum(t.amount) FILTER (WHERE t.kind = 'AUTHORIZATION' AND t.status = 'SUCCESS'), 0),
            coalesce(sum(t.amount) FILTER (WHERE t.kind = 'CHARGE' AND t.status = 'SUCCESS'), 0),
            coalesce(sum(t.amount) FILTER (WHERE t.kind = 'REFUND' AND t.status = 'SUCCESS'), 0))""",
    "nothing is charged twice": "SELECT order_id FROM payment.ledgers WHERE captured > total OR refunded > captured",
    "outstanding is what was not charged, or nothing once cancelled": """
        SELECT o.id FROM orders o JOIN payment.ledgers p ON p.order_id = o.id
        WHERE p.outstanding <> CASE o.status WHEN 'CANCELLED' THEN 0 ELSE p.total - p.captured END""",
    "the financial status follows from the sums": """
        SELECT order_id FROM payment.ledgers WHERE NOT CASE financial_status
            WHEN 'PENDING' THEN captured = 0 AND authorized = 0
            WHEN 'AUTHORIZED' THEN captured = 0 AND authorized > 0
            WHEN 'PARTIALLY_PAID' THEN captured BETWEEN 1 AND total - 1 AND refunded = 0
            WHEN 'PAID' THEN captured = total AND refunded = 0 AND outstanding = 0
            WHEN 'PARTIALLY_REFUNDED' THEN refunded BETWEEN 1 AND captured - 1
            WHEN 'REFUNDED' THEN refunded = captured AND captured > 0
            ELSE captured = 0 AND outstanding = 0 END""",
    "unpaid orders are not paid": """
        SELECT o.id FROM orders o JOIN payment.ledgers p ON p.order_id = o.id
        WHERE o.status = 'UNPAID' AND (p.captured <> 0 OR p.authorized <> 0 OR p.outstanding <> p.total)""",
    "what has arrived is paid": """
        SELECT o.id FROM orders o JOIN payment.ledgers p ON p.order_id = o.id
        WHERE o.status IN ('DELIVERED', 'COMPLETED') AND p.captured <> p.total""",
    "only failures have a reason": """
        SELECT id FROM payment.transactions WHERE (failure_reason IS NULL) = (status = 'FAILURE')""",
    "a refund has its transaction": """
        SELECT r.id FROM payment.refunds r LEFT JOIN payment.transactions t ON t.id = r.transaction_id
        WHERE (t.kind, t.amount, t.order_id) IS NOT ('REFUND', r.amount, r.order_id)""",
    "and the other way round": """
        SELECT id FROM payment.transactions
        WHERE kind = 'REFUND' AND id NOT IN (SELECT transaction_id FROM payment.refunds)""",
    "a refund's items are worth no more than it": """
        SELECT r.id FROM payment.refunds r JOIN payment.refund_items i ON i.refund_id = r.id
        GROUP BY r.id HAVING sum(i.amount) > r.amount""",
    "what was refunded cannot be refunded again": """
        SELECT l.id FROM line_items l JOIN payment.refund_items i ON i.line_item_id = l.id
        GROUP BY l.id HAVING l.refundable_quantity + sum(i.quantity) > l.quantity""",
    "nothing is refundable before it is paid": """
        SELECT l.id FROM line_items l JOIN payment.ledgers p ON p.order_id = l.order_id
        WHERE l.refundable_quantity > 0 AND p.captured = 0""",
    "fulfilled is what has left": """
        SELECT l.id FROM line_items l LEFT JOIN shipment_items i ON i.line_item_id = l.id
            LEFT JOIN shipments s ON s.id = i.shipment_id GROUP BY l.id
        HAVING l.fulfilled_quantity <> coalesce(sum(i.quantity) FILTER (
            WHERE s.status <> 'FAILURE' AND (s.shipped_at IS NOT NULL OR s.status = 'PICKED_UP')), 0)""",
    "the fulfilment status follows from the lines": """
        SELECT o.id FROM orders o JOIN line_items l ON l.order_id = o.id GROUP BY o.id
        HAVING o.fulfillment_status <> CASE sum(l.fulfilled_quantity)
            WHEN 0 THEN 'UNFULFILLED' WHEN sum(l.quantity) THEN 'FULFILLED' ELSE 'PARTIALLY_FULFILLED' END""",
    "what is delivered has arrived as a whole": """
        SELECT o.id FROM orders o WHERE (status IN ('DELIVERED', 'COMPLETED')) <> (delivered_at IS NOT NULL)
            OR delivered_at IS NOT NULL AND (fulfillment_status <> 'FULFILLED' OR EXISTS (
                SELECT 1 FROM shipments s WHERE s.order_id = o.id
                AND s.status NOT IN ('DELIVERED', 'PICKED_UP', 'FAILURE')))""",
    "what is cancelled has not arrived": """
        SELECT o.id FROM orders o WHERE status = 'CANCELLED' AND (fulfillment_status <> 'UNFULFILLED'
            OR EXISTS (SELECT 1 FROM shipments s WHERE s.order_id = o.id AND s.delivered_at IS NOT NULL))""",
    "what is partially shipped has more to come": """
        SELECT id FROM orders WHERE status = 'PARTIALLY_SHIPPED' AND fulfillment_status <> 'PARTIALLY_FULFILLED'""",
    "what is on its way has left": """
        SELECT id FROM orders WHERE status = 'IN_TRANSIT' AND fulfillment_status <> 'FULFILLED'""",
    "what waits to be collected is ready": """
        SELECT o.id FROM orders o WHERE status = 'AWAITING_COLLECTION' AND NOT EXISTS (
            SELECT 1 FROM shipments s WHERE s.order_id = o.id AND s.status = 'READY_FOR_PICKUP')""",
    "a shipment is where its last event was": """
        SELECT s.id FROM shipments s WHERE status IS NOT (
            SELECT e.status FROM tracking_events e WHERE e.shipment_id = s.id ORDER BY position DESC LIMIT 1)
            OR (delivered_at IS NOT NULL) <> (status IN ('DELIVERED', 'PICKED_UP'))""",
    "a shipment is of its order's customer and lines": """
        SELECT s.id FROM shipments s JOIN orders o ON o.id = s.order_id JOIN shipment_items i ON i.shipment_id = s.id
        JOIN line_items l ON l.id = i.line_item_id
        WHERE s.customer_id <> o.customer_id OR l.order_id <> o.id OR i.quantity > l.quantity""",
    "tracking runs forward, until now": """
        SELECT a.shipment_id FROM tracking_events a LEFT JOIN tracking_events b
            ON b.shipment_id = a.shipment_id AND b.position = a.position + 1
        WHERE a.happened_at > :now OR a.happened_at > b.happened_at""",
    "timelines run forward, until now, and begin with the order": """
        SELECT a.order_id FROM timeline_events a JOIN orders o ON o.id = a.order_id LEFT JOIN timeline_events b
            ON b.order_id = a.order_id AND b.position = a.position + 1
        WHERE a.happened_at > :now OR a.happened_at > b.happened_at
            OR (a.position = 0) <> (a.kind = 'PLACED') OR a.position = 0 AND a.happened_at <> o.placed_at""",
    "an order that was cancelled, paid or delivered says so": """
        SELECT o.id FROM orders o LEFT JOIN timeline_events e ON e.order_id = o.id GROUP BY o.id HAVING
            max(e.kind = 'CANCELLED') <> (o.status = 'CANCELLED')
            OR max(e.kind = 'DELIVERED') < (o.delivered_at IS NOT NULL)
            OR max(e.kind = 'RECEIPT_CONFIRMED') <> (o.received_at IS NOT NULL)
            OR max(e.kind = 'PAID') < (o.financial_status IN ('PAID', 'PARTIALLY_PAID', 'REFUNDED'))
            OR max(e.kind = 'REFUNDED') < (o.financial_status IN ('REFUNDED', 'PARTIALLY_REFUNDED'))""",
    "returns follow a delivery and go no further than the purchase": """
        SELECT r.id FROM returns r JOIN orders o ON o.id = r.order_id JOIN return_items i ON i.return_id = r.id
        JOIN line_items l ON l.id = i.line_item_id
        WHERE coalesce(r.requested_at < o.delivered_at, 1) OR i.quantity > l.quantity OR l.order_id <> o.id
            OR r.customer_id <> o.customer_id OR r.requested_at > o.delivered_at + 30 * 86400""",
    "a return's dates and money follow from its status": """
        SELECT id FROM returns WHERE (closed_at IS NULL) <> (status IN ('REQUESTED', 'OPEN'))
            OR (decline_reason IS NULL) = (status = 'DECLINED') OR (refund_amount IS NULL) = (status = 'CLOSED')
            OR updated_at > :now""",
    "times lie in order": """
        SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id
        WHERE o.placed_at < c.member_since OR o.updated_at < o.placed_at OR o.updated_at > :now
            OR o.placed_at < :now - 1096 * 86400""",
    "totals of all currencies sort by amount": """
        SELECT id FROM orders WHERE total_thousandths <> total * CASE
            WHEN currency IN ('JPY', 'KRW') THEN 1000 WHEN currency IN ('KWD', 'BHD') THEN 1 ELSE 10 END""",
    "a checkout costs what is in it": """
        SELECT c.id FROM checkouts c JOIN checkout_items i ON i.checkout_id = c.id
        GROUP BY c.id HAVING c.total <> sum(i.quantity * i.unit_price)""",
    "recs knows the catalogue": """
        SELECT p.id FROM products p LEFT JOIN recs.products r ON r.id = p.id
        WHERE (r.title, r.currency, r.price, r.in_stock) IS NOT (p.title, p.currency, p.price, p.in_stock)""",
    "a suggestion is for something new that can be bought": """
        SELECT s.id FROM recs.suggestions s JOIN products p ON p.id = s.product_id
        WHERE NOT p.in_stock OR s.because_product_id = s.product_id""",
    "a suggestion's order is the customer's, with the product it follows from": """
        SELECT s.id FROM recs.suggestions s LEFT JOIN orders o ON o.id = s.because_order_id
        WHERE s.because_order_id IS NOT NULL AND (o.customer_id <> s.customer_id OR NOT EXISTS (
            SELECT 1 FROM line_items l WHERE l.order_id = o.id AND l.product_id = s.because_product_id))
            OR s.reason = 'BOUGHT_TOGETHER' AND s.because_order_id IS NULL""",
    "what was tagged before is a tag": """
        SELECT s.id FROM recs.suggestions s WHERE s.reason = 'TAGGED_BEFORE' AND NOT EXISTS (
            SELECT 1 FROM recs.tags t WHERE t.customer_id = s.customer_id AND t.product_id = s.because_product_id)""",
}

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
