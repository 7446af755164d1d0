from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

Clock = Callable[[], datetime]

Time = Annotated[
    datetime,
    Meta(
        tz=True,
        extra_json_schema={"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
        description="UTC, whole seconds",
        examples=["2026-03-01T09:30:00Z"],
    ),
]


def real_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def fixed_clock(moment: datetime) -> Clock:
    """Make a clock that stands still at `moment`, for tests and for demo data of a known date."""
    return lambda: moment


def time(seconds: int) -> datetime:
    """Read unix seconds, the form of all times in the databases."""
    return datetime.fromtimestamp(seconds, UTC)


def time_or_none(seconds: int | None) -> datetime | None:
    """Read unix seconds where there may be none."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def seconds_up(moment: datetime) -> int:
    """Unix seconds of `moment`, rounded up: with whole seconds stored, both `>=` and `<` mean the same after it."""
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole + 1 if moment.microsecond else whole
