"""What a decoded value takes in memory."""

import sys
from collections.abc import Iterable
from enum import Enum

import msgspec

# A value in so many is measured; the others are taken to weigh as much for each byte of their JSON.
EVERY = 64


class Scale:
    """Weighs one loader's values by the length of their JSON, and measures one now and then to stay right."""

    def __init__(self) -> None:
        self._count = 0
        self._measured = 0
        self._length = 0

    def weigh(self, value: object, length: int) -> int:
        """Return about how many bytes a value takes that came as JSON of this length."""
        if self._count % EVERY == 0:
            self._measured += deep_size(value)
            self._length += length
        self._count += 1
        return round(length * self._measured / self._length) if self._length else 0


def deep_size(value: object) -> int:
    """Return the bytes of a record and all that only it refers to."""
    size = 0
    left: list[object] = [value]
    while left:
        one = left.pop()
        # Members of enums, booleans and None exist once for all.
        if one is None or isinstance(one, bool | Enum):
            continue
        # Python hands memory out in units of sixteen bytes.
        size += -(-sys.getsizeof(one) // 16) * 16
        left += _parts(one)
    return size


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, msgspec.Struct):
        return [getattr(value, name) for name in value.__struct_fields__]
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return ()
