"""A quantile of what was observed last."""

_WINDOW = 128
# Sorting at every observation would cost more than a slightly older value does.
_REFRESH = 16
_FEWEST = 32


class Quantile:
    """Of the last 128 observations, as of at most 16 observations ago.

    Args:
        share: Share of observations that are not greater, such as 0.95.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._observed: list[float] = []
        self._next = 0
        self.value: float | None = None

    def observe(self, value: float) -> None:
        """Take note of an observation."""
        if len(self._observed) < _WINDOW:
            self._observed.append(value)
        else:
            self._observed[self._next % _WINDOW] = value
        self._next += 1
        if self._next % _REFRESH == 0 and len(self._observed) >= _FEWEST:
            ordered = sorted(self._observed)
            self.value = ordered[min(int(len(ordered) * self._share), len(ordered) - 1)]
