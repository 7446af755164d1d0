"""Amounts."""

import strawberry
import strawberry.federation

from downstream import record
from engine import CacheControl
from schema.records import reads
from schema.scalars import CurrencyCode, Decimal


@strawberry.federation.type(
    description="An amount of money.", shareable=True, directives=[CacheControl(inherit_max_age=True)]
)
@reads(record.Money)
class Money:
    """An amount of money."""

    amount: Decimal = strawberry.field(description="How much, exact.")
    currency_code: CurrencyCode = strawberry.field(description="In which currency.")
