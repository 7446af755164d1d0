"""Ids: which kind of thing an id names. They come from the services and are globally unique by their prefix."""

import re

from resolvers.errors import BadUserInputError

MAX_LENGTH = 50
_FORM = re.compile(r"([a-z]{2,4})_[0-9A-Za-z]{1,40}")


def prefix(identifier: str, argument: str) -> str:
    """Return the part of an id that names its kind; raises ``BadUserInputError`` for what cannot be an id."""
    match = _FORM.fullmatch(identifier) if len(identifier) <= MAX_LENGTH else None
    if match is None:
        raise BadUserInputError(argument, "is not an id")
    return match[1]


def check(identifier: str, kind: str, argument: str) -> str:
    """Return the id; raises ``BadUserInputError`` when it does not name this kind of thing."""
    if prefix(identifier, argument) != kind:
        raise BadUserInputError(argument, f"must be an id that begins with '{kind}_'")
    return identifier
