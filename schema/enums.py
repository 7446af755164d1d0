"""Making the services' enums public, each value with its description."""

from enum import EnumMeta
from typing import cast

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

UNKNOWN = "A value that is newer than this schema."


def public_enum(enum: EnumMeta, description: str, /, **values: str) -> None:
    """Register an enum in the schema.

    Args:
        enum: The enum of the records.
        description: What it says.
        values: What each member means; ``UNKNOWN`` is known.

    Raises:
        KeyError: A member has no description.
    """
    strawberry.enum(enum, description=description)
    definition = cast("StrawberryEnumDefinition", enum.__strawberry_definition__)  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = UNKNOWN if value.name == "UNKNOWN" else values[value.name]
