"""Scalars: strings that the services already send in the right form."""

from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

CurrencyCode = NewType("CurrencyCode", str)
DateTime = NewType("DateTime", str)
Decimal = NewType("Decimal", str)
Url = NewType("Url", str)

SCALARS: dict[object, ScalarDefinition] = {
    CurrencyCode: strawberry.scalar(name="CurrencyCode", serialize=str),
    DateTime: strawberry.scalar(name="DateTime", serialize=str),
    Decimal: strawberry.scalar(name="Decimal", serialize=str),
    Url: strawberry.scalar(name="URL", serialize=str),
}
