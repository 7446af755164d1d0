"""Which of a request's loads are under way, so that a loader can wait for those that may bring it more keys."""

import asyncio
from collections.abc import Callable, Sequence

# Turns of the event loop that a finished load needs until its results have led to new keys. The engine asks for the
# next level in the very step in which a level's results arrive, so one turn is enough for all that arrived together.
QUIET_TURNS = 1


class Progress:
    """Counts the loads of one request, and wakes whoever waits for them.

    Args:
        patience: Seconds that a batch waits at most for a load that may bring it more keys.
        quiet_turns: Turns without news after which no more keys are to be expected.
    """

    def __init__(self, patience: float, quiet_turns: int = QUIET_TURNS) -> None:
        self.patience = patience
        self.quiet_turns = quiet_turns
        # Only what is under way is in it.
        self._under_way: dict[object, int] = {}
        self._holds: set[Hold] = set()

    def begin(self, what: object) -> None:
        """Count a load of ``what``."""
        self._under_way[what] = self._under_way.get(what, 0) + 1

    def end(self, what: object) -> None:
        """Take it off the count again."""
        left = self._under_way[what] - 1
        if left:
            self._under_way[what] = left
            return
        del self._under_way[what]
        for hold in self._holds:
            hold.look()

    def any_of(self, these: Sequence[object]) -> bool:
        """Tell whether a load of one of these is under way."""
        return not self._under_way.keys().isdisjoint(these)

    def hold(self, feeders: Sequence[object], count: Callable[[], int], release: Callable[[], None]) -> None:
        """Call ``release`` when no feeder is under way and ``count`` has stopped growing, or when patience ends."""
        hold = Hold(self, feeders, count, release, self._holds.discard)
        self._holds.add(hold)
        hold.look()


class Hold:
    """One batch that waits. It costs nothing while a feeder is under way, and a few turns after the last has ended."""

    def __init__(
        self,
        progress: Progress,
        feeders: Sequence[object],
        count: Callable[[], int],
        release: Callable[[], None],
        ended: "Callable[[Hold], None]",
    ) -> None:
        self._progress = progress
        self._feeders = feeders
        self._count = count
        self._release = release
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(progress.patience, self._end)
        self._turn: asyncio.Handle | None = None
        self._quiet = 0
        self._seen = 0

    def look(self) -> None:
        """Begin to count quiet turns, unless a feeder is under way or they are being counted."""
        if self._turn is None and not self._progress.any_of(self._feeders):
            self._quiet = 0
            self._seen = self._count()
            self._turn = self._loop.call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._turn = None
        if self._progress.any_of(self._feeders):
            return
        count = self._count()
        self._quiet = self._quiet + 1 if count == self._seen else 0
        self._seen = count
        if self._quiet < self._progress.quiet_turns:
            self._turn = self._loop.call_soon(self._next_turn)
        else:
            self._end()

    def _end(self) -> None:
        self._timer.cancel()
        if self._turn is not None:
            self._turn.cancel()
        self._ended(self)
        self._release()
