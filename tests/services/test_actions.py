from datetime import UTC, datetime, timedelta

import pytest

from services.order.actions import OrderState, OrderStatus, available_actions, refusal

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def state(
    status: OrderStatus,
    *,
    delivered_days_ago: float | None = None,
    refundable: bool = True,
    return_open: bool = False,
    archived: bool = False,
    in_stock: bool = True,
) -> OrderState:
    return OrderState(
        customer_id="cus_ada",
        status=status,
        delivered_at=None if delivered_days_ago is None else NOW - timedelta(days=delivered_days_ago),
        archived=archived,
        refundable=refundable,
        return_open=return_open,
        in_stock=in_stock,
    )


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
    assert refusal("CONFIRM_RECEIPT", completed, NOW) == "ALREADY_CONFIRMED"


@pytest.mark.parametrize(
    ("days", "code"),
    [(0, None), (30, None), (30.0001, "RETURN_WINDOW_CLOSED"), (-0.0001, "NOT_DELIVERED"), (None, "NOT_DELIVERED")],
)
def test_the_return_window_is_thirty_days_from_delivery(days: float | None, code: str | None) -> None:
    completed = state("COMPLETED", delivered_days_ago=days)
    assert refusal("REQUEST_RETURN", completed, NOW) == code
    assert ("REQUEST_RETURN" in available_actions(completed, NOW)) is (code is None)


def test_nothing_refundable_or_an_open_return_rules_out_another_return() -> None:
    kept = state("COMPLETED", delivered_days_ago=1, refundable=False)
    under_way = state("COMPLETED", delivered_days_ago=1, return_open=True)
    assert available_actions(kept, NOW) == ["REORDER", "ARCHIVE"]
    assert refusal("REQUEST_RETURN", kept, NOW) == "NOTHING_RETURNABLE"
    assert available_actions(under_way, NOW) == ["CANCEL_RETURN", "REORDER", "ARCHIVE"]
    assert refusal("REQUEST_RETURN", under_way, NOW) == "RETURN_UNDER_WAY"


def test_nothing_can_be_ordered_again_while_all_of_it_is_sold_out() -> None:
    sold_out = state("IN_TRANSIT", in_stock=False)
    assert available_actions(sold_out, NOW) == []
    assert refusal("REORDER", sold_out, NOW) == "OUT_OF_STOCK"


def test_an_archived_order_can_be_brought_back_but_not_archived_again() -> None:
    archived = state("CANCELLED", archived=True)
    assert available_actions(archived, NOW) == ["REORDER", "UNARCHIVE"]
    assert refusal("ARCHIVE", archived, NOW) == "ALREADY_ARCHIVED"
