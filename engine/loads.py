"""What a resolver may load, as it declares it: nothing is run to find out what an operation can ask of services."""

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])

_ATTRIBUTE = "loads"


def loads(*sources: object) -> Callable[[F], F]:
    """Declare what a resolver loads.

    Args:
        sources: Loaders, of whatever kind the application has, or resolvers whose declarations are taken over.
    """

    def declare(resolver: F) -> F:
        found: list[object] = []
        for source in sources:
            found += getattr(source, _ATTRIBUTE, (source,))
        setattr(resolver, _ATTRIBUTE, tuple(dict.fromkeys(found)))
        return resolver

    return declare


def loaded_by(resolver: object) -> tuple[object, ...]:
    """Return what a resolver has declared."""
    found = getattr(resolver, _ATTRIBUTE, ())
    return found if isinstance(found, tuple) else ()
