"""How a value is kept in Redis: under a name with its owner, behind a head that says what it must be and until when."""

import hashlib
import secrets
import struct
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import msgspec

from downstream.endpoint import Entity
from loaders.links import VALUES
from loaders.policy import Policy

K = TypeVar("K")
V = TypeVar("V")

# After the name: a separator, the kind of body, soft and hard expiry in milliseconds of Unix time, cost of the fetch in
# microseconds, and a mark that no two values share.
HEAD = struct.Struct("<cBQQI8s")
MARK_BYTES = 8
SEPARATOR = b"\n"
FOUND, MISSING = 1, 2
MAX_PLAIN_NAME = 64
MAX_COST = 2**32 - 1


# A value as it was kept: the record (None: there is no such thing), its soft and hard expiry in milliseconds of Unix
# time, the seconds that fetching it took, and the bytes of its JSON. A plain tuple, since there is one for each hit.
Kept: TypeAlias = tuple[V | None, int, int, float, int]


class Part(NamedTuple):
    """Something that an answer was made of.

    Attributes:
        name: By which Redis knows it.
        head: What no other value begins with in Redis: the name, times, cost and mark. Empty where it is not in Redis.
        until: Event loop time up to which it is used without a thought.
    """

    name: bytes
    head: bytes
    until: float


class Sealed(NamedTuple):
    """A value ready to be kept, and for how many milliseconds."""

    data: bytes
    lifetime: int


class Keeping(Generic[K, V]):
    """One loader's way to keep values.

    Args:
        loader: The loader's name.
        endpoint: Knows names, owners and records.
        policy: Knows the times.
    """

    def __init__(self, loader: str, endpoint: Entity[K, V], policy: Policy) -> None:
        self._loader = loader
        self._endpoint = endpoint
        self._policy = policy

    def name(self, key: K) -> str | None:
        """Return the name in Redis; None where a value must not be kept because its key names no owner."""
        owner = self._endpoint.owner(key)
        if owner is None:
            return None
        text = self._endpoint.name(key)
        if not (text.isidentifier() and text.isascii() and len(text) <= MAX_PLAIN_NAME):
            text = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
        # Redis Cluster keeps what is in braces on one node: all of a person's values, or all of one shared thing's.
        return f"{VALUES}{{{owner or text}}}:{self._loader}:{text}"

    def seal(self, name: str, body: bytes | None, now: float, cost: float) -> Sealed:
        """Return what to keep of a body, None standing for a thing that does not exist.

        Args:
            name: The name in Redis; it is kept in the value too.
            body: JSON as the service sent it.
            now: Unix time.
            cost: Seconds that the fetch took.
        """
        policy = self._policy
        times = (policy.negative, policy.negative, 0.0) if body is None else (policy.ttl, policy.soft_ttl, policy.stale)
        ttl, soft, stale = times
        head = HEAD.pack(
            SEPARATOR,
            MISSING if body is None else FOUND,
            round((now + soft) * 1000),
            round((now + ttl) * 1000),
            min(round(cost * 1_000_000), MAX_COST),
            secrets.token_bytes(MARK_BYTES),
        )
        return Sealed(b"%b%b%b" % (name.encode(), head, body or b""), round((ttl + stale) * 1000))

    def open(self, name: str, key: K, data: bytes) -> Kept[V] | None:
        """Return what was kept; None where name, form, id or owner are not as they must be."""
        end = len(name)
        start = end + HEAD.size
        if len(data) < start or not data.startswith(name.encode()):
            return None
        separator, kind, soft, hard, cost, _ = HEAD.unpack_from(data, end)
        value: V | None = None
        if kind == FOUND and separator == SEPARATOR:
            try:
                value = self._endpoint.decode(data[start:])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                return None
            if not self._endpoint.admits(key, value):
                return None
        elif kind != MISSING or separator != SEPARATOR or len(data) > start:
            return None
        return value, soft, hard, cost / 1_000_000, len(data) - start
