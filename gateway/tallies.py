"""What is counted of requests and calls as they happen: plain numbers, which a scrape reads."""

from bisect import bisect_left
from collections import Counter
from typing import Generic, NamedTuple, TypeVar

# Upper bounds in seconds: those of the semantic conventions for HTTP, and two below for answers from memory.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
KEYS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)

# Names come from clients. Those beyond the first so many are counted together, and so are combinations.
MAX_OPERATIONS = 100
MAX_CLIENTS = 30
MAX_COMBINATIONS = 500
OTHER = "other"
NONE = "none"

L = TypeVar("L", bound=tuple[str, ...])


class Histogram:
    """How often values were up to each bound, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Histograms(Generic[L]):
    """Histograms by labels, each made when it is first needed."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.by_labels: dict[L, Histogram] = {}
        self._bounds = bounds

    def of(self, labels: L) -> Histogram:
        """Return the histogram of these labels."""
        found = self.by_labels.get(labels)
        if found is None:
            found = self.by_labels[labels] = Histogram(self._bounds)
        return found


class Names:
    """Names that are counted by themselves: a bounded number of them.

    Args:
        most: How many.
    """

    def __init__(self, most: int) -> None:
        self._known = {NONE, OTHER}
        self._left = most

    def label(self, name: str, *, may_add: bool) -> str:
        """Return the name if it is known or becomes so, else ``other``; ``none`` for an empty one.

        Args:
            name: As the client gave it.
            may_add: Whether it may become known: what strangers say may not, or they would take all places.
        """
        if name in self._known:
            return name
        if not name:
            return NONE
        if not may_add or not self._left:
            return OTHER
        self._known.add(name)
        self._left -= 1
        return name


class Asked(NamedTuple):
    """Labels of a request. ``status`` is 499 where the client did not wait for the answer."""

    method: str
    status: str
    operation: str
    type: str
    client: str


class Sent(NamedTuple):
    """Labels of a request to a service. ``status`` and ``error`` are empty where there is none."""

    service: str
    path: str
    status: str
    error: str


class Batch(NamedTuple):
    """Labels of a loader's batch."""

    service: str
    loader: str


class Erred(NamedTuple):
    """Labels of an error in an answer."""

    operation: str
    client: str
    code: str


class Tallies:
    """Everything that is counted.

    Attributes:
        requests: Seconds that requests took.
        errors: Errors in answers.
        cost: Cost of what was admitted, by operation and client.
        engines: Operations by who executed them.
        sent: Seconds that requests to services took.
        batches: Keys of loaders' batches.
    """

    def __init__(self) -> None:
        self.operations = Names(MAX_OPERATIONS)
        self.clients = Names(MAX_CLIENTS)
        self.requests: Histograms[Asked] = Histograms(SECONDS)
        self.errors: Counter[Erred] = Counter()
        self.cost: Counter[tuple[str, str]] = Counter()
        self.engines: Counter[str] = Counter()
        self.sent: Histograms[Sent] = Histograms(SECONDS)
        self.batches: Histograms[Batch] = Histograms(KEYS)

    def answered(self, asked: Asked, seconds: float) -> Asked:
        """Count a request; returns the labels that it was counted under."""
        found = self.requests.by_labels.get(asked)
        if found is None:
            if len(self.requests.by_labels) >= MAX_COMBINATIONS:
                asked = asked._replace(operation=OTHER, client=OTHER)
            found = self.requests.of(asked)
        found.observe(seconds)
        return asked
