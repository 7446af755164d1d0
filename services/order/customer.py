from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from services.common.database import Reader
from services.common.shared import Count
from services.common.times import Time, time

Region = Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2", examples=["DE"])]

_CUSTOMERS = """
    SELECT id, display_name, handle, avatar_url, member_since, region
    FROM customers WHERE id IN (SELECT value FROM json_each(?))
"""

_BADGES = """
    SELECT c.id,
        count(*) FILTER (WHERE o.status = 'UNPAID'),
        count(*) FILTER (WHERE o.status IN ('ON_HOLD', 'AWAITING_SHIPMENT')),
        count(*) FILTER (WHERE o.status IN ('PARTIALLY_SHIPPED', 'AWAITING_COLLECTION', 'IN_TRANSIT')),
        count(*) FILTER (WHERE o.status IN ('DELIVERED', 'COMPLETED') AND NOT o.reviewed),
        (SELECT count(*) FROM returns r WHERE r.customer_id = c.id AND r.status IN ('REQUESTED', 'OPEN')),
        count(*) FILTER (WHERE o.status = 'CANCELLED'),
        coalesce(sum(o.unread_updates), 0)
    FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.archived = 0
    WHERE c.id IN (SELECT value FROM json_each(?))
    GROUP BY c.id
"""


class Customer(Struct, rename="camel", frozen=True):
    """A person; here `id` is the owner."""

    id: str
    display_name: str
    handle: str
    avatar_url: str | None
    member_since: Time
    region: Region


class Badges(Struct, rename="camel", frozen=True):
    """What waits for the person; archived orders do not count."""

    customer_id: str
    to_pay: Annotated[Count, Meta(description="Orders UNPAID")]
    to_ship: Annotated[Count, Meta(description="Orders ON_HOLD or AWAITING_SHIPMENT")]
    to_receive: Annotated[Count, Meta(description="Orders PARTIALLY_SHIPPED, AWAITING_COLLECTION or IN_TRANSIT")]
    to_review: Annotated[Count, Meta(description="Orders DELIVERED or COMPLETED and not yet reviewed")]
    returns: Annotated[Count, Meta(description="Returns REQUESTED or OPEN")]
    cancelled: Annotated[Count, Meta(description="Orders CANCELLED")]
    unread_updates: Annotated[Count, Meta(description="Updates of orders that the person has not seen")]


def customers_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, Customer]:
    """Read customers."""
    return {
        key: Customer(key, display_name, handle, avatar_url, time(member_since), region)
        for key, display_name, handle, avatar_url, member_since, region in reader.rows_of(_CUSTOMERS, ids)
    }


def badges_by_customer(reader: Reader, ids: Sequence[str]) -> dict[str, Badges]:
    """Count what waits for customers; a customer without orders has zeros."""
    return {row[0]: Badges(*row) for row in reader.rows_of(_BADGES, ids)}
