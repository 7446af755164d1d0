"""Telling which GraphQL type an object has by its class."""

from collections.abc import Callable
from typing import Any

# Attribute of an ``is_type_of`` that looks at nothing but the class.
BY_CLASS = "by_class"


def instances_of(*classes: type) -> Callable[[Any, object], bool]:
    """Return an ``is_type_of`` that compiled code need not call again for a class that it has accepted once."""

    def is_type_of(value: Any, _info: object) -> bool:  # noqa: ANN401  any object
        return isinstance(value, classes)

    # setattr: this is how compiled code knows, and a function's own type does not have it.
    setattr(is_type_of, BY_CLASS, True)
    return is_type_of
