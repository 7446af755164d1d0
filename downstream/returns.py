"""Returns of goods, from the order service."""

from collections.abc import Sequence

from msgspec import Struct

from downstream.command import Body, Command
from downstream.endpoint import BatchGet, Entity, Search
from downstream.record import Money, OpenEnum, Owned, Page, Query, Record


class ReturnStatus(OpenEnum):
    """How far a return has come."""

    REQUESTED = "REQUESTED"
    OPEN = "OPEN"
    DECLINED = "DECLINED"
    CANCELED = "CANCELED"
    CLOSED = "CLOSED"
    UNKNOWN = "UNKNOWN"


class ReturnReason(OpenEnum):
    """Why goods go back."""

    DAMAGED = "DAMAGED"
    DEFECTIVE = "DEFECTIVE"
    WRONG_ITEM = "WRONG_ITEM"
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED"
    SIZE_OR_FIT = "SIZE_OR_FIT"
    CHANGED_MIND = "CHANGED_MIND"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class ReturnItem(Record, frozen=True):
    """How many of a line item go back."""

    line_item_id: str
    title: str
    quantity: int


class Return(Record, frozen=True):
    """Goods of one order on their way back."""

    id: str
    order_id: str
    customer_id: str
    number: str
    status: ReturnStatus
    reason: ReturnReason
    note: str | None
    requested_at: str
    updated_at: str
    closed_at: str | None
    decline_reason: str | None
    refund_amount: Money | None
    items: Sequence[ReturnItem]


class OrderReturns(Record, frozen=True):
    """The returns of one order, oldest first."""

    order_id: str
    customer_id: str
    returns: Sequence[Return]


class ReturnFilter(Struct, frozen=True, kw_only=True, rename="camel"):
    """Which returns; None: no restriction."""

    status: tuple[ReturnStatus, ...] | None = None


class ReturnQuery(Query, frozen=True, kw_only=True):
    """A window of a customer's returns, newest request first."""

    filter: ReturnFilter | None = None


RETURN_BY_ID: Entity[Owned, Return] = BatchGet("order", "/v1/returns:batchGet", Return)
RETURNS_BY_ORDER: Entity[Owned, OrderReturns] = BatchGet(
    "order", "/v1/returns:batchGetByOrder", OrderReturns, identity="order_id"
)
RETURNS_BY_CUSTOMER: Entity[ReturnQuery, Page[Return]] = Search("order", "/v1/returns:search", Page[Return])


class ReturnedItem(Record, frozen=True):
    """How many of a line item shall go back."""

    line_item_id: str
    quantity: int


class RequestReturn(Body, frozen=True, kw_only=True):
    """What of which order shall go back, and why."""

    order_id: str
    reason: ReturnReason
    note: str | None
    items: Sequence[ReturnedItem]


class ReturnCommand(Body, frozen=True, kw_only=True):
    """Names the return to change."""

    return_id: str


REQUEST_RETURN: Command[Return] = Command("order", "/v1/returns:request", Return)
CANCEL_RETURN: Command[Return] = Command("order", "/v1/returns:cancel", Return)
