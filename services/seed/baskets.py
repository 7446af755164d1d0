"""What an order is about and what it costs."""

from dataclasses import dataclass, field
from typing import Final

from services.seed.clock import DAY, NOW
from services.seed.dice import Dice, Weighted
from services.seed.ids import LINE_ITEM
from services.seed.products import Product
from services.seed.shops import Shop
from services.seed.sources import Source, drawn_source


@dataclass(slots=True, eq=False)
class Line:
    """A product as bought; money in minor units of the shop's currency. `parcel` says with which part it leaves."""

    id: str
    product: Product
    variant: str | None
    sku: str | None
    quantity: int
    unit_price: int
    source: Source
    discounts: list[tuple[str, int]] = field(default_factory=list)
    discount: int = 0
    parcel: int = 0
    fulfilled: int = 0
    refunded: int = 0

    @property
    def total(self) -> int:
        """What the line costs."""
        return self.unit_price * self.quantity - self.discount

    def take_off(self, title: str, percent: int) -> None:
        """Give a discount on what the line costs so far, unless it is too little to count."""
        amount = self.total * percent // 100
        if amount:
            self.discounts.append((title, amount))
            self.discount += amount


@dataclass(slots=True, eq=False)
class Basket:
    """The lines of one order and its sums."""

    shop: Shop
    lines: list[Line]
    subtotal: int
    discount: int
    shipping: int
    tax: int
    tip: int

    @property
    def total(self) -> int:
        """What is to be paid."""
        return self.subtotal - self.discount + self.shipping + self.tax + self.tip

    def worth(self, line: Line, quantity: int) -> int:
        """What the next `quantity` units of a line that are not refunded yet are worth, with their share of the tax.

        Cumulative shares are rounded down, so that all units of all lines never add up to more than was paid.
        """
        net = self.subtotal - self.discount
        whole = line.total + (self.tax * line.total // net if net else 0)
        after = line.refunded + quantity
        return whole * after // line.quantity - whole * line.refunded // line.quantity


_LINE_COUNTS: Final = Weighted([(1, 46), (2, 27), (3, 15), (4, 7), (5, 3), (6, 1), (8, 1)])
_QUANTITIES: Final = Weighted([(1, 84), (2, 11), (3, 3), (4, 1), (6, 1)])
_PROMOTIONS: Final = ("Autumn sale", "Spring sale", "Second one for less", "Clearance", "Launch price")
_COUPONS: Final = (("WELCOME10", 10), ("THANKYOU15", 15), ("LIVE20", 20), ("FRIENDS5", 5))
_TIPPED: Final = ("Coffee & Tea", "Kitchen")


def fill(number: int, shop: Shop, placed_at: int, parts: int, dice: Dice) -> Basket:
    """Fill the basket of order `number`, with at least as many lines as it has parcels."""
    lines = [
        _line(number, part, product, placed_at, dice)
        for part, product in enumerate(_products(shop, max(parts, dice.weighted(_LINE_COUNTS)), dice))
    ]
    for position, line in enumerate(lines):
        line.parcel = position % parts
    if dice.chance(0.1):
        coupon, percent = dice.pick(_COUPONS)
        for line in lines:
            line.take_off(coupon, percent)
    subtotal = sum([line.unit_price * line.quantity for line in lines])
    discount = sum([line.discount for line in lines])
    net = subtotal - discount
    return Basket(
        shop=shop,
        lines=lines,
        subtotal=subtotal,
        discount=discount,
        shipping=_shipping(shop, net, dice),
        tax=net * shop.sign.tax_per_mille // 1000,
        tip=shop.currency.price(dice.between(1, 4) * 100) if _is_tipped(shop) and dice.chance(0.08) else 0,
    )


def _products(shop: Shop, count: int, dice: Dice) -> list[Product]:
    chosen = [dice.weighted(shop.bestsellers)]
    while len(chosen) < count:
        companions = chosen[0].companions
        known = companions and dice.chance(0.55)
        product = dice.pick(companions) if known else dice.weighted(shop.bestsellers)
        # A shelf can be smaller than the wish; a product that came twice makes way for any other.
        chosen.append(product if product not in chosen else _another(shop, chosen, dice))
    return chosen


def _another(shop: Shop, chosen: list[Product], dice: Dice) -> Product:
    start = dice.below(len(shop.products))
    shelf = shop.products[start:] + shop.products[:start]
    return next(product for product in shelf if product not in chosen)


def _line(number: int, part: int, product: Product, placed_at: int, dice: Dice) -> Line:
    price = product.price
    # Prices of longer ago were other prices.
    if placed_at < NOW - 90 * DAY and dice.chance(0.3):
        price = max(1, price * dice.between(80, 125) // 100)
    line = Line(
        id=LINE_ITEM.id(number, part),
        product=product,
        variant=dice.pick(product.variants) if dice.chance(0.7) else None,
        sku=f"{product.category[:2].upper()}-{product.number:05d}" if dice.chance(0.88) else None,
        quantity=dice.weighted(_QUANTITIES),
        unit_price=price,
        source=drawn_source(dice),
    )
    if dice.chance(0.12):
        line.take_off(dice.pick(_PROMOTIONS), dice.pick((10, 15, 20, 25, 30)))
    return line


def _shipping(shop: Shop, net: int, dice: Dice) -> int:
    free_from = shop.currency.price(6000)
    return 0 if net >= free_from or dice.chance(0.15) else shop.currency.price(dice.pick((300, 400, 500, 800)))


def _is_tipped(shop: Shop) -> bool:
    return any(category in _TIPPED for category in shop.sign.categories)
