"""What all other types need. ``from_row`` makes a type of a service's row."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import strawberry

from .scalars import CurrencyCode, DateTime, Decimal, Url
from .services import Row

if TYPE_CHECKING:
    from .loaders import Loaders


class Context(TypedDict):
    """What resolvers get as ``info.context``."""

    loaders: Loaders


Info = strawberry.Info[Context, None]


class Profile:
    """A person's profile; not a type of the schema."""

    __slots__ = ("avatar_url", "display_name", "handle", "member_since")

    def __init__(self, row: Row) -> None:
        self.display_name: str = row["displayName"]
        self.handle: str = row["handle"]
        self.avatar_url: Url | None = row["avatarUrl"]
        self.member_since: DateTime = row["memberSince"]


@strawberry.type
class Money:
    """An amount of money."""

    amount: Decimal
    currency_code: CurrencyCode

    @classmethod
    def from_row(cls, row: Row) -> Money:
        """Make one."""
        return cls(amount=row["amount"], currency_code=row["currencyCode"])


@strawberry.type
class Shop:
    """A seller."""

    id: strawberry.ID
    name: str
    logo_url: Url | None
    rating: float | None
    verified: bool

    @classmethod
    def from_row(cls, row: Row) -> Shop:
        """Make one."""
        return cls(
            id=row["id"], name=row["name"], logo_url=row["logoUrl"], rating=row["rating"], verified=row["verified"]
        )


@strawberry.type
class Product:
    """A product as it is now."""

    id: strawberry.ID
    title: str
    image_url: Url | None
    price: Money
    rating: float | None

    @classmethod
    def from_row(cls, row: Row) -> Product:
        """Make one."""
        return cls(
            id=row["id"],
            title=row["title"],
            image_url=row["imageUrl"],
            price=Money.from_row(row["price"]),
            rating=row["rating"],
        )
