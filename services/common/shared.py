"""Values that several services know under the same name."""

from collections.abc import Iterable
from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct

V = TypeVar("V")

Channel = Literal["VIDEO", "LIVE", "SHOP", "SEARCH", "ORDER_CENTER"]
FinancialStatus = Literal[
    "PENDING", "AUTHORIZED", "PARTIALLY_PAID", "PAID", "PARTIALLY_REFUNDED", "REFUNDED", "VOIDED", "EXPIRED"
]
Quantity = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=0)]


class Source(Struct, rename="camel", frozen=True):
    """Where the person met the product."""

    channel: Channel
    creator_handle: Annotated[str, Meta(max_length=64)] | None


def source(channel: Channel | None, creator_handle: str | None) -> Source | None:
    """Read the two columns that tables keep of a source."""
    return None if channel is None else Source(channel, creator_handle)


def grouped(pairs: Iterable[tuple[str, V]]) -> dict[str, list[V]]:
    """Collect values by key, in the order given."""
    groups: dict[str, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups
