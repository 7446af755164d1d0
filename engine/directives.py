"""The schema directives that stand at a field or type."""

from collections.abc import Iterator
from typing import Any

# Where Strawberry keeps its own definitions in the extensions of graphql-core's.
BACKREF = "strawberry-definition"


def directives_of(extensions: dict[str, Any]) -> Iterator[object]:
    """Yield the directives of a field or type of graphql-core's that has these extensions."""
    yield from getattr(extensions.get(BACKREF), "directives", None) or ()
