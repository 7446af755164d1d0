"""What people pay with."""

from dataclasses import dataclass
from typing import Final

from services.seed.clock import DAY, NOW
from services.seed.customers import Customer
from services.seed.dice import Dice, Weighted
from services.seed.ids import PAYMENT_METHOD, scattered


@dataclass(frozen=True, slots=True)
class Means:
    """A way to pay; of a card only brand and last four digits exist."""

    method: str
    brand: str | None
    last4: str | None


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """A means that a customer keeps."""

    id: str
    means: Means
    expiry_month: int | None
    expiry_year: int | None
    created_at: int


Wallet = list[StoredMethod]

_CARDS: Final = Weighted([("Visa", 46), ("Mastercard", 36), ("American Express", 9), ("JCB", 5), ("Discover", 4)])
_BRANDS: Final = {
    "WALLET": ("Apple Pay", "Google Pay", "PayPal"),
    "PAY_LATER": ("Klarna", "Afterpay"),
    "BANK_TRANSFER": ("SEPA", "Bank transfer"),
}
_KEPT: Final = Weighted(
    [(("CARD",), 48), (("WALLET",), 14), (("CARD", "WALLET"), 16), (("CARD", "CARD", "PAY_LATER"), 8)]
)
_NONE: Final = 0.1


def wallet(customer: Customer, dice: Dice, *, full: bool = False) -> Wallet:
    """Fill a customer's wallet; a `full` one holds one means of every kind that can be kept, and some cards more."""
    kinds = dice.weighted(_KEPT) if not dice.chance(_NONE) else ()
    if full:
        kinds = ("CARD", "CARD", "WALLET", "PAY_LATER", "BANK_TRANSFER", "GIFT_CARD", "CARD")
    scatter = scattered(customer.number, 13)
    return [_stored(PAYMENT_METHOD.id(scatter, part), kind, customer, part, dice) for part, kind in enumerate(kinds)]


def means(method: str, kept: Wallet, dice: Dice) -> Means:
    """Take something to pay with by `method`, from the wallet if it has one of the kind."""
    fitting = [stored.means for stored in kept if stored.means.method == method]
    return dice.pick(fitting) if fitting else _any_means(method, dice)


def _any_means(method: str, dice: Dice) -> Means:
    if method == "CARD":
        return Means(method, dice.weighted(_CARDS), f"{dice.below(10_000):04d}")
    if method == "GIFT_CARD":
        return Means(method, None, f"{dice.below(10_000):04d}")
    if method == "CASH_ON_DELIVERY":
        return Means(method, None, None)
    return Means(method, dice.pick(_BRANDS[method]), None)


def _stored(method_id: str, kind: str, customer: Customer, part: int, dice: Dice) -> StoredMethod:
    expires = kind == "CARD"
    age = max(NOW - customer.since - DAY, DAY)
    return StoredMethod(
        id=method_id,
        means=_any_means(kind, dice),
        expiry_month=dice.between(1, 12) if expires else None,
        # Some have run out: people forget to take old cards away.
        expiry_year=dice.between(2025, 2031) if expires else None,
        created_at=NOW - age + dice.below(age // 8) * (part + 1),
    )
