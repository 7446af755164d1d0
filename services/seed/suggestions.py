"""What a customer might like, computed from what everybody did."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from services.people import SHOPPER
from services.seed.customers import Customer
from services.seed.dice import Dice
from services.seed.history import History
from services.seed.ids import SUGGESTION, scattered
from services.seed.interests import Interests
from services.seed.loader import Loader
from services.seed.neighbours import Neighbours, bought_together, similar
from services.seed.products import Product
from services.seed.sources import drawn_source


@dataclass(frozen=True, slots=True)
class Idea:
    """A product, why, and how sure."""

    product: Product
    reason: str
    because_product: Product | None
    because_order: str | None
    score: float


_PLACEMENTS: Final = {
    "BOUGHT_TOGETHER": ("ORDER_DETAIL", "CHECKOUT", "ORDER_CENTER"),
    "SIMILAR": ("ORDER_DETAIL", "ORDER_CENTER", "HOME"),
    "TAGGED_BEFORE": ("ORDER_CENTER", "HOME"),
    "TRENDING": ("HOME", "ORDER_CENTER", "CHECKOUT"),
    "VIEWED": ("HOME", "ORDER_CENTER"),
}
# How many a customer gets of each reason, at most.
_QUOTAS: Final = {"BOUGHT_TOGETHER": 8, "TAGGED_BEFORE": 6, "SIMILAR": 5, "VIEWED": 5, "TRENDING": 6}
# How many of the best sellers of the month are trending.
_TRENDS: Final = 80


class Advisor:
    """Knows what goes with what, and suggests from it."""

    def __init__(self, history: History, products: list[Product]) -> None:
        self._history = history
        self._together = bought_together(history, products)
        self._similar = similar(products)
        best = sorted(history.recent_sales.items(), key=lambda sold: (-sold[1], sold[0]))[:_TRENDS]
        top = best[0][1] if best else 1
        self._trending = [Idea(products[number], "TRENDING", None, None, count / top) for number, count in best]

    def suggest(self, to: Loader, customer: Customer, interests: Interests, dice: Dice) -> None:
        """Write a customer's suggestions into the recs database, each product once."""
        factor = 3 if customer.id == SHOPPER.id else 1
        purchases = self._history.purchases.get(customer.number, [])
        taken = {product.number for purchase in purchases for product in purchase.products}
        scatter = scattered(customer.number, 15)
        part = 0
        for reason, ideas in self._ideas(customer, interests, dice).items():
            for idea in islice(_fresh(ideas, taken), _QUOTAS[reason] * factor):
                because = idea.because_product.id if idea.because_product else None
                placement = dice.pick(_PLACEMENTS[reason])
                score = round(min(idea.score, 1.0), 4)
                to.add(
                    "suggestions",
                    (
                        SUGGESTION.id(scatter, part),
                        customer.id,
                        idea.product.id,
                        reason,
                        because,
                        idea.because_order,
                        score,
                        placement,
                        *drawn_source(dice),
                    ),
                )
                part += 1

    def _ideas(self, customer: Customer, interests: Interests, dice: Dice) -> dict[str, Iterator[Idea]]:
        latest = self._history.latest(customer.number, 40 if customer.id == SHOPPER.id else 12)
        bought = [(product, purchase.order_id) for purchase in latest for product in purchase.products]
        together, alike = self._together, self._similar
        start = dice.below(_TRENDS)
        return {
            "BOUGHT_TOGETHER": chain.from_iterable(
                _near(together, product, "BOUGHT_TOGETHER", order, 1.0) for product, order in bought
            ),
            "TAGGED_BEFORE": chain.from_iterable(
                _near(together if together[product.number] else alike, product, "TAGGED_BEFORE", None, 0.9)
                for product in interests.tagged
            ),
            "SIMILAR": chain.from_iterable(_near(alike, product, "SIMILAR", order, 0.8) for product, order in bought),
            "VIEWED": chain.from_iterable(_near(alike, product, "VIEWED", None, 0.7) for product in interests.viewed),
            "TRENDING": iter(self._trending[start:] + self._trending[:start]),
        }


def _near(
    neighbours: dict[int, Neighbours], product: Product, reason: str, order: str | None, trust: float
) -> Iterator[Idea]:
    """Take the three nearest; `trust` weighs the reasons against each other."""
    for other, nearness in neighbours[product.number][:3]:
        yield Idea(other, reason, product, order, nearness * trust)


def _fresh(ideas: Iterator[Idea], taken: set[int]) -> Iterator[Idea]:
    """Leave out what cannot be bought, what was bought and what was suggested before."""
    for idea in ideas:
        if idea.product.in_stock and idea.product.number not in taken:
            taken.add(idea.product.number)
            yield idea
