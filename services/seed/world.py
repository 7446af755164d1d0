"""Builds the three databases."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from services.people import NEWCOMER, SHOPPER, TROUBLED
from services.seed.catalogue import stock
from services.seed.checkouts import leave_checkouts
from services.seed.customers import Customer, Register
from services.seed.dice import Dice
from services.seed.history import History
from services.seed.interests import take_interest
from services.seed.loader import Loader
from services.seed.order_rows import write_order
from services.seed.orders import play
from services.seed.payment_rows import write_account, write_wallet
from services.seed.plans import plans
from services.seed.products import Product
from services.seed.shops import Shop, open_shops
from services.seed.suggestions import Advisor
from services.seed.tables import ORDER_TABLES, PAYMENT_TABLES, RECS_TABLES
from services.seed.wallets import wallet

Report = Callable[[str], object]

_SERVICES = Path(__file__).parent.parent
_CUSTOMERS, _PRODUCTS, _ORDERS = 2_000, 3_000, 60_000
_FEWEST_PRODUCTS = 400
_FEWEST_CUSTOMERS = 40


class World:
    """Everything there is, at a scale: 1.0 is 2,000 customers, 3,000 products and 60,000 orders.

    Args:
        folder: Where order.sqlite, payment.sqlite and recs.sqlite are made.
        scale: Less makes less; the demo people and their orders stay the same number.
        report: Told what was done and how long it took.
    """

    def __init__(self, folder: Path, scale: float, report: Report) -> None:
        self._report = report
        self._order_count = int(_ORDERS * scale)
        self._customer_count = max(_FEWEST_CUSTOMERS, int(_CUSTOMERS * scale))
        self._product_count = max(_FEWEST_PRODUCTS, int(_PRODUCTS * scale))
        self._order_db = _loader(folder, "order", ORDER_TABLES)
        self._payment_db = _loader(folder, "payment", PAYMENT_TABLES)
        self._recs_db = _loader(folder, "recs", RECS_TABLES)

    def build(self) -> None:
        """Make everybody and everything, and write it."""
        with _without_cycles():
            with self._stage("customers, shops and products"):
                shops, products, customers = self._found()
            with self._stage("orders and payments"):
                history = self._trade(customers, shops)
            with self._stage("tags, views, checkouts and suggestions"):
                self._interest(customers, shops, products, history)
            with self._stage("indices"):
                for database in (self._order_db, self._payment_db, self._recs_db):
                    database.finish()

    def _found(self) -> tuple[list[Shop], list[Product], list[Customer]]:
        dice = Dice("catalogue")
        shops = open_shops(dice)
        products = stock(shops, self._product_count, dice)
        customers = Register(Dice("customers")).customers(self._customer_count)
        _write_catalogue(self._order_db, self._recs_db, shops, products)
        for customer in customers:
            _write_customer(self._order_db, customer)
        return shops, products, customers

    def _trade(self, customers: list[Customer], shops: list[Shop]) -> History:
        dice = Dice("orders")
        wallets = {
            customer.number: wallet(customer, dice, full=customer.id in {SHOPPER.id, TROUBLED.id})
            for customer in customers
            if customer.id != NEWCOMER.id
        }
        for customer in customers:
            write_wallet(self._payment_db, customer, wallets.get(customer.number, []))
        history = History()
        for plan in plans(customers, shops, self._order_count, dice):
            order = play(plan, wallets[plan.customer.number], dice)
            write_order(self._order_db, order)
            write_account(self._payment_db, order)
            history.note(order)
        return history

    def _interest(
        self, customers: list[Customer], shops: list[Shop], products: list[Product], history: History
    ) -> None:
        dice = Dice("interests")
        advisor = Advisor(history, products)
        for customer in customers:
            interests = take_interest(self._recs_db, customer, products, history, dice)
            advisor.suggest(self._recs_db, customer, interests, dice)
            leave_checkouts(self._order_db, customer, shops, dice)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        start = perf_counter()
        yield
        self._report(f"seed: {name} ({perf_counter() - start:.1f} s)")


def _loader(folder: Path, service: str, tables: dict[str, str]) -> Loader:
    return Loader(folder / f"{service}.sqlite", _SERVICES / service / "migrations", tables)


def _write_catalogue(orders: Loader, recs: Loader, shops: list[Shop], products: list[Product]) -> None:
    for shop in shops:
        sign = shop.sign
        orders.add(
            "shops",
            (shop.id, sign.name, sign.handle, shop.logo_url, shop.url, shop.rating, sign.verified, sign.currency),
        )
    for product in products:
        orders.add(
            "products",
            (
                product.id,
                product.shop_id,
                product.title,
                product.description,
                product.category,
                product.image_url,
                product.url,
                product.currency,
                product.price,
                product.compare_at_price,
                product.rating,
                product.rating_count,
                product.in_stock,
            ),
        )
        title = product.title
        recs.add("products", (product.id, title, title.casefold(), product.currency, product.price, product.in_stock))


def _write_customer(orders: Loader, customer: Customer) -> None:
    orders.add(
        "customers",
        (customer.id, customer.name, customer.handle, customer.avatar_url, customer.since, customer.region),
    )
    for address in customer.addresses:
        lines = [*address.lines, None, None][:3]
        city = address.city
        orders.add(
            "addresses",
            (address.id, customer.id, address.name, *lines, city.city, city.region, city.postal, city.country),
        )


@contextmanager
def _without_cycles() -> Iterator[None]:
    """Pause the garbage collector: nothing here is cyclic garbage, and looking for it costs a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
