"""How many requests are worked on at a time: no more than this process can answer in time.

Where the event loop is late for its timers there is more to compute than there is time, and who is taken on waits for
all others. By Little's law the wait is the number under way divided by how many are answered in a second. So the bound
becomes what is answered within the target. It grows back while the loop is on time or answers are quick. Waiting for
slow services makes no loop late, and changes nothing here.
"""

import asyncio

TICK_SECONDS = 0.05
# From this lateness on, waits are taken to be the process's own fault.
LATE_SECONDS = 0.05
# Over which time rates and waits are averaged.
MEMORY_SECONDS = 1.0
# By which it grows while answers are quick, and while nothing is known but that the loop is on time.
GROWTH = 1.1
SLOW_GROWTH = 1.02
DECREASE = 0.7
# In which a request is worked on, at least.
TURNS = 4
# What is worked on at once when a flood begins, before anything is known of it.
FIRST = 64
LEAST = 8


class Pressure:
    """The bound of one process.

    Args:
        most: What it never exceeds.
        target: Seconds that answers may take under pressure.

    Attributes:
        limit: How many requests may be under way at present.
        late: Seconds that the loop was late when it was last looked at.
        shed: Requests that were too many since the start.
    """

    def __init__(self, most: int, target: float) -> None:
        self.limit = float(min(FIRST, most))
        self.late = 0.0
        self.shed = 0
        self._most = most
        self._target = target
        self._greatest = 0
        self._answered = 0
        self._seconds = 0.0
        self._rate = 0.0
        self._wait = 0.0
        self._looked_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def admits(self, under_way: int) -> bool:
        """Tell whether one more may begin beside those under way; counts it where it may not."""
        if self.is_full(under_way):
            self.refused()
            return False
        self._greatest = max(self._greatest, under_way + 1)
        return True

    def is_full(self, under_way: int) -> bool:
        """Tell whether no more may begin beside those under way."""
        return under_way >= int(self.limit)

    def refused(self) -> None:
        """Count one that might not begin."""
        self.shed += 1
        self._greatest = max(self._greatest, int(self.limit) + 1)

    def answered(self, seconds: float) -> None:
        """Note how long an answer took."""
        self._answered += 1
        self._seconds += seconds

    def start(self) -> None:
        """Look at the loop from now on."""
        loop = asyncio.get_running_loop()
        self._looked_at = loop.time()
        self._timer = loop.call_later(TICK_SECONDS, self._tick)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def look(self, elapsed: float) -> None:
        """Set the bound anew, so many seconds after it was set last."""
        self.late = max(0.0, elapsed - TICK_SECONDS)
        weight = min(elapsed / MEMORY_SECONDS, 1.0)
        self._rate += weight * (self._answered / elapsed - self._rate)
        if self._answered:
            self._wait = self._seconds / self._answered
        first = min(FIRST, self._most)
        # Who has just begun has not been answered yet, but waits for as many turns of the loop.
        wait = max(self._wait, TURNS * self.late)
        if self._greatest < self.limit / 2:
            # Nobody needs it: the next flood shall find what the first one found.
            self.limit = max(self.limit / GROWTH, first) if self.limit > first else min(self.limit * GROWTH, first)
        elif self.late >= LATE_SECONDS and wait > self._target:
            # By steps, since the rate is an average of what was before too.
            wanted = min(max(self._rate * self._target, self.limit * DECREASE), self.limit * GROWTH)
            self.limit = min(max(wanted, LEAST), self._most)
        elif self._answered and wait < self._target / 2:
            self.limit = min(self.limit * GROWTH, self._most)
        elif self.late < LATE_SECONDS:
            self.limit = min(self.limit * SLOW_GROWTH, self._most)
        self._greatest = self._answered = 0
        self._seconds = 0.0

    def _tick(self) -> None:
        self.look(asyncio.get_running_loop().time() - self._looked_at)
        self.start()
