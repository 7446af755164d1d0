"""Products that a person tagged."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from downstream import tag as records
from engine import batch_field, loads
from resolvers import product as products
from resolvers import tag as tags
from resolvers.context import Context
from resolvers.many import Level
from resolvers.paging import Connection, PageArguments
from resolvers.user import User
from schema.access import SIGNED_IN
from schema.arguments import limited, text
from schema.change import ChangeInput, Payload
from schema.connection import After, Before, Descending, First, Last
from schema.enums import public_enum
from schema.lists import about
from schema.money import Money
from schema.node import Node
from schema.product import Product
from schema.records import reads
from schema.scalars import DateTime
from schema.source import Source, SourceInput

public_enum(
    records.TagSort,
    "What a list of tags is ordered by.",
    TAGGED_AT="When they were tagged.",
    PRICE_DROP="How much the price has dropped since, as a share of the price then.",
)


@strawberry.type(description="A product that a person keeps an eye on.", directives=SIGNED_IN)
@reads(records.Tag)
class Tag(Node):
    """A product that a person keeps an eye on."""

    note: str | None = strawberry.field(description="What the person noted.")
    labels: list[str] = strawberry.field(description="The person's own labels.", directives=about(10))
    price_when_tagged: Money = strawberry.field(description="What it cost when it was tagged.")
    price_dropped: bool = strawberry.field(description="Whether it costs less now.")
    back_in_stock: bool = strawberry.field(description="Whether it was sold out and can be bought again.")
    tagged_at: DateTime = strawberry.field(description="When it was tagged.")
    updated_at: DateTime = strawberry.field(
        description="When it, or whether its product is cheaper or back, last changed."
    )
    source: Source | None = strawberry.field(description="Where the person met it.")
    product: Product | None = batch_field(products.products_of, description="The product as it is now.")


@strawberry.input(description="Which tags; what is left out does not restrict.")
class TagFilter:
    """Which tags."""

    labels: list[str] | None = strawberry.field(default=None, description="With any of these labels.")
    price_dropped: bool | None = strawberry.field(default=None, description="Whether it costs less now.")
    back_in_stock: bool | None = strawberry.field(default=None, description="Whether it can be bought again.")

    def to_record(self) -> records.TagFilter:
        """Return what the service is asked for."""
        for label in self.labels or ():
            text("filter.labels", label)
        return records.TagFilter(
            labels=limited("filter.labels", self.labels),
            price_dropped=self.price_dropped,
            back_in_stock=self.back_in_stock,
        )


@loads(tags.tags_of_users)
def tags_of_users(
    users: Sequence[User],
    context: Context,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    *,
    filter: Annotated[TagFilter | None, strawberry.argument(description="Which ones; all unless given.")] = None,  # noqa: A002  public name
    search: Annotated[str | None, strawberry.argument(description="Text in the note or the product's title.")] = None,
    sort: Annotated[records.TagSort, strawberry.argument(description="What to order by.")] = records.TagSort.TAGGED_AT,
    descending: Descending = True,
) -> Level[Connection[records.Tag]]:
    """Answer ``User.tags``."""
    return tags.tags_of_users(
        users,
        context,
        PageArguments(first, after, last, before),
        where=filter.to_record() if filter else None,
        search=text("search", search),
        sort=sort,
        descending=descending,
    )


@strawberry.input(description="Which product to keep an eye on.")
class TagProductInput(ChangeInput):
    """Which product to keep an eye on."""

    product_id: strawberry.ID = strawberry.field(description="Id of the product.")
    note: str | None = strawberry.field(default=None, description="A note of at most 500 characters.")
    labels: list[str] = strawberry.field(
        default_factory=list, description="The viewer's own labels: at most 10, of 1 to 40 characters."
    )
    source: SourceInput | None = strawberry.field(default=None, description="Where the viewer met the product.")


@strawberry.input(description="Which product to forget.")
class UntagProductInput(ChangeInput):
    """Which product to forget."""

    product_id: strawberry.ID = strawberry.field(description="Id of the product.")


@strawberry.input(description="What to change of a tag; what is left out stays.")
class UpdateTagInput(ChangeInput):
    """What to change of a tag."""

    tag_id: strawberry.ID = strawberry.field(description="Id of the viewer's tag.")
    note: str | None = strawberry.field(
        default=strawberry.UNSET, description="A note of at most 500 characters; null removes it."
    )
    labels: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="All of its labels, at most 10, of 1 to 40 characters; null or none removes them.",
    )


@strawberry.type(description="What came of changing a tag.")
class _TagPayload(Payload):
    value: Tag | None = strawberry.field(name="tag", description="The tag as it is now; null when nothing was done.")


@strawberry.type(description="What came of tagging a product.")
class TagProductPayload(_TagPayload):
    """What came of tagging a product."""


@strawberry.type(description="What came of changing a tag.")
class UpdateTagPayload(_TagPayload):
    """What came of changing a tag."""


@strawberry.type(description="What came of forgetting a product.")
class UntagProductPayload(Payload):
    """What came of forgetting a product."""

    value: Tag | None = strawberry.field(
        name="tag", description="The tag as it was; it is gone. Null when nothing was done."
    )
