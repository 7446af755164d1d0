"""Where a person met a product."""

import strawberry

from downstream import record
from schema.enums import public_enum
from schema.records import reads

public_enum(
    record.Channel,
    "Where a person met a product.",
    VIDEO="In a video.",
    LIVE="In a live stream.",
    SHOP="On the shop's own page.",
    SEARCH="In search results.",
    ORDER_CENTER="In the Order Center.",
)


@strawberry.type(description="Where the person met a product, and through whom.")
@reads(record.Source)
class Source:
    """Where the person met a product."""

    channel: record.Channel = strawberry.field(description="The part of the app.")
    creator_handle: str | None = strawberry.field(description="The creator who showed it, where there was one.")


@strawberry.input(description="Where the person met a product, and through whom.")
class SourceInput:
    """Where the person met a product."""

    channel: record.Channel = strawberry.field(description="The part of the app.")
    creator_handle: str | None = strawberry.field(
        default=None, description="The creator who showed it, where there was one."
    )

    def to_record(self) -> record.Source:
        """Return what the service is told."""
        return record.Source(channel=self.channel, creator_handle=self.creator_handle)
