"""Response objects that are finished when they are made: structs, which take less time and memory than dicts.

A dict of eight fields takes more than twice as long to build. So where a decoder has checked all that an object shows
and no resolver has anything to add, compiled plans make one of these; what may still fail or be filled in is a dict.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from msgspec import Struct, defstruct

# Selections with the same keys share a class, across operations. Measured with tracemalloc: about 3 KB each.
CLASSES = 1024


class ResponseObject(Struct):
    """A finished object of a response; ``encode`` writes it, its keys in the answer's order."""


@lru_cache(CLASSES)
def class_of(keys: tuple[str, ...]) -> type[ResponseObject]:
    """Return the class of objects with these response keys; it takes their values in this order."""
    # Keys may be any GraphQL names, also Python's own words.
    names = {f"f{number}": key for number, key in enumerate(keys)}
    made: Any = defstruct("Object", list(names), bases=(ResponseObject,), rename=names, gc=False, eq=False)
    return cast("type[ResponseObject]", made)


def as_dicts(value: Any) -> Any:  # noqa: ANN401  any part of a response
    """Return a part of a response with dicts in the place of response objects."""
    if isinstance(value, ResponseObject):
        keys, names = value.__struct_encode_fields__, value.__struct_fields__
        return {key: as_dicts(getattr(value, name)) for key, name in zip(keys, names, strict=True)}
    if isinstance(value, Mapping):
        return {key: as_dicts(inner) for key, inner in value.items()}
    return [as_dicts(inner) for inner in value] if isinstance(value, list) else value
