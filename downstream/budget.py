"""How many requests may be repeated: a share of the calls, so that retries cannot multiply an outage.

Source: Finagle's RetryBudget (twitter.github.io/finagle/guide/Clients.html#retries), as a token bucket.
"""

import asyncio

_SECONDS_KEPT = 10.0
_MOST_KEPT = 20.0


class Budget:
    """Fills by ``share`` with each call and by ``floor`` with each second; each repeated request takes one.

    Over any time it gives out at most ``share * calls + floor * seconds`` and the little that was kept from before.
    """

    def __init__(self, *, share: float, floor: float) -> None:
        self._share = share
        self._floor = floor
        self._balance = min(floor * _SECONDS_KEPT, _MOST_KEPT)
        self._filled_at: float | None = None

    def deposit(self) -> None:
        """Take note of a call."""
        self._balance = min(self._balance + self._share, _MOST_KEPT)

    def withdraw(self) -> bool:
        """Take one, if there is one."""
        now = asyncio.get_running_loop().time()
        if self._filled_at is not None:
            self._balance = min(self._balance + self._floor * (now - self._filled_at), _MOST_KEPT)
        self._filled_at = now
        if self._balance < 1:
            return False
        self._balance -= 1
        return True
