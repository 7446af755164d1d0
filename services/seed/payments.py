"""How an order is paid, and paid back when it is cancelled."""

from typing import Final

from services.seed.accounts import Account, all_units
from services.seed.baskets import Basket
from services.seed.clock import DAY, HOUR, MINUTE, NOW
from services.seed.courses import NEVER, Course
from services.seed.dice import Dice
from services.seed.plots import Plot
from services.seed.wallets import Means, Wallet, means

DECLINES: Final = (
    "Your bank declined the card.",
    "The card has expired.",
    "There was not enough money on the account.",
    "The security code did not match.",
    "Your bank could not be reached. Please try again later.",
)
_UNCONFIRMED: Final = "The payment was not confirmed in your banking app in time."
_NO_TRANSFER: Final = "Your transfer did not arrive in time."

CANCEL_WORDS: Final = {
    "CUSTOMER": "You cancelled the order.",
    "INVENTORY": "The shop could not supply the goods.",
    "PAYMENT": "The payment did not arrive in time.",
    "FRAUD": "The order was stopped for your safety.",
    "OTHER": "The order could not be completed.",
}


def pay(plot: Plot, course: Course, basket: Basket, kept: Wallet, dice: Dice) -> Account:
    """Book everything that was tried and paid for an order until now."""
    cancelled = course.cancelled <= NOW
    account = Account(basket.total, cancelled, expired=cancelled and course.accepted == NEVER)
    if plot.pay == "CASH_ON_DELIVERY":
        account.book(course.delivered, "CHARGE", account.total, means(plot.pay, kept, dice))
    elif plot.pay == "BANK_TRANSFER":
        _transfer(account, course, means(plot.pay, kept, dice))
    else:
        _checkout(account, plot, course, basket, kept, dice)
    if cancelled:
        _undo(account, plot, course, basket, dice)
    if plot.trouble in {"CHARGEBACK", "DISPUTE"} and not plot.returns:
        _dispute(account, plot, course)
    account.transactions.sort(key=lambda each: each.at)
    return account


def cancel_reason(plot: Plot, course: Course) -> str:
    """Say why an order was cancelled."""
    if course.accepted == NEVER:
        return "PAYMENT"
    return plot.cancel or "OTHER"


def _transfer(account: Account, course: Course, bank: Means) -> None:
    at = course.placed + 20
    if course.accepted <= NOW:
        account.book(at, "CHARGE", account.total, bank, known_at=course.accepted)
    elif course.cancelled <= NOW:
        account.book_failure(at, "CHARGE", account.total, bank, _NO_TRANSFER, known_at=course.cancelled)
    else:
        account.book_open(at, "CHARGE", account.total, bank, "PENDING")


def _checkout(account: Account, plot: Plot, course: Course, basket: Basket, kept: Wallet, dice: Dice) -> None:
    split = plot.pay == "GIFT_AND_CARD"
    source = means("CARD" if split else plot.pay, kept, dice)
    gift = account.total * dice.between(15, 60) // 100 if split else 0
    rest = account.total - gift
    kind = "AUTHORIZATION" if plot.capture == "SHIPMENT" else "CHARGE"
    if plot.trouble == "DECLINED":
        for attempt in range(dice.between(1, 2)):
            account.book_failure(course.placed + 5 + 50 * attempt, kind, rest, source, dice.pick(DECLINES))
    elif plot.trouble == "ABANDONED":
        _abandoned(account, course, kind, rest, source, dice)
    asked = course.placed + 8 if plot.trouble == "ACTION" else course.accepted
    if plot.trouble == "ACTION" and course.accepted > NOW:
        account.book_open(asked, kind, rest, source, "ACTION_REQUIRED")
    elif course.accepted <= NOW:
        account.book(asked, kind, rest, source, known_at=course.accepted)
        # A gift card is only touched once the rest is sure.
        account.book(course.accepted + 1, "CHARGE", gift, means("GIFT_CARD", kept, dice))
    if plot.capture == "SHIPMENT":
        _capture(account, plot, course, basket, rest, source)


def _abandoned(account: Account, course: Course, kind: str, amount: int, source: Means, dice: Dice) -> None:
    for attempt in range(dice.between(0, 2)):
        account.book_failure(course.placed + 5 + 65 * attempt, kind, amount, source, dice.pick(DECLINES))
    at = course.placed + 4 * MINUTE
    if course.cancelled <= NOW:
        account.book_failure(at, kind, amount, source, _UNCONFIRMED, known_at=course.cancelled)
    else:
        account.book_open(at, kind, amount, source, "ACTION_REQUIRED")


def _capture(account: Account, plot: Plot, course: Course, basket: Basket, amount: int, source: Means) -> None:
    """Charge each parcel's share when it leaves, and with the last one all that is left."""
    net = sum([line.total for line in basket.lines])
    charged = 0
    for part, trip in enumerate(course.trips[: plot.parts]):
        goods = sum([line.total for line in basket.lines if line.parcel == part])
        share = amount - charged if part == plot.parts - 1 else amount * goods // net
        charged += share
        account.book(trip.left + 40, "CHARGE", share, source)


def _undo(account: Account, plot: Plot, course: Course, basket: Basket, dice: Dice) -> None:
    at = course.cancelled + 90
    if account.refundable:
        whole = account.refundable == account.total
        items = all_units(basket)
        reason = CANCEL_WORDS[cancel_reason(plot, course)]
        account.refund(at, account.refundable, reason, items if whole else [], dice.between(4, 70) * HOUR)
    authorized = [each for each in account.transactions if each.kind == "AUTHORIZATION" and each.status == "SUCCESS"]
    if authorized and not any(
        each.kind == "CHARGE" and each.means is authorized[0].means for each in account.transactions
    ):
        account.book(at + 5, "VOID", authorized[0].amount, authorized[0].means)


def _dispute(account: Account, plot: Plot, course: Course) -> None:
    charges = [each for each in account.transactions if each.kind == "CHARGE" and each.status == "SUCCESS"]
    if charges and account.refundable and course.delivered < NEVER:
        last = charges[-1]
        if plot.trouble == "DISPUTE":
            account.book_open(course.delivered + 4 * DAY, "CHARGEBACK", last.amount, last.means, "PENDING")
        else:
            account.book(course.delivered + 21 * DAY, "CHARGEBACK", last.amount, last.means)
