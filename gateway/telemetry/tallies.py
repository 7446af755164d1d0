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
    status: int
    operation: str
    type: str
    client: str


class Requests(Histogram):
    """Requests with the same labels: how long they took, what those that were admitted cost, and codes of errors."""

    __slots__ = ("codes", "cost")

    def __init__(self) -> None:
        super().__init__(SECONDS)
        self.cost = 0
        self.codes: Counter[str] = Counter()


class Streamed(NamedTuple):
    """Labels of an operation over a stream."""

    transport: str
    operation: str
    type: str
    client: str


class StreamedOperations(Requests):
    """Operations over streams with the same labels: as of requests, how many are open, and events that were sent."""

    __slots__ = ("active", "events")

    def __init__(self) -> None:
        super().__init__()
        self.active = self.events = 0


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


class Tallies:
    """Everything that is counted.

    Attributes:
        requests: By their labels; a plain tuple of the same values finds them too.
        streamed: Operations over streams, by their labels.
        compiled: Admitted operations that the engine executes.
        not_compiled: Admitted operations that graphql-core executes.
        sent: Seconds that requests to services took.
        batches: Keys of loaders' batches.
    """

    def __init__(self) -> None:
        self.operations = Names(MAX_OPERATIONS)
        self.clients = Names(MAX_CLIENTS)
        self.requests: dict[tuple[str, int, str, str, str], Requests] = {}
        self.streamed: dict[Streamed, StreamedOperations] = {}
        self.compiled = self.not_compiled = 0
        self.sent: Histograms[Sent] = Histograms(SECONDS)
        self.batches: Histograms[Batch] = Histograms(KEYS)

    def first(self, asked: Asked) -> Requests:
        """Return where requests with labels that are new are counted: apart, while there are not too many."""
        if len(self.requests) >= MAX_COMBINATIONS:
            asked = asked._replace(operation=OTHER, client=OTHER)
        return self.requests.setdefault(asked, Requests())

    def of_stream(self, labels: Streamed) -> StreamedOperations:
        """Return where operations over streams are counted, apart while there are not too many."""
        found = self.streamed.get(labels)
        if found is None:
            if len(self.streamed) >= MAX_COMBINATIONS:
                labels = labels._replace(operation=OTHER, client=OTHER)
            found = self.streamed.setdefault(labels, StreamedOperations())
        return found
