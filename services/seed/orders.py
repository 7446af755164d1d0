"""One order from its plan to its rows in the order and payment databases."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.seed import returns, timelines
from services.seed.accounts import Account
from services.seed.baskets import Basket, fill
from services.seed.clock import DAY, NOW
from services.seed.dice import Dice
from services.seed.ids import ORDER, code, scattered
from services.seed.payments import cancel_reason, pay
from services.seed.plans import Plan
from services.seed.returns import ReturnCase
from services.seed.shipments import Parcel, parcels
from services.seed.states import fulfillment_status, order_status
from services.seed.wallets import Wallet


@dataclass(slots=True, eq=False)
class Order:
    """Everything that is known of one order now."""

    plan: Plan
    id: str
    status: str
    basket: Basket
    account: Account
    parcels: list[Parcel]
    returns: list[ReturnCase]
    events: list[timelines.Event]
    note: str | None
    reviewed: bool
    archived: bool
    unread: int
    shipping_address: int | None
    billing_address: int | None

    @property
    def number(self) -> str:
        """The number that people know."""
        # Steps of uneven width: numbers shall not tell how many orders there are.
        return f"OC-{1_048_576 + 3 * self.plan.rank + self.plan.number % 3}"

    @property
    def confirmation(self) -> str:
        """The short code on the confirmation."""
        return code(scattered(self.plan.rank, 17) % 2**30)

    @property
    def fulfillment_status(self) -> str:
        """The FulfillmentStatus."""
        return fulfillment_status(self.basket.lines)

    @property
    def cancel_reason(self) -> str | None:
        """The CancelReason, if it is cancelled."""
        return cancel_reason(self.plan.plot, self.plan.course) if self.status == "CANCELLED" else None

    @property
    def updated_at(self) -> int:
        """When anything last happened to it."""
        return max(self.events[-1].at, self.plan.course.completed if self.status == "COMPLETED" else 0)

    @property
    def search_text(self) -> str:
        """What a search looks at."""
        titles = [line.product.title for line in self.basket.lines]
        return "\n".join([self.number, self.basket.shop.sign.name, *titles]).casefold()

    @property
    def invoice(self) -> tuple[str, int] | None:
        """Number and time of the invoice; there is one once something is paid."""
        paid = [
            each.known_at for each in self.account.transactions if each.kind == "CHARGE" and each.status == "SUCCESS"
        ]
        if not paid:
            return None
        return f"INV-{datetime.fromtimestamp(paid[0], UTC).year}-{self.plan.rank + 1:06d}", paid[0] + 30


_NOTES: Final = (
    "Please leave it with the neighbour on the ground floor.",
    "It is a present: please no prices in the box.",
    "The bell does not work, please knock.",
    "Bitte nicht knicken!",
    "家にいない場合は宅配ボックスにお願いします。",
    "من فضلك اتصل بالباب الخلفي",
    "Thank you! 🎁",
)


def play(plan: Plan, kept: Wallet, dice: Dice) -> Order:
    """Play an order from its basket until now."""
    plot, course, customer = plan.plot, plan.course, plan.customer
    basket = fill(plan.number, plan.shop, course.placed, plot.parts, dice)
    account = pay(plot, course, basket, kept, dice)
    to = dice.pick(customer.addresses) if dice.chance(0.2) else customer.addresses[0]
    sent = parcels(plan.number, plot, course, basket, to, dice)
    cases = returns.returned(plot, course, basket, account, dice)
    if plot.goodwill and not cases:
        returns.show_goodwill(course, basket, account, dice)
    account.transactions.sort(key=lambda each: each.at)
    story = timelines.Story(customer, basket)
    story.tell_order(plot, course, dice)
    story.tell_payments(account)
    story.tell_parcels(plot, course, sent)
    story.tell_returns(cases)
    events = story.events()
    status = order_status(plot, course)
    finished = status in {"COMPLETED", "CANCELLED"}
    return Order(
        plan=plan,
        id=ORDER.id(plan.number),
        status=status,
        basket=basket,
        account=account,
        parcels=sent,
        returns=cases,
        events=events,
        note=dice.pick(_NOTES) if dice.chance(0.06) else None,
        reviewed=status in {"DELIVERED", "COMPLETED"} and dice.chance(0.6 if finished else 0.15),
        archived=finished and course.placed < NOW - 75 * DAY and dice.chance(0.12),
        unread=_unread(events, dice),
        shipping_address=None if plot.collect else to.id,
        billing_address=None if plot.pay == "GIFT_CARD" else customer.addresses[0].id,
    )


def _unread(events: list[timelines.Event], dice: Dice) -> int:
    """Count what others did since the customer last looked, some time in the last days."""
    looked = NOW - dice.below(5 * DAY)
    return sum(event.at > looked and event.actor != "CUSTOMER" for event in events)
