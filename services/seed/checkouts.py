"""Carts that were left at the till."""

from services.people import NEWCOMER, SHOPPER, TROUBLED
from services.seed.clock import DAY, HOUR, MINUTE, NOW
from services.seed.customers import Customer
from services.seed.dice import Dice
from services.seed.ids import CHECKOUT, scattered
from services.seed.loader import Loader
from services.seed.shops import Shop

_BOTH_STATES = ("OPEN", "ABANDONED", "OPEN", "ABANDONED", "ABANDONED")


def leave_checkouts(to: Loader, customer: Customer, shops: list[Shop], dice: Dice) -> None:
    """Write the checkouts that a customer has begun into the order database."""
    if customer.id == NEWCOMER.id:
        return
    states: tuple[str, ...] = ()
    if customer.id in {SHOPPER.id, TROUBLED.id}:
        states = _BOTH_STATES
    elif dice.chance(0.3):
        states = tuple(dice.few(_BOTH_STATES, dice.between(1, 3)))
    for part, state in enumerate(states):
        _checkout(to, CHECKOUT.id(scattered(customer.number, 8), part), customer, dice.pick(shops), state, dice)


def _checkout(to: Loader, checkout_id: str, customer: Customer, shop: Shop, state: str, dice: Dice) -> None:
    updated_at = NOW - (dice.between(5 * MINUTE, 20 * HOUR) if state == "OPEN" else dice.between(2 * DAY, 40 * DAY))
    created_at = updated_at - dice.between(1, 300) * MINUTE
    products = dice.few(shop.products, dice.between(1, 4))
    items = [(product, dice.pick((1, 1, 1, 2, 3))) for product in products]
    total = sum(product.price * quantity for product, quantity in items)
    url = f"{shop.url}/checkout/{checkout_id}"
    currency = shop.currency.code
    to.add("checkouts", (checkout_id, customer.id, shop.id, state, url, created_at, updated_at, currency, total))
    for place, (product, quantity) in enumerate(items):
        to.add(
            "checkout_items",
            (checkout_id, place, product.id, product.title, quantity, product.price, product.image_url),
        )
