"""What customers looked at and tagged."""

from dataclasses import dataclass
from typing import Final

from services.people import NEWCOMER, SHOPPER
from services.seed.clock import DAY, NOW
from services.seed.customers import Customer
from services.seed.dice import Dice, Weighted
from services.seed.history import History
from services.seed.ids import TAG, VIEW, scattered
from services.seed.loader import Loader
from services.seed.products import Product
from services.seed.sources import drawn_source


@dataclass(frozen=True, slots=True)
class Interests:
    """Products a customer viewed and tagged, latest first."""

    viewed: list[Product]
    tagged: list[Product]


_LABELS: Final = ("gift", "wishlist", "kitchen", "someday", "birthday", "for mum", "work", "summer", "home", "compare")
_NOTES: Final = (
    "Wait for a sale",
    "Size M, the green one",
    "For the balcony",
    "Ask Jonas first",
    "Saw it in the live show",
    "誕生日プレゼント",
    "هدية العيد",
    "на Різдво",
    "cheaper than the other one?",
)
_LABEL_COUNTS: Final = Weighted([(0, 35), (1, 40), (2, 18), (3, 7)])


def take_interest(to: Loader, customer: Customer, products: list[Product], history: History, dice: Dice) -> Interests:
    """Let a customer view and tag products, and write that into the recs database."""
    if customer.id == NEWCOMER.id:
        return Interests([], [])
    views, tags = dice.between(0, 40), dice.between(0, 20)
    if customer.id == SHOPPER.id:
        views, tags = 150, 120
    bought = [product for purchase in history.latest(customer.number, 20) for product in purchase.products]
    viewed = _choose(products, bought, views, dice)
    tagged = _choose(products, bought, tags, dice)
    scatter = scattered(customer.number, 16)
    for part, (product, at) in enumerate(_dated(viewed, 1, 60 * DAY, dice)):
        to.add("views", (VIEW.id(scatter, part), customer.id, product.id, at, *drawn_source(dice)))
    age = NOW - customer.since
    for part, (product, at) in enumerate(_dated(tagged, 40, min(age, 500 * DAY), dice)):
        _tag(to, TAG.id(scatter, part), customer, product, at, dice)
    return Interests(viewed, tagged)


def _choose(products: list[Product], bought: list[Product], count: int, dice: Dice) -> list[Product]:
    """Choose different products, half of them known companions of what was bought."""
    chosen: dict[int, Product] = {}
    for _ in range(count):
        near = dice.pick(bought).companions if bought and dice.chance(0.5) else []
        product = dice.pick(near or products)
        chosen.setdefault(product.number, product)
    return list(chosen.values())


def _dated(products: list[Product], first: int, age: int, dice: Dice) -> list[tuple[Product, int]]:
    """Spread over the last `age` seconds, latest first."""
    ages = sorted(dice.between(first, age) for _ in products)
    return [(product, NOW - age) for product, age in zip(products, ages, strict=True)]


def _tag(to: Loader, tag_id: str, customer: Customer, product: Product, at: int, dice: Dice) -> None:
    price = product.price
    if dice.chance(0.4):
        # Most prices that changed since went down: shops have sales.
        price = max(1, price * dice.pick((85, 92, 105, 110, 118, 125, 140, 200)) // 100)
    in_stock = not dice.chance(0.12)
    note = dice.pick(_NOTES) if dice.chance(0.3) else None
    to.add("tags", (tag_id, customer.id, product.id, note, price, in_stock, at, *drawn_source(dice)))
    labels = dice.few(_LABELS, dice.weighted(_LABEL_COUNTS))
    to.add_all("tag_labels", [(tag_id, place, label) for place, label in enumerate(labels)])
