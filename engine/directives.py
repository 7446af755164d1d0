"""The schema directives that stand at a field or type."""

from collections.abc import Iterator
from typing import Any

from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

# Where Strawberry keeps its own definitions in the extensions of graphql-core's.
BACKREF = "strawberry-definition"


def directives_of(extensions: dict[str, Any]) -> Iterator[object]:
    """Yield the directives of what has these extensions: a field, or an object or interface type, of graphql-core's."""
    definition = extensions.get(BACKREF)
    if isinstance(definition, StrawberryField | StrawberryObjectDefinition):
        yield from definition.directives or ()
