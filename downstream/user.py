"""A customer's profile and the badge counts of the Order Center, from the order service."""

from downstream.endpoint import BatchGet, Entity
from downstream.record import Owned, Record


class Customer(Record, frozen=True):
    """A person who shops."""

    id: str
    display_name: str
    handle: str
    avatar_url: str | None
    member_since: str
    region: str

    @property
    def customer_id(self) -> str:
        """A customer belongs to themselves."""
        return self.id


class Badges(Record, frozen=True):
    """How many orders wait under each tab of the Order Center."""

    customer_id: str
    to_pay: int
    to_ship: int
    to_receive: int
    to_review: int
    returns: int
    cancelled: int
    unread_updates: int


CUSTOMER_BY_ID: Entity[Owned, Customer] = BatchGet("order", "/v1/customers:batchGet", Customer)
BADGES_BY_CUSTOMER: Entity[Owned, Badges] = BatchGet("order", "/v1/badges:batchGet", Badges, identity="customer_id")
