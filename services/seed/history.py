"""What everybody bought, for those who learn from it."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations

from services.seed.clock import DAY, NOW
from services.seed.orders import Order
from services.seed.products import Product

_LATELY = 30 * DAY


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order, as far as suggestions care."""

    placed_at: int
    order_id: str
    products: list[Product]


@dataclass(slots=True)
class History:
    """Counts over all orders, by the products' numbers, and each customer's purchases, by the customer's number."""

    purchases: dict[int, list[Purchase]] = field(default_factory=dict)
    sales: Counter[int] = field(default_factory=Counter)
    recent_sales: Counter[int] = field(default_factory=Counter)
    together: Counter[tuple[int, int]] = field(default_factory=Counter)

    def note(self, order: Order) -> None:
        """Take an order into account; a cancelled one says nothing about what people like."""
        if order.status == "CANCELLED":
            return
        products = [line.product for line in order.basket.lines]
        numbers = sorted(product.number for product in products)
        placed_at = order.plan.course.placed
        self.sales.update(numbers)
        self.together.update(combinations(numbers, 2))
        if placed_at > NOW - _LATELY:
            self.recent_sales.update(numbers)
        self.purchases.setdefault(order.plan.customer.number, []).append(Purchase(placed_at, order.id, products))

    def latest(self, customer: int, count: int) -> list[Purchase]:
        """Return a customer's newest purchases, newest first."""
        newest = sorted(self.purchases.get(customer, []), key=lambda purchase: (-purchase.placed_at, purchase.order_id))
        return newest[:count]
