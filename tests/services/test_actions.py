from datetime import UTC, datetime, timedelta

import pytest

from services.order.actions import OrderState, OrderStatus, available_actions

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def state(
    status: OrderStatus,
    *,
    delivered_days_ago: float | None = None,
    refundable: bool = True,
    return_open: bool = False,
    archived: bool = False,
) -> OrderState:
    delivered_at = None if delivered_days_ago is None else NOW - timedelta(days=delivered_days_ago)
    return OrderState(status, delivered_at, refundable, return_open, archived)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("UNPAID", ["PAY", "CANCEL"]),
        ("ON_HOLD", ["CANCEL", "REORDER"]),
        ("AWAITING_SHIPMENT", ["CANCEL", "REORDER"]),
        ("PARTIALLY_SHIPPED", ["REORDER"]),
        ("AWAITING_COLLECTION", ["REORDER"]),
        ("IN_TRANSIT", ["REORDER"]),
        ("CANCELLED", ["REORDER", "ARCHIVE"]),
    ],
)
def test_each_status_before_delivery_has_its_actions(status: OrderStatus, expected: list[str]) -> None:
    assert available_actions(state(status), NOW) == expected


def test_a_delivered_order_can_be_confirmed_and_returned() -> None:
    delivered = state("DELIVERED", delivered_days_ago=3)
    assert available_actions(delivered, NOW) == ["REQUEST_RETURN", "CONFIRM_RECEIPT", "REORDER", "ARCHIVE"]


def test_a_completed_order_can_still_be_returned() -> None:
    completed = state("COMPLETED", delivered_days_ago=3)
    assert available_actions(completed, NOW) == ["REQUEST_RETURN", "REORDER", "ARCHIVE"]


@pytest.mark.parametrize(("days", "allowed"), [(0, True), (30, True), (30.0001, False), (-0.0001, False)])
def test_the_return_window_is_thirty_days_from_delivery(days: float, *, allowed: bool) -> None:
    actions = available_actions(state("COMPLETED", delivered_days_ago=days), NOW)
    assert ("REQUEST_RETURN" in actions) is allowed


def test_nothing_refundable_or_an_open_return_rules_out_another_return() -> None:
    kept = state("COMPLETED", delivered_days_ago=1, refundable=False)
    under_way = state("COMPLETED", delivered_days_ago=1, return_open=True)
    assert available_actions(kept, NOW) == ["REORDER", "ARCHIVE"]
    assert available_actions(under_way, NOW) == ["REORDER", "ARCHIVE"]


def test_an_archived_order_can_be_brought_back_but_not_archived_again() -> None:
    assert available_actions(state("CANCELLED", archived=True), NOW) == ["REORDER", "UNARCHIVE"]
