"""Tags and suggestions, from the recs service."""

from __future__ import annotations

import strawberry

from .enums import Placement, SuggestionReason
from .scalars import DateTime
from .services import Row
from .types import Info, Money, Product


@strawberry.type
class Tag:
    """A product that a person keeps an eye on."""

    id: strawberry.ID
    note: str | None
    labels: list[str]
    price_when_tagged: Money
    price_dropped: bool
    back_in_stock: bool
    tagged_at: DateTime
    product_id: strawberry.Private[str]

    @classmethod
    def from_row(cls, row: Row) -> Tag:
        """Make one."""
        return cls(
            id=row["id"],
            note=row["note"],
            labels=row["labels"],
            price_when_tagged=Money.from_row(row["priceWhenTagged"]),
            price_dropped=row["priceDropped"],
            back_in_stock=row["backInStock"],
            tagged_at=row["taggedAt"],
            product_id=row["productId"],
        )

    @strawberry.field
    async def product(self, info: Info) -> Product | None:
        """What was tagged, as it is now."""
        return await info.context["loaders"].product.load(self.product_id)


@strawberry.type
class Suggestion:
    """A product that a person might like."""

    id: strawberry.ID
    reason: SuggestionReason
    score: float
    placement: Placement
    product_id: strawberry.Private[str]

    @classmethod
    def from_row(cls, row: Row) -> Suggestion:
        """Make one."""
        return cls(
            id=row["id"],
            reason=row["reason"],
            score=row["score"],
            placement=row["placement"],
            product_id=row["productId"],
        )

    @strawberry.field
    async def product(self, info: Info) -> Product | None:
        """What is suggested, as it is now."""
        return await info.context["loaders"].product.load(self.product_id)
