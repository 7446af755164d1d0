"""Which of a request's fetches are under way, so that a loader can wait for those that may bring it more keys."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

# Turns of the event loop that a finished fetch needs at most until its results have led to new keys: futures,
# resolvers and loaders between a result and the next batch take eight. A busy machine makes turns longer, not more.
QUIET_TURNS = 12


class Progress:
    """Counts the fetches of one request.

    Args:
        patience: Seconds that a batch waits at most for a fetch that may bring it more keys.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._under_way: Counter[object] = Counter()
        self._finished = asyncio.Event()

    @contextmanager
    def fetching(self, what: object) -> Iterator[None]:
        """Count a fetch for as long as the block runs."""
        self._under_way[what] += 1
        try:
            yield
        finally:
            self._under_way[what] -= 1
            self._finished.set()

    async def settle(self, feeders: Sequence[object], count: Callable[[], int]) -> None:
        """Return when no feeder is under way and ``count`` has stopped growing, or when patience is at its end."""
        end = asyncio.get_running_loop().time() + self._patience
        seen, quiet = count(), 0
        while quiet < QUIET_TURNS:
            if any(self._under_way[feeder] for feeder in feeders):
                if not await self._wait(end):
                    return
                quiet = 0
            else:
                await asyncio.sleep(0)
                quiet = quiet + 1 if count() == seen else 0
                seen = count()

    async def _wait(self, end: float) -> bool:
        self._finished.clear()
        try:
            async with asyncio.timeout_at(end):
                await self._finished.wait()
        except TimeoutError:
            return False
        return True
