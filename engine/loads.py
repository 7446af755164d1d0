"""What a resolver may load, as it declares it: nothing is run to find out what an operation can ask of services."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])

_ATTRIBUTE = "loads"


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
        loaders: list[object] = []
        names = [key]
        for source in sources:
            declared = getattr(source, _ATTRIBUTE, None)
            if isinstance(declared, Loads):
                loaders += declared.loaders
                names.append(declared.key)
            else:
                loaders.append(source)
        setattr(resolver, _ATTRIBUTE, Loads(tuple(dict.fromkeys(loaders)), max(names)))
        return resolver

    return declare


def loaded_by(resolver: object) -> Loads:
    """Return what a resolver has declared."""
    found = getattr(resolver, _ATTRIBUTE, None)
    return found if isinstance(found, Loads) else Loads()
