"""An order's history."""

import strawberry

from downstream import timeline
from schema.enums import public_enum
from schema.records import reads
from schema.scalars import DateTime

public_enum(
    timeline.TimelineKind,
    "What happened to an order.",
    PLACED="It was placed.",
    PAYMENT_AUTHORIZED="Money was reserved.",
    PAID="It was paid.",
    PAYMENT_FAILED="A payment failed.",
    ON_HOLD="It was put on hold.",
    RELEASED="It was released again.",
    PACKED="It was packed.",
    SHIPPED="A parcel left.",
    READY_FOR_COLLECTION="It waits to be collected.",
    DELIVERED="It arrived.",
    RECEIPT_CONFIRMED="The customer confirmed that it arrived.",
    CANCELLED="It was cancelled.",
    RETURN_REQUESTED="A return was requested.",
    RETURN_UPDATED="A return went on.",
    REFUNDED="Money was given back.",
    NOTE="Something was noted.",
)
public_enum(
    timeline.TimelineActor,
    "Who did something.",
    CUSTOMER="The customer.",
    SHOP="The shop.",
    CARRIER="The carrier.",
    PAYMENT_PROVIDER="The payment provider.",
    SUPPORT="Customer support.",
    SYSTEM="Nobody: it happened by itself.",
)


@strawberry.type(description="One entry of an order's history.")
@reads(timeline.TimelineEvent)
class TimelineEvent:
    """One entry of an order's history."""

    id: strawberry.ID = strawberry.field(description="Unique and stable.")
    kind: timeline.TimelineKind = strawberry.field(description="What happened.")
    happened_at: DateTime = strawberry.field(description="When.")
    actor: timeline.TimelineActor = strawberry.field(description="Who did it.")
    actor_name: str | None = strawberry.field(description="Their name, where it may be shown.")
    message: str = strawberry.field(description="The same in words for the customer.")
