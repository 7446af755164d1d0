"""Goods that go back."""

from dataclasses import dataclass
from typing import Final

from services.seed.accounts import Account, take_back
from services.seed.baskets import Basket, Line
from services.seed.clock import HOUR, MINUTE, NOW
from services.seed.courses import Course, ReturnCourse
from services.seed.dice import Dice, Weighted
from services.seed.plots import Plot


@dataclass(slots=True, eq=False)
class ReturnCase:
    """One return as far as it has come; `paid_back` is in minor units."""

    course: ReturnCourse
    status: str
    reason: str
    note: str | None
    decline_reason: str | None
    items: list[tuple[Line, int]]
    paid_back: int | None = None

    @property
    def closed_at(self) -> int | None:
        """When it came to its end, if it has."""
        return self.course.closed if self.status in {"CLOSED", "DECLINED", "CANCELED"} else None

    @property
    def updated_at(self) -> int:
        """When it last changed."""
        return max(
            moment for moment in (self.course.requested, self.course.decided, self.course.closed) if moment <= NOW
        )


_REASONS: Final = Weighted(
    [
        ("SIZE_OR_FIT", 30),
        ("CHANGED_MIND", 22),
        ("DAMAGED", 16),
        ("NOT_AS_DESCRIBED", 12),
        ("DEFECTIVE", 10),
        ("WRONG_ITEM", 6),
        ("OTHER", 4),
    ]
)
_SHOPS_FAULT: Final = {"DAMAGED", "DEFECTIVE", "WRONG_ITEM"}
_NOTES: Final = {
    "SIZE_OR_FIT": "One size too small.",
    "CHANGED_MIND": "It does not go with the rest of the room.",
    "DAMAGED": "The box was crushed and the corner is chipped.",
    "NOT_AS_DESCRIBED": "The colour looks different from the pictures.",
    "DEFECTIVE": "It stopped working on the second day.",
    "WRONG_ITEM": "I got something that somebody else must be missing.",
    "OTHER": "It was a present and we now have two.",
}
_DECLINED: Final = (
    "The item shows signs of use.",
    "The hygiene seal was opened.",
    "Made-to-measure goods cannot be returned.",
    "The pictures show no defect.",
)


def returned(plot: Plot, course: Course, basket: Basket, account: Account, dice: Dice) -> list[ReturnCase]:
    """Play the returns of an order until now; refunds go to the account."""
    cases: list[ReturnCase] = []
    for end, timed in zip(plot.returns, course.returns, strict=False):
        items = _items(basket, dice) if timed.requested <= NOW else []
        if items:
            cases.append(_case(end, timed, items, dice))
        if items and cases[-1].status == "CLOSED":
            _refund(cases[-1], basket, account, dice)
    return cases


def show_goodwill(course: Course, basket: Basket, account: Account, dice: Dice) -> None:
    """Pay a little back, without anything being returned."""
    amount = basket.total * dice.between(5, 20) // 100
    account.refund(
        course.delivered + dice.between(20, 90) * HOUR, amount, "With apologies for the trouble.", [], 2 * HOUR
    )


def _items(basket: Basket, dice: Dice) -> list[tuple[Line, int]]:
    left = [line for line in basket.lines if line.refunded < line.quantity]
    lines = dice.few(left, dice.between(1, len(left))) if dice.chance(0.3) else left[:1]
    return [(line, dice.between(1, line.quantity - line.refunded)) for line in lines]


def _case(end: str, timed: ReturnCourse, items: list[tuple[Line, int]], dice: Dice) -> ReturnCase:
    status = end if timed.closed <= NOW else "OPEN"
    if timed.decided > NOW:
        status = "REQUESTED"
    reason = dice.weighted(_REASONS)
    return ReturnCase(
        course=timed,
        status=status,
        reason=reason,
        note=_NOTES[reason] if dice.chance(0.5) else None,
        decline_reason=dice.pick(_DECLINED) if status == "DECLINED" else None,
        items=items,
    )


def _refund(case: ReturnCase, basket: Basket, account: Account, dice: Dice) -> None:
    items = [take_back(basket, line, quantity) for line, quantity in case.items]
    amount = sum([worth for _, _, worth in items])
    # When everything goes back and it is the shop's fault, it pays for the way, too.
    if case.reason in _SHOPS_FAULT and all(line.refunded == line.quantity for line in basket.lines):
        amount = account.refundable
    reason = f"Return: {case.reason.replace('_', ' ').lower()}"
    wait = dice.between(10, 60) * HOUR
    # Within the minute in which the return was closed, so that a closed return always has its refund.
    case.paid_back = account.refund(case.course.closed, amount, reason, items, wait + MINUTE)
