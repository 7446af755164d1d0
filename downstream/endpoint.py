"""Batch endpoints as data: path, key and record of each, and which rows of an answer may be believed.

Every read of the contract has one shape: ``{"keys": [...]}`` in, ``{"rows": [...]}`` out, each row with its key and a
value or an error.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from downstream.record import Owned, Page, Private, Query

K = TypeVar("K")
V = TypeVar("V")
Q = TypeVar("Q", bound=Query)
P = TypeVar("P", bound=Private)

MAX_KEYS = 500

_id = attrgetter("id")


class Fetched(Struct, Generic[K, V]):
    """What a call has come to, by key; what does not exist is nowhere in it.

    Attributes:
        values: What was found.
        raw: The JSON that each value came as (``Raw``), so that a cache keeps what was sent.
        failures: Keys that the service refused, or answered with something that breaks the contract.
    """

    values: dict[K, V] = {}
    raw: dict[K, Any] = {}
    failures: dict[K, Exception] = {}

    def update(self, other: "Fetched[K, V]") -> None:
        """Add what another call has come to."""
        self.values.update(other.values)
        self.raw.update(other.raw)
        self.failures.update(other.failures)


class RowError(Struct, frozen=True):
    """Why one key could not be served."""

    code: str
    message: str = ""


class Row(Struct, frozen=True):
    """One row of an answer, its value still as JSON."""

    key: str
    value: Raw | UnsetType = UNSET
    error: RowError | UnsetType = UNSET


class Answer(Struct, frozen=True):
    """The body of a batch answer."""

    rows: list[Row]


class Asked(NamedTuple, Generic[K]):
    """A batch as it goes over the wire, and which keys each wire key stands for."""

    body: bytes
    keys: Mapping[str, Sequence[K]]


class Entity(ABC, Generic[K, V]):
    """A batch endpoint of a service.

    Attributes:
        is_shared: Whether its things are nobody's.
        is_always_answered: Whether every key has a row, so that one without breaks the contract.
        decode: From a row's JSON to its record; raises ``msgspec.DecodeError`` where it breaks the contract, and
            ``TypeError`` for what is no JSON.

    Args:
        service: Name of the service that serves it.
        path: Path under the service's base URL.
        record: Type of a row's value.
    """

    is_shared = False
    is_always_answered = False

    def __init__(self, service: str, path: str, record: type[V]) -> None:
        self.service = service
        self.path = path
        self.decode: Callable[[Any], V] = msgspec.json.Decoder(record).decode

    @abstractmethod
    def ask(self, keys: Sequence[K]) -> Asked[K]:
        """Return the request body for these keys, each wire key once."""

    @abstractmethod
    def admits(self, key: K, value: V) -> bool:
        """Tell whether this row answers this key: the same thing, of the owner that was asked for."""

    @abstractmethod
    def owner(self, key: K) -> str | None:
        """Return whose the key's value must be: empty for what is nobody's, None where it may be anybody's."""

    @abstractmethod
    def name(self, key: K) -> str:
        """Return the text that tells this key from all others of the endpoint and owner."""


class SharedGet(Entity[str, V]):
    """Things that are nobody's, by id."""

    is_shared = True

    def ask(self, keys: Sequence[str]) -> Asked[str]:
        """One wire key per id."""
        unique = dict.fromkeys(keys)
        return Asked(_body(unique), {key: [key] for key in unique})

    def admits(self, key: str, value: V) -> bool:
        """The row must be the thing that was asked for."""
        return bool(_id(value) == key)

    def owner(self, key: str) -> str:  # noqa: ARG002  the signature is the base's
        """Nobody's."""
        return ""

    def name(self, key: str) -> str:
        """The id."""
        return key


class BatchGet(Entity[Owned, P]):
    """Private things by id, or by whatever ``identity`` names."""

    def __init__(self, service: str, path: str, record: type[P], *, identity: str = "id") -> None:
        super().__init__(service, path, record)
        self._identity = _identity(identity)

    def ask(self, keys: Sequence[Owned]) -> Asked[Owned]:
        """One wire key per id, though several people may ask for it."""
        wire: dict[str, list[Owned]] = {}
        for key in dict.fromkeys(keys):
            wire.setdefault(key.id, []).append(key)
        return Asked(_body(wire), wire)

    def admits(self, key: Owned, value: P) -> bool:
        """Right id and right owner; staff ask with no owner."""
        return bool(self._identity(value) == key.id) and key.owner in (None, value.customer_id)

    def owner(self, key: Owned) -> str | None:
        """The owner that was asked for."""
        return key.owner

    def name(self, key: Owned) -> str:
        """The id."""
        return key.id


class Search(Entity[Q, Page[P]]):
    """Windows of customers' lists. Who has nothing has an empty page."""

    is_always_answered = True

    def ask(self, keys: Sequence[Q]) -> Asked[Q]:
        """Number the queries, so that answers name them."""
        wire = {str(number): [key] for number, key in enumerate(dict.fromkeys(keys))}
        return Asked(_body(msgspec.structs.replace(key, ref=ref) for ref, (key,) in wire.items()), wire)

    def admits(self, key: Q, value: Page[P]) -> bool:
        """The page and everything on it must be the customer's, with a position for each item."""
        return (
            value.customer_id == key.customer_id
            and len(value.items) == len(value.positions) <= key.limit
            and all(item.customer_id == key.customer_id for item in value.items)
        )

    def owner(self, key: Q) -> str:
        """The customer whose list it is."""
        return key.customer_id

    def name(self, key: Q) -> str:
        """The query itself, as JSON."""
        return msgspec.json.encode(key).decode()


def _identity(name: str) -> "attrgetter[Any]":
    return attrgetter(name)


def _body(keys: Iterable[object]) -> bytes:
    return msgspec.json.encode({"keys": list(keys)})
