from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """Values with weights, prepared for many draws."""

    def __init__(self, pairs: Sequence[tuple[T, float]]) -> None:
        self.values = [value for value, _ in pairs]
        self.bounds = list(accumulate(weight for _, weight in pairs))


class Dice:
    """Chance that repeats itself. Built on `Random.random` alone, whose sequence Python promises to keep."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed).random  # noqa: S311 - repeatable, not secret

    def chance(self, probability: float) -> bool:
        """Be true with the given probability."""
        return self._random() < probability

    def below(self, end: int) -> int:
        """Draw from 0 up to and without `end`."""
        return int(self._random() * end)

    def between(self, low: int, high: int) -> int:
        """Draw from `low` up to and with `high`."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, values: Sequence[T]) -> T:
        """Draw one value, all equally likely."""
        return values[int(self._random() * len(values))]

    def weighted(self, choice: Weighted[T]) -> T:
        """Draw one value by its weight."""
        return choice.values[bisect(choice.bounds, self._random() * choice.bounds[-1], 0, len(choice.bounds) - 1)]

    def few(self, values: Sequence[T], count: int) -> list[T]:
        """Draw up to `count` different positions of `values`."""
        rest = list(values)
        return [rest.pop(int(self._random() * len(rest))) for _ in range(min(count, len(rest)))]
