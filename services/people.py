"""The people of the demo data whom one can sign in as."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Person:
    """Somebody to sign in as.

    Args:
        id: Customer id.
        name: As the order service shows it.
        summary: What makes this person worth looking at.
        scope: What their token may do beyond their own things.
    """

    id: str
    name: str
    summary: str
    scope: str = ""


SHOPPER: Final = Person(
    "cus_5HFS5HFT4T",
    "Mira Öztürk",
    "Buys everywhere, all the time: hundreds of orders in every status, split parcels, returns, tags and suggestions.",
)
NEWCOMER: Final = Person(
    "cus_BDNE3Z6DR8", "Kwame Boateng", "Joined last week: no orders and no tags yet, only what is trending."
)
TROUBLED: Final = Person(
    "cus_H9V32CX0BP",
    "Ximena Salazar",
    "Nothing goes smoothly: declined cards, a chargeback, late and failed deliveries, returns in every state.",
)
STAFF: Final = Person(
    "cus_760R0TKKZ3", "Rory Ashworth", "Works in support and may read anybody's orders.", "orders:read:any"
)

PEOPLE: Final = (SHOPPER, NEWCOMER, TROUBLED, STAFF)
