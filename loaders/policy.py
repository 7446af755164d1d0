"""How a loader's values may be kept and asked for."""

from dataclasses import dataclass

from downstream.endpoint import MAX_KEYS


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One loader's policy. Times are seconds.

    Attributes:
        ttl: How long a value may be used.
        max_keys: Keys in one call at most.
    """

    ttl: float
    max_keys: int = MAX_KEYS
