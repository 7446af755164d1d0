"""The money side of one order."""

from dataclasses import dataclass, field

from services.seed.baskets import Basket, Line
from services.seed.clock import NOW
from services.seed.wallets import Means


@dataclass(slots=True, eq=False)
class Transaction:
    """One movement of money, begun `at` and in its status since `known_at`.

    `refunded` is what refunds already took from a charge.
    """

    at: int
    kind: str
    status: str
    amount: int
    means: Means
    failure: str | None
    known_at: int
    refunded: int = 0


@dataclass(slots=True, eq=False)
class Refund:
    """Money paid back, with the units it is for and what each is worth."""

    at: int
    transaction: Transaction
    reason: str
    items: list[tuple[Line, int, int]]


@dataclass(slots=True, eq=False)
class Account:
    """What was asked, tried, charged and paid back until now; what would happen later is left out."""

    total: int
    cancelled: bool
    expired: bool
    transactions: list[Transaction] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)

    def book(self, at: int, kind: str, amount: int, means: Means, *, known_at: int = 0) -> None:
        """Book a success; what began earlier than it succeeded gives `known_at`."""
        if max(at, known_at) <= NOW and amount > 0:
            self._enter(at, kind, "SUCCESS", amount, means, None, known_at)

    def book_failure(self, at: int, kind: str, amount: int, means: Means, reason: str, *, known_at: int = 0) -> None:
        """Book a try that failed."""
        if max(at, known_at) <= NOW:
            self._enter(at, kind, "FAILURE", amount, means, reason, known_at)

    def book_open(self, at: int, kind: str, amount: int, means: Means, status: str) -> None:
        """Book something that waits for the customer or the bank."""
        if at <= NOW:
            self._enter(at, kind, status, amount, means, None, 0)

    def _enter(
        self, at: int, kind: str, status: str, amount: int, means: Means, failure: str | None, known_at: int
    ) -> None:
        self.transactions.append(Transaction(at, kind, status, amount, means, failure, max(at, known_at)))

    def refund(self, at: int, amount: int, reason: str, items: list[tuple[Line, int, int]], wait: int) -> int:
        """Pay `amount` back to where it came from, the last charge first; it settles `wait` seconds later.

        Returns:
            What was paid back: no more than was charged.
        """
        if at > NOW:
            return 0
        left = amount
        for charge in [each for each in reversed(self.transactions) if each.kind == "CHARGE"]:
            part = min(left, charge.amount - charge.refunded) if charge.status == "SUCCESS" else 0
            if part <= 0:
                continue
            # The first refund names the items, unless it is too small to be about them.
            named = items if sum([worth for _, _, worth in items]) <= part else []
            items = []
            charge.refunded += part
            left -= part
            self._pay_back(at, part, charge, reason, named, wait)
        return amount - left

    def _pay_back(
        self, at: int, amount: int, charge: Transaction, reason: str, items: list[tuple[Line, int, int]], wait: int
    ) -> None:
        # Cash cannot go back the way it came.
        means = Means("BANK_TRANSFER", None, None) if charge.means.method == "CASH_ON_DELIVERY" else charge.means
        settled = at + (0 if means.method == "GIFT_CARD" else wait)
        # Two refunds at the same second would have no order.
        at += sum(refund.at == at for refund in self.refunds)
        status = "SUCCESS" if settled <= NOW else "PENDING"
        transaction = Transaction(at, "REFUND", status, amount, means, None, settled)
        self.transactions.append(transaction)
        self.refunds.append(Refund(at, transaction, reason, items))

    def sum(self, kind: str) -> int:
        """Add up what succeeded of a kind."""
        return sum([each.amount for each in self.transactions if each.kind == kind and each.status == "SUCCESS"])

    @property
    def refundable(self) -> int:
        """What was charged and is not yet on its way back."""
        return sum(
            [
                each.amount - each.refunded
                for each in self.transactions
                if each.kind == "CHARGE" and each.status == "SUCCESS"
            ]
        )

    @property
    def outstanding(self) -> int:
        """What is still to be paid."""
        return 0 if self.cancelled else self.total - self.sum("CHARGE")

    @property
    def status(self) -> str:
        """The FinancialStatus."""
        captured, refunded = self.sum("CHARGE"), self.sum("REFUND")
        if captured:
            return self._captured_status(captured, refunded)
        if self.cancelled:
            return "EXPIRED" if self.expired else "VOIDED"
        return "AUTHORIZED" if self.sum("AUTHORIZATION") else "PENDING"

    def _captured_status(self, captured: int, refunded: int) -> str:
        if refunded:
            return "REFUNDED" if refunded == captured else "PARTIALLY_REFUNDED"
        return "PAID" if captured == self.total else "PARTIALLY_PAID"


def all_units(basket: Basket) -> list[tuple[Line, int, int]]:
    """List everything that was not refunded yet, with its worth, and take it as refunded from here on."""
    return [take_back(basket, line, line.quantity - line.refunded) for line in basket.lines]


def take_back(basket: Basket, line: Line, quantity: int) -> tuple[Line, int, int]:
    """Take units as refunded and say what they are worth."""
    worth = basket.worth(line, quantity)
    line.refunded += quantity
    return line, quantity, worth
