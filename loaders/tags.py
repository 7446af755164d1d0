"""Tags, by which values are invalidated: what a value mentions, and what an event is about.

A tag is ``<kind>:<id>``. ``order:…``, ``product:…`` and the like stand for one thing, ``customer:…`` for all that is a
person's, and ``orders:…``, ``payments:…``, ``tags:…``, ``suggestions:…``, ``views:…`` for a person's lists of these.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeAlias

from downstream.order import Order
from downstream.record import Page
from downstream.tag import Tag

# Names the tags that a value itself calls for.
Mentions: TypeAlias = Callable[[Any], Iterable[str]]

_tag = re.compile(r"[a-z]{1,20}:[0-9A-Za-z_-]{1,64}", re.ASCII)


class OfOrder(Protocol):
    """A record that belongs to an order."""

    @property
    def order_id(self) -> str:
        """Id of the order."""


def is_tag(text: str) -> bool:
    """Tell whether a text has the form of a tag; only such ones become part of a key."""
    return _tag.fullmatch(text) is not None


def nothing(_value: object) -> Iterable[str]:
    """A value that mentions nothing."""
    return ()


def order(value: Order) -> Iterable[str]:
    """An order mentions itself."""
    return (f"order:{value.id}",)


def its_order(value: OfOrder) -> Iterable[str]:
    """What belongs to an order mentions it."""
    return (f"order:{value.order_id}",)


def its_product(value: Tag) -> Iterable[str]:
    """A tag knows whether its product's price has dropped and whether it is back."""
    return (f"product:{value.product_id}",)


def its_suggestions(page: Page[Any]) -> Iterable[str]:
    """A page that suggestions are on, too, though it is a list of something else."""
    return (f"suggestions:{page.customer_id}",)


def on_page(item: Mentions) -> Mentions:
    """A page mentions what its items do."""

    def mentions(page: Page[Any]) -> Iterable[str]:
        return {tag for one in page.items for tag in item(one)}

    return mentions
