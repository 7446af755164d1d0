from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from services.common.database import Reader

K = TypeVar("K")
V = TypeVar("V")

MAX_KEYS = 500

# Keys are not held to the form of an id: what is no id does not exist, and must not fail the other keys of the batch.
Key = Annotated[str, Meta(min_length=1, max_length=64)]


class Batch(Struct, Generic[K], frozen=True, forbid_unknown_fields=True):
    """What to read. A key that is asked twice is answered once."""

    keys: Annotated[list[K], Meta(min_length=1, max_length=MAX_KEYS)]


class Keys(Batch[Key], frozen=True, forbid_unknown_fields=True):
    """Ids or numbers to read. A key that is asked twice is answered once."""


class Refusal(Struct, frozen=True):
    """Why one key cannot be served; the other keys are unaffected."""

    code: Literal["INVALID_ARGUMENT", "INVALID_POSITION"]
    message: Annotated[str, Meta(description="For developers. Holds no personal data.")]


class Row(Struct, Generic[V], frozen=True):
    """The answer for one key: either its value or why it cannot be served."""

    key: Annotated[str, Meta(description="The key as asked; for a search the `ref` of its query.")]
    value: V | UnsetType = UNSET
    error: Refusal | UnsetType = UNSET


class Rows(Struct, Generic[V], frozen=True):
    """The answers, in any order. What does not exist has no row."""

    rows: list[
        Annotated[
            Row[V],
            Meta(extra_json_schema={"oneOf": [{"required": ["value"]}, {"required": ["error"]}]}),
        ]
    ]


@dataclass(frozen=True)
class Endpoint(Generic[K, V]):
    """One batched read.

    Args:
        path: Where it is.
        summary: What it reads, by what.
        request: The type of its batch.
        answer: The type of its rows.
        read: Maps each key (or ref) to its value or refusal, without what does not exist.
    """

    path: str
    summary: str
    request: type[Batch[K]]
    answer: type[Rows[V]]
    read: Callable[[Reader, Sequence[K]], Mapping[str, V | Refusal]]

    def rows(self, reader: Reader, batch: Batch[K]) -> Rows[V]:
        """Read one batch."""
        found = self.read(reader, batch.keys)
        return Rows([_row(key, value) for key, value in found.items()])


def _row(key: str, value: V | Refusal) -> Row[V]:
    return Row(key, error=value) if isinstance(value, Refusal) else Row(key, value)
