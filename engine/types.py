"""What can be told of an object by its class: its GraphQL type, and which attributes need no check any more."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect


class InstancesOf:
    """An ``is_type_of`` that compiled code need not call again for a class that it has accepted once.

    Attributes:
        classes: Whose objects are of the type.
        decoded: The one of them whose objects are as their decoder has checked them; None: there is none.
    """

    def __init__(self, classes: tuple[type, ...], decoded: type[msgspec.Struct] | None) -> None:
        self.classes = classes
        self.decoded = decoded

    def __call__(self, value: Any, _info: object) -> bool:  # noqa: ANN401  any object
        """Tell whether a value is of the type."""
        return isinstance(value, self.classes)


def instances_of(*classes: type, decoded: bool = False) -> InstancesOf:
    """Return an ``is_type_of`` that looks at nothing but the class.

    Args:
        classes: Whose objects are of the type.
        decoded: The class is a frozen ``msgspec.Struct`` whose objects come from a strict decoder and nowhere else.
            Their attributes are of the types that they are annotated with; compiled code does not check them again.

    Raises:
        TypeError: What is said to be decoded is no frozen ``msgspec.Struct``.
    """
    if not decoded:
        return InstancesOf(classes, None)
    (record,) = classes
    if not issubclass(record, msgspec.Struct) or not record.__struct_config__.frozen:
        raise TypeError(f"{record.__name__} can be changed after it was decoded")
    return InstancesOf(classes, record)


def decoded_record(is_type_of: Callable[..., object] | None) -> type[msgspec.Struct] | None:
    """Return the class whose objects have been checked by their decoder, where a type has one."""
    return is_type_of.decoded if isinstance(is_type_of, InstancesOf) else None


@lru_cache(maxsize=1024)
def attributes(record: type[msgspec.Struct]) -> Mapping[str, inspect.Type]:
    """Return what a decoder has made sure of each attribute of a record."""
    info = inspect.type_info(record)
    return {field.name: field.type for field in info.fields} if isinstance(info, inspect.StructType) else {}


def without_none(info: inspect.Type) -> tuple[inspect.Type, bool]:
    """Return the type of an attribute's values other than None, and whether it may be None."""
    if isinstance(info, inspect.UnionType):
        types = [one for one in info.types if not isinstance(one, inspect.NoneType)]
        if len(types) == 1 and len(info.types) > 1:
            return types[0], True
    return info, False
