"""Scalars. Output values are what the service sent, already in these forms; only input is parsed."""

import re
from datetime import UTC, datetime, timedelta
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

DateTime = NewType("DateTime", str)
Decimal = NewType("Decimal", str)
CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)
Url = NewType("Url", str)

_WORDS = "must be an RFC 3339 time such as 2026-03-01T09:30:00Z"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def parse_time(value: object) -> str:
    """Return an RFC 3339 time in UTC, up to the next whole second; raises ``ValueError`` for anything else."""
    if isinstance(value, str) and len(value) <= 40 and _RFC3339.fullmatch(value):  # noqa: PLR2004  longer is no time
        whole, point, rest = value.upper().partition(".")
        fraction = rest.rstrip("Z").partition("+")[0].partition("-")[0]
        try:
            moment = datetime.fromisoformat(whole + rest[len(fraction) :] if point else whole).astimezone(UTC)
            # Nothing happens between two seconds: what is before or from a moment between them is so from the next one.
            moment += timedelta(seconds=bool(fraction.strip("0")))
        except OverflowError:
            raise ValueError(_WORDS) from None
        return moment.replace(tzinfo=None).isoformat() + "Z"
    raise ValueError(_WORDS)


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
