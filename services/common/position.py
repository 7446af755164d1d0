"""Positions: opaque names of a place in a sorted list.

A position is base64url(checksum + values), where values are the sort's columns of one item, the id last. The checksum
covers the name of the sort. It has no key: a forged position could only name another place in the same person's list.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from services.common.database import Scalar

_CHECKSUM_BYTES = 6
_MAX_CHARACTERS = 200


class InvalidPosition(Exception):  # noqa: N818 - named after the contract's code
    """A position that was not made here, or not for this sort."""


def write_position(sort: str, values: tuple[Scalar, ...]) -> str:
    """Name the place of an item whose sort columns have these `values`."""
    payload = msgspec.msgpack.encode(values)
    return urlsafe_b64encode(_checksum(sort, payload) + payload).rstrip(b"=").decode()


def read_position(sort: str, position: str) -> tuple[Scalar, ...]:
    """Return the values that `write_position` got.

    Raises:
        InvalidPosition: `position` is not one of this sort.
    """
    if len(position) > _MAX_CHARACTERS:
        raise InvalidPosition
    try:
        raw = urlsafe_b64decode(position.encode("ascii") + b"=" * (-len(position) % 4))
        checksum, payload = raw[:_CHECKSUM_BYTES], raw[_CHECKSUM_BYTES:]
        if checksum != _checksum(sort, payload):
            raise InvalidPosition
        values = msgspec.msgpack.decode(payload, type=tuple[Scalar, ...])
    except ValueError as error:
        raise InvalidPosition from error
    # base64 has several spellings of the same bytes; only ours counts.
    if write_position(sort, values) != position:
        raise InvalidPosition
    return values


def _checksum(sort: str, payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=_CHECKSUM_BYTES, key=sort.encode()).digest()
