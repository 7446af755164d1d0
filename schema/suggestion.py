"""What a person might like."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from downstream import suggestion as records
from engine import batch_field, loads
from resolvers import product as products
from resolvers import suggestion as suggestions
from resolvers.context import Context
from resolvers.many import Level
from resolvers.paging import Connection, PageArguments
from resolvers.user import User
from schema.access import SIGNED_IN
from schema.arguments import values
from schema.change import ChangeInput, Payload
from schema.connection import After, Before, First, Last
from schema.enums import public_enum
from schema.node import Node
from schema.product import Product
from schema.records import reads
from schema.source import Source

if TYPE_CHECKING:
    from schema.order import Order

public_enum(
    records.SuggestionReason,
    "Why a product is suggested.",
    BOUGHT_TOGETHER="Others bought it together with something the person bought.",
    SIMILAR="It is like something the person bought.",
    TAGGED_BEFORE="It goes with something the person tagged.",
    TRENDING="Many people buy it these days.",
    VIEWED="It is like something the person looked at.",
)
public_enum(
    records.Placement,
    "Where in the app a suggestion is meant to be shown.",
    ORDER_CENTER="In the Order Center.",
    ORDER_DETAIL="Beside an order.",
    CHECKOUT="At the checkout.",
    HOME="On the home page.",
)


@strawberry.type(description="A product that a person might like.", directives=SIGNED_IN)
@reads(records.Suggestion)
class Suggestion(Node):
    """A product that a person might like."""

    reason: records.SuggestionReason = strawberry.field(description="Why it is suggested.")
    score: float = strawberry.field(description="How sure that is, 0 to 1.")
    placement: records.Placement = strawberry.field(description="Where it is meant to be shown.")
    source: Source | None = strawberry.field(description="Where the person met the product, if they did.")
    product: Product | None = batch_field(products.products_of, description="What is suggested, as it is now.")
    because_product: Product | None = batch_field(
        suggestions.because_products, description="The product that it follows from, where one is the reason."
    )
    because_order: Annotated["Order", strawberry.lazy("schema.order")] | None = batch_field(
        suggestions.because_orders, description="The order that it follows from, where one is the reason."
    )


@strawberry.input(description="Which suggestions; what is left out does not restrict.")
class SuggestionFilter:
    """Which suggestions."""

    reason: list[records.SuggestionReason] | None = strawberry.field(
        default=None, description="For any of these reasons."
    )
    placement: list[records.Placement] | None = strawberry.field(
        default=None, description="Meant for any of these places."
    )

    def to_record(self) -> records.SuggestionFilter:
        """Return what the service is asked for."""
        return records.SuggestionFilter(
            reason=values("filter.reason", self.reason), placement=values("filter.placement", self.placement)
        )


@loads(suggestions.suggestions_of_users)
def suggestions_of_users(
    users: Sequence[User],
    context: Context,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    *,
    filter: Annotated[SuggestionFilter | None, strawberry.argument(description="Which ones; all unless given.")] = None,  # noqa: A002  public name
) -> Level[Connection[records.Suggestion]]:
    """Answer ``User.suggestions``."""
    page = PageArguments(first, after, last, before)
    return suggestions.suggestions_of_users(users, context, page, where=filter.to_record() if filter else None)


@strawberry.input(description="Which suggestion never to make again.")
class DismissSuggestionInput(ChangeInput):
    """Which suggestion never to make again."""

    suggestion_id: strawberry.ID = strawberry.field(description="Id of a suggestion to the viewer.")


@strawberry.type(description="What came of dismissing a suggestion.")
class DismissSuggestionPayload(Payload):
    """What came of dismissing a suggestion."""

    value: Suggestion | None = strawberry.field(
        name="suggestion", description="The suggestion as it was; it is gone. Null when nothing was done."
    )
