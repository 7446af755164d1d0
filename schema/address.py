"""Postal addresses."""

import strawberry

from downstream import order
from schema.lists import about
from schema.records import reads
from schema.scalars import CountryCode


@strawberry.type(description="A postal address.")
@reads(order.Address)
class Address:
    """A postal address."""

    name: str = strawberry.field(description="Who lives there.")
    lines: list[str] = strawberry.field(description="Street and house, one to three lines.", directives=about(3))
    city: str = strawberry.field(description="The town.")
    region: str | None = strawberry.field(description="The state or province.")
    postal_code: str | None = strawberry.field(description="The postal code.")
    country_code: CountryCode = strawberry.field(description="The country.")
