"""Which orders there are: whose, where, when, and what happens to them."""

from dataclasses import dataclass

from services.people import NEWCOMER, SHOPPER, STAFF, TROUBLED
from services.seed.clock import DAY, MINUTE, NOW, OPENING
from services.seed.courses import Course, course
from services.seed.customers import Customer
from services.seed.demo import SHOPPER_PLOTS, TROUBLED_PLOTS
from services.seed.dice import Dice, Weighted
from services.seed.ids import scattered
from services.seed.plots import Plot, random_plot
from services.seed.shops import Shop

# How many orders the demo people have at any scale, beside those of services/seed/demo.py.
_PRESET = {SHOPPER.id: 440, NEWCOMER.id: 0, TROUBLED.id: 36, STAFF.id: 9}
# Their other orders are older than the ones of demo.py, which shall be on their first page.
_OLD = 60 * DAY
_BROWSERS = 0.04


@dataclass(slots=True, eq=False)
class Plan:
    """One order to be; `rank` counts orders by when they were placed, `number` makes the ids."""

    customer: Customer
    shop: Shop
    plot: Plot
    course: Course
    rank: int = 0
    number: int = 0


def plans(customers: list[Customer], shops: list[Shop], count: int, dice: Dice) -> list[Plan]:
    """Plan about `count` orders, in the order of their ids."""
    by_handle = {shop.sign.handle: shop for shop in shops}
    everywhere = Weighted([(shop, 1.0) for shop in shops])
    planned: list[Plan] = []
    for customer, plots in ((customers[0], SHOPPER_PLOTS), (customers[2], TROUBLED_PLOTS)):
        for plot in plots:
            shop = by_handle[plot.shop] if plot.shop else dice.pick(shops)
            planned.append(Plan(customer, shop, plot, course(plot, dice, 0)))
    for customer in customers[: len(_PRESET)]:
        planned += [_ordinary(customer, everywhere, _OLD, dice) for _ in range(_PRESET[customer.id])]
    planned += _of_anybody(customers[len(_PRESET) :], shops, count - len(planned), dice)
    planned.sort(key=lambda plan: plan.course.placed)
    for rank, plan in enumerate(planned):
        plan.rank, plan.number = rank, scattered(rank, 2)
    return sorted(planned, key=lambda plan: plan.number)


def _of_anybody(customers: list[Customer], shops: list[Shop], count: int, dice: Dice) -> list[Plan]:
    # A few buy most: weights fall with the rank, and some people only look.
    buyers = [customer for customer in customers if not dice.chance(_BROWSERS)]
    by_weight = Weighted([(customer, 1 / (rank + 20)) for rank, customer in enumerate(buyers)])
    favourites = {customer.id: _favourites(customer, shops, dice) for customer in buyers}
    planned: list[Plan] = []
    for _ in range(count):
        customer = dice.weighted(by_weight)
        planned.append(_ordinary(customer, favourites[customer.id], 0, dice))
    return planned


def _favourites(customer: Customer, shops: list[Shop], dice: Dice) -> Weighted[Shop]:
    near = [shop for shop in shops if customer.region in shop.sign.homes]
    chosen = dice.few(near, 4) + dice.few(shops, dice.between(2, 6))
    return Weighted([(shop, 1 / (rank + 1)) for rank, shop in enumerate(chosen)])


def _ordinary(customer: Customer, favourites: Weighted[Shop], youngest: int, dice: Dice) -> Plan:
    plot = random_plot(dice)
    oldest = NOW - max(customer.since, OPENING)
    youth = dice.between(0, 1_000_000)
    if dice.chance(0.5):
        # The business grows: half of the orders crowd towards now.
        youth = max(youth, dice.between(0, 1_000_000))
    age = max(youngest, MINUTE) + (oldest - max(youngest, MINUTE)) * (1_000_000 - youth) // 1_000_000
    return Plan(customer, dice.weighted(favourites), plot, course(plot, dice, age))
