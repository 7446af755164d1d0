"""The story of an order, as it is told to the customer."""

from typing import Final, NamedTuple

from services.seed.accounts import Account
from services.seed.baskets import Basket
from services.seed.clock import NOW
from services.seed.courses import Course
from services.seed.customers import Customer
from services.seed.dice import Dice
from services.seed.payments import CANCEL_WORDS, cancel_reason
from services.seed.plots import Plot
from services.seed.returns import ReturnCase
from services.seed.shipments import Parcel


class Event(NamedTuple):
    """One thing that happened."""

    at: int
    kind: str
    actor: str
    actor_name: str | None
    message: str


_AGENTS: Final = ("Noor", "Elias", "Sunniva", "Paulo", "Hana")
_HOLDS: Final = (
    "We are checking the order for your safety",
    "The shop is checking its stock",
    "The address is being checked",
)


class Story:
    """Collects the events of one order; what lies ahead is not told."""

    def __init__(self, customer: Customer, basket: Basket) -> None:
        self._customer = customer.name
        self._shop = basket.shop.sign.name
        self._currency = basket.shop.currency
        self._events: list[Event] = []

    def events(self) -> list[Event]:
        """Return the events, oldest first."""
        return sorted([event for event in self._events if event.at <= NOW], key=lambda event: event.at)

    def tell_order(self, plot: Plot, course: Course, dice: Dice) -> None:
        """Tell what customer, shop and support did."""
        self._customer_did(course.placed, "PLACED", "You placed the order")
        if course.held <= NOW:
            self._add(course.held, "ON_HOLD", "SYSTEM", None, dice.pick(_HOLDS))
        if course.released <= NOW:
            self._add(course.released, "RELEASED", "SUPPORT", dice.pick(_AGENTS), "All is well; the order goes on")
        if course.received <= NOW:
            self._customer_did(course.received, "RECEIPT_CONFIRMED", "You confirmed that everything arrived")
        if course.cancelled <= NOW:
            self._cancelled(cancel_reason(plot, course), course.cancelled, dice)

    def tell_payments(self, account: Account) -> None:
        """Tell what was paid, tried and paid back."""
        for transaction in account.transactions:
            told = _PAYMENTS.get((transaction.kind, transaction.status))
            if told is not None:
                kind, words = told
                message = transaction.failure or words.format(amount=self._currency.text(transaction.amount))
                self._add(transaction.known_at, kind, "PAYMENT_PROVIDER", transaction.means.brand, message)

    def tell_parcels(self, plot: Plot, course: Course, parcels: list[Parcel]) -> None:
        """Tell what left and what arrived."""
        for trip, parcel in zip(course.trips, parcels, strict=False):
            self._add(trip.labelled, "PACKED", "SHOP", self._shop, "Packed")
            if plot.collect:
                self._add(trip.left, "READY_FOR_COLLECTION", "SHOP", self._shop, "Ready for you to collect")
                self._customer_did(trip.arrived, "DELIVERED", "You collected the order")
                continue
            self._add(trip.left, "SHIPPED", "CARRIER", parcel.carrier, "On its way to you")
            if trip.fails:
                self._add(trip.arrived, "ON_HOLD", "CARRIER", parcel.carrier, "A parcel could not be delivered")
            else:
                self._add(trip.arrived, "DELIVERED", "CARRIER", parcel.carrier, "Delivered")
            for status, at, message, _ in parcel.events:
                if status == "DELAYED":
                    self._add(at, "NOTE", "CARRIER", parcel.carrier, message)
        if plot.delivery == "RESENT" and course.trips:
            self._add(course.trips[-1].labelled - 60, "RELEASED", "SHOP", self._shop, "The shop sends another parcel")

    def tell_returns(self, cases: list[ReturnCase]) -> None:
        """Tell how returns went."""
        for case in cases:
            self._customer_did(case.course.requested, "RETURN_REQUESTED", "You asked for a return")
            if case.status == "CANCELED":
                self._customer_did(case.course.decided, "RETURN_UPDATED", "You withdrew the return")
            elif case.status == "DECLINED":
                message = f"Return declined: {case.decline_reason}"
                self._add(case.course.decided, "RETURN_UPDATED", "SHOP", self._shop, message)
            else:
                self._add(
                    case.course.decided, "RETURN_UPDATED", "SHOP", self._shop, "Return accepted: please send it back"
                )
                self._add(case.course.closed, "RETURN_UPDATED", "SHOP", self._shop, "The goods are back; return closed")

    def _cancelled(self, reason: str, at: int, dice: Dice) -> None:
        message = CANCEL_WORDS[reason]
        if reason == "CUSTOMER":
            self._customer_did(at, "CANCELLED", message)
        elif reason == "INVENTORY":
            self._add(at, "CANCELLED", "SHOP", self._shop, message)
        elif reason == "PAYMENT":
            self._add(at, "CANCELLED", "SYSTEM", None, message)
        else:
            self._add(at, "CANCELLED", "SUPPORT", dice.pick(_AGENTS), message)

    def _customer_did(self, at: int, kind: str, message: str) -> None:
        self._add(at, kind, "CUSTOMER", self._customer, message)

    def _add(self, at: int, kind: str, actor: str, name: str | None, message: str) -> None:
        self._events.append(Event(at, kind, actor, name, message))


_PAYMENTS: Final = {
    ("AUTHORIZATION", "SUCCESS"): ("PAYMENT_AUTHORIZED", "{amount} reserved"),
    ("AUTHORIZATION", "FAILURE"): ("PAYMENT_FAILED", ""),
    ("CHARGE", "SUCCESS"): ("PAID", "{amount} paid"),
    ("CHARGE", "FAILURE"): ("PAYMENT_FAILED", ""),
    ("REFUND", "SUCCESS"): ("REFUNDED", "{amount} paid back"),
    ("VOID", "SUCCESS"): ("NOTE", "The reserved {amount} were released"),
    ("CHARGEBACK", "SUCCESS"): ("NOTE", "Your bank took {amount} back from the shop"),
    ("CHARGEBACK", "PENDING"): ("NOTE", "You disputed {amount}; your bank is looking into it"),
}
