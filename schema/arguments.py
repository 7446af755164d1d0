"""Checks of arguments that GraphQL's types cannot express."""

from collections.abc import Sequence
from enum import Enum
from typing import TypeVar

from resolvers.errors import BadUserInputError

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

MAX_LIST = 50
MAX_TEXT = 200


def values(argument: str, given: Sequence[E] | None) -> tuple[E, ...] | None:
    """Return the enum values to filter by; raises ``BadUserInputError`` for UNKNOWN, which no service can find."""
    if given is not None and any(value.name == "UNKNOWN" for value in given):
        raise BadUserInputError(argument, "cannot be UNKNOWN")
    return limited(argument, given)


def limited(argument: str, given: Sequence[T] | None) -> tuple[T, ...] | None:
    """Return a short list as a tuple; raises ``BadUserInputError`` for a long one."""
    if given is not None and len(given) > MAX_LIST:
        raise BadUserInputError(argument, f"must hold at most {MAX_LIST} values")
    return None if given is None else tuple(dict.fromkeys(given))


def text(argument: str, given: str | None) -> str | None:
    """Return text to search for; raises ``BadUserInputError`` for an empty, long or unprintable one."""
    if given is not None and not (0 < len(given) <= MAX_TEXT and given.isprintable()):
        raise BadUserInputError(argument, f"must have 1 to {MAX_TEXT} printable characters")
    return given
