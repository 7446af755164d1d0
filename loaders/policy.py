"""How a loader's values may be kept and asked for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from downstream.endpoint import MAX_KEYS

# Names the tags of a value, beside its owner's, from the loader's key and the value (None: no such thing).
Tags: TypeAlias = Callable[[Any, Any], Iterable[str]]


def no_tags(_key: object, _value: object) -> Iterable[str]:
    """A value that only its owner's tag, or its own name, invalidates."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One loader's policy. Times are seconds.

    Attributes:
        ttl: How long a value may be used.
        soft: After how long it is refreshed while it is still used; None: after four fifths of ``ttl``.
        stale: How much longer it may be used while its service fails.
        negative: How long it is remembered that something does not exist.
        tags: What invalidates a value beside its owner.
        kind: What a shared thing is, so that the tag ``<kind>:<id>`` finds it without an index.
        max_keys: Keys in one call at most.
    """

    ttl: float
    soft: float | None = None
    stale: float = 0.0
    negative: float = 1.0
    tags: Tags = no_tags
    kind: str = ""
    max_keys: int = MAX_KEYS

    @property
    def soft_ttl(self) -> float:
        """After how long a value is refreshed."""
        return 0.8 * self.ttl if self.soft is None else self.soft
