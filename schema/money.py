"""Amounts."""

import strawberry

from downstream import record
from engine import CacheControl
from schema.records import reads
from schema.scalars import CurrencyCode, Decimal


@strawberry.type(description="An amount of money.", directives=[CacheControl(inherit_max_age=True)])
@reads(record.Money)
class Money:
    """An amount of money."""

    amount: Decimal = strawberry.field(description="How much, exact.")
    currency_code: CurrencyCode = strawberry.field(description="In which currency.")
