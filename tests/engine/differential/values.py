"""What a field can give: good and wrong values, errors, and how a value is described until it is made."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from graphql import GraphQLError, Undefined

from tests.engine.differential.shapes import ENUM


class Shade:
    """An enum's value that is an object of its own."""

    def __repr__(self) -> str:
        return "Shade"


BLUE = Shade()


class Text:
    """What String and ID take as text."""

    def __str__(self) -> str:
        return "as text"


class Index:
    """What Int and Float take as a number."""

    def __index__(self) -> int:
        return 5


class Small(int):
    """An integer of a class of its own."""


class Word(str):
    """A string of a class of its own."""

    __slots__ = ()


class CodedError(Exception):
    """An exception with what clients see of it."""

    extensions = {"code": "CODED"}  # noqa: RUF012  graphql-core reads a plain attribute


class NumberedError(Exception):
    """An exception whose message is no text."""

    message = 17


ERRORS: tuple[Callable[[], Exception], ...] = (
    lambda: ValueError("broken"),
    lambda: GraphQLError("refused", extensions={"code": "NO"}),
    lambda: GraphQLError("elsewhere", path=["else", 0]),
    lambda: KeyError("key"),
    lambda: CodedError("coded"),
    NumberedError,
    Exception,
)

GOOD: dict[str, tuple[Any, ...]] = {
    "Int": (1, 0, -5, 2**31 - 1),
    "String": ("a", "", "\u2028é"),
    "Float": (0.5, 2, -1e300),
    "Boolean": (True, False),
    "ID": ("id", 12),
    "Odd": ("ok", {"a": [1, None]}, 2**70, 0.25),
    ENUM: ("red", 2, BLUE),
}
WRONG: tuple[Any, ...] = (
    True, 3.0, 3.5, "7", "x", "", 2**31, -(2**31) - 1, 10**400, math.nan, math.inf, -math.inf, b"b", [], {}, (1,),
    Decimal("1.5"), Text(), Index(), Small(4), Word("w"), Undefined, "refuse", "coded", "null", "undefined", len,
)  # fmt: skip


@dataclass(frozen=True)
class Value:
    """What a field gives.

    Attributes:
        kind: plain, error (a value), raises, object, items, soon or called (a function where a value is expected).
        of: The plain value; what makes the error; type and number of the object; the items; the value that is awaited
            or returned.
        more: How the items are held and what makes the error at their end; how many turns it takes.
    """

    kind: str
    of: Any
    more: Any = None

    def __repr__(self) -> str:
        if self.kind in ("error", "raises"):
            return f"{self.kind} {self.of()!r}"
        if self.kind == "items":
            return f"{self.more[0]}{list(self.of)!r}{f' then {self.more[1]()!r}' if self.more[1] else ''}"
        return repr(self.of) if self.kind == "plain" else f"{self.kind} {self.of!r}"
