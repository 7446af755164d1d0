"""To whom the Order Center is shown already."""

import hashlib
from dataclasses import dataclass

BUCKETS = 10_000


@dataclass(frozen=True)
class Rollout:
    """Shown to listed people, to listed regions, and to a stable share of everybody else.

    Attributes:
        customers: Ids of people who see it in any case.
        regions: ISO 3166-1 alpha-2 codes of the regions where everybody sees it.
        percentage: Share of all others who see it, 0 to 100.
    """

    customers: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    percentage: float = 100.0

    @property
    def needs_region(self) -> bool:
        """Whether the answer can depend on where a person lives."""
        return bool(self.regions) and self.percentage < 100  # noqa: PLR2004  all of them

    def includes(self, customer_id: str, region: str | None) -> bool:
        """Tell whether a person sees the page; the same person always falls into the same bucket."""
        bucket = int.from_bytes(hashlib.blake2b(customer_id.encode(), digest_size=8).digest()) % BUCKETS
        return customer_id in self.customers or region in self.regions or bucket < self.percentage * BUCKETS / 100
