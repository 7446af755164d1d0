"""The word lists beside this module, as values."""

from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

W = TypeVar("W")

_FOLDER = Path(__file__).parent / "words"


class City(Struct, frozen=True):
    """A place that people live in."""

    city: str
    region: str | None
    postal: str | None
    country: str


class Culture(Struct, frozen=True, rename="camel"):
    """How people of some regions are called and where they live. Names may be `written|spelled in Latin letters`."""

    regions: list[str]
    family_first: bool
    given: list[str]
    family: list[str]
    streets: list[str]
    cities: list[City]


class Category(Struct, frozen=True):
    """The grammar of a category's titles; `low` and `high` are prices in US dollars."""

    name: str
    low: int
    high: int
    adjectives: list[str]
    nouns: list[str]
    materials: list[str]
    sizes: list[str]
    variants: list[str]
    uses: list[str]


class Noun(Struct, frozen=True):
    """A thing to sell and the category that it belongs to."""

    noun: str
    category: str


class Voice(Struct, frozen=True):
    """The grammar of titles in one language."""

    brands: list[str]
    adjectives: list[str]
    nouns: list[Noun]
    patterns: list[str]
    sentences: list[str]


class CatalogueWords(Struct, frozen=True):
    """What titles and descriptions are made of."""

    brands: list[str]
    features: list[str]
    emoji: list[str]
    categories: list[Category]
    voices: dict[str, Voice]


class ShopSign(Struct, frozen=True, rename="camel"):
    """A shop as it is known; `homes` are the regions most of its customers are from."""

    name: str
    handle: str
    currency: str
    homes: list[str]
    voice: str | None
    categories: list[str]
    tax_per_mille: int
    verified: bool


def cultures() -> list[Culture]:
    """Read the cultures."""
    return _read("cultures", list[Culture])


def catalogue_words() -> CatalogueWords:
    """Read the grammars of titles."""
    return _read("catalogue", CatalogueWords)


def shop_signs() -> list[ShopSign]:
    """Read the shops."""
    return _read("shops", list[ShopSign])


def _read(name: str, kind: type[W]) -> W:
    return msgspec.json.decode((_FOLDER / f"{name}.json").read_bytes(), type=kind)
