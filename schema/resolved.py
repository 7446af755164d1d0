"""Fields with a resolver of their own, of which there is one parent."""

from collections.abc import Callable, Sequence
from typing import Any

import strawberry


def resolved(resolver: Callable[..., object], description: str, *, directives: Sequence[object] = ()) -> Any:  # noqa: ANN401  the attribute's annotation is the field's GraphQL type
    """Declare a field; the records that ``resolver`` returns are read as the field's GraphQL type says."""
    return strawberry.field(resolver=resolver, description=description, directives=directives)
