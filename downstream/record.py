"""What all records share: their base, open enums, money, pages and the keys that name an owner."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Generic, Protocol, Self, TypeVar

from msgspec import Meta, Struct

V = TypeVar("V")

MAX_POSITION_LENGTH = 200


class Record(Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A row as the service sent it. Unknown fields are ignored, so that a service may add some.

    Records are trees, so the garbage collector has nothing to look for in the many that a cache holds.
    """


class OpenEnum(StrEnum):
    """An enum that a service may extend: a value that this gateway does not know yet reads as ``UNKNOWN``."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        unknown = cls.__members__.get("UNKNOWN")
        return unknown if isinstance(value, str) else None


class Channel(OpenEnum):
    """Where a person met a product."""

    VIDEO = "VIDEO"
    LIVE = "LIVE"
    SHOP = "SHOP"
    SEARCH = "SEARCH"
    ORDER_CENTER = "ORDER_CENTER"
    UNKNOWN = "UNKNOWN"


class Money(Record, frozen=True):
    """An amount as a decimal string with its currency's number of decimals, such as ``12.90`` EUR or ``1290`` JPY."""

    amount: Annotated[str, Meta(max_length=40)]
    currency_code: Annotated[str, Meta(min_length=3, max_length=3)]

    def __post_init__(self) -> None:
        """Refuse what is no amount or currency. An order has many: patterns would cost more than all other decoding."""
        whole, point, decimals = self.amount.removeprefix("-").partition(".")
        code = self.currency_code
        if not (
            whole.isdecimal()
            and (decimals.isdecimal() or not point)
            and self.amount.isascii()
            and code.isupper()
            and code.isalpha()
            and code.isascii()
        ):
            raise ValueError("no amount of money")


class Source(Record, frozen=True):
    """Where the person met the product, and through whom."""

    channel: Channel
    creator_handle: str | None


class Private(Protocol):
    """A record that belongs to one customer."""

    @property
    def customer_id(self) -> str:
        """Id of the owner."""


class Owned(Struct, frozen=True, gc=False):
    """Key of a private record: its id, and whose it must be (None: anybody's, for staff)."""

    id: str
    owner: str | None


class Query(Struct, frozen=True, kw_only=True, rename="camel"):
    """Key of a search: whose list, which window of it. Subclasses add ``filter``, ``search`` and ``sort``."""

    ref: str = ""
    customer_id: str
    limit: int
    backward: bool = False
    after: str | None = None
    before: str | None = None
    descending: bool = True


class Page(Record, Generic[V], frozen=True):
    """One window of a customer's list, in forward order; ``positions[i]`` names the place of ``items[i]``."""

    customer_id: str
    items: Sequence[V]
    positions: Sequence[Annotated[str, Meta(max_length=MAX_POSITION_LENGTH)]]
    has_next: bool
    has_previous: bool
    total_count: int | None = None
