"""How a loader's values may be kept and asked for."""

from dataclasses import dataclass, replace
from typing import Self

from downstream.endpoint import MAX_KEYS
from loaders.tags import Mentions, nothing


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One loader's policy. Times are seconds.

    What is private and whose it is, the endpoint knows. A private value always has its owner's tag, ``customer:<id>``.

    Attributes:
        ttl: How long a value may be used.
        soft: After how long it is refreshed while it is still used; None: after four fifths of ``ttl``.
        stale: How much longer it may be used while its service fails.
        negative: How long it is remembered that something does not exist.
        subject: Kind of thing that a key names by its id; the tag ``<subject>:<id>`` invalidates the value.
        group: Kind of list that a value is; the tag ``<group>:<owner>`` invalidates it.
        mentions: Names the tags that the value itself calls for.
        max_keys: Keys in one call at most.
    """

    ttl: float
    soft: float | None = None
    stale: float = 60.0
    negative: float = 1.0
    subject: str = ""
    group: str = ""
    mentions: Mentions = nothing
    max_keys: int = MAX_KEYS

    @property
    def soft_ttl(self) -> float:
        """After how long a value is refreshed."""
        return 0.8 * self.ttl if self.soft is None else self.soft

    def scaled(self, factor: float) -> Self:
        """Return the same with all times to live so many times as long; nothing is longer missing for it."""
        soft = None if self.soft is None else self.soft * factor
        return replace(self, ttl=self.ttl * factor, soft=soft)
