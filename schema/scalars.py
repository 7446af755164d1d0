"""Scalars. Output values are what the service sent, already in these forms; only input is parsed."""

import re
from datetime import UTC, datetime
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

DateTime = NewType("DateTime", str)
Decimal = NewType("Decimal", str)
CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)
Url = NewType("Url", str)

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def parse_time(value: object) -> str:
    """Return an RFC 3339 time in UTC with whole seconds; raises ``ValueError`` for anything else."""
    if isinstance(value, str) and len(value) <= 40 and _RFC3339.fullmatch(value):  # noqa: PLR2004  longer is no time
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    raise ValueError("must be an RFC 3339 time such as 2026-03-01T09:30:00Z")


def _only_output(_value: object) -> str:
    raise ValueError("is not accepted as input")


def _output(name: str, description: str) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description, serialize=str, parse_value=_only_output)


SCALARS: dict[object, ScalarDefinition] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC as RFC 3339 with whole seconds, such as 2026-03-01T09:30:00Z.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=str,
        parse_value=parse_time,
    ),
    Decimal: _output(
        "Decimal", "A decimal number as a string, with as many decimals as its currency has, such as 12.90."
    ),
    CurrencyCode: _output("CurrencyCode", "An ISO 4217 currency code, such as EUR."),
    CountryCode: _output("CountryCode", "An ISO 3166-1 alpha-2 country code, such as DE."),
    Url: _output("URL", "An absolute URL."),
}
