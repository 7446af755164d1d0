"""What a resolver may load, as it declares it: nothing is run to find out what an operation can ask of services."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])

_ATTRIBUTE = "loads"
# Where a field of the engine's own has its declaration, in the extensions of graphql-core's field.
LOADS = "engine-loads"


@dataclass(frozen=True)
class Loads:
    """What a resolver loads.

    Attributes:
        loaders: Of whatever kind the application has.
        key: Tells fields apart that load different things for one object.
    """

    loaders: tuple[object, ...] = ()
    key: str = ""


def loads(*sources: object, key: str = "") -> Callable[[F], F]:
    """Declare what a resolver loads.

    Args:
        sources: Loaders, or resolvers whose declarations are taken over.
        key: Which of an object's things is loaded; fields of one object with the same key load the same.
    """

    def declare(resolver: F) -> F:
        setattr(resolver, _ATTRIBUTE, all_of(sources, key))
        return resolver

    return declare


def all_of(sources: Iterable[object], key: str = "") -> Loads:
    """Return what is loaded by several loaders and resolvers together."""
    loaders: list[object] = []
    names = [key]
    for source in sources:
        declared = getattr(source, _ATTRIBUTE, None)
        if isinstance(declared, Loads):
            loaders += declared.loaders
            names.append(declared.key)
        else:
            loaders.append(source)
    return Loads(tuple(dict.fromkeys(loaders)), max(names))


def loaded_by(resolver: object) -> Loads:
    """Return what a resolver has declared."""
    found = getattr(resolver, _ATTRIBUTE, None)
    return found if isinstance(found, Loads) else Loads()
