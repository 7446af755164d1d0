"""Choices out of bytes that Hypothesis draws: one byte for each, and zero stands for the simplest.

Drawing each choice through Hypothesis takes some 30 µs, and an example has thousands; its bytes are drawn at once.
"""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_BYTE = 256
_PERCENT = 100


class Dice:
    """Chooses by one byte after the other, and the simplest when there are no more.

    Args:
        drawn: The bytes.
    """

    def __init__(self, drawn: bytes) -> None:
        self._drawn = iter(drawn)

    def below(self, most: int) -> int:
        """Return a number from 0 up to but not including ``most``."""
        return next(self._drawn, 0) % most if most > 1 else 0

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self.below(len(choices))]

    def some(self, choices: Sequence[T], least: int = 0) -> list[T]:
        """Return at least so many of the choices, in their order."""
        chosen = [choice for choice in choices if self.below(2)]
        return chosen if len(chosen) >= least else list(choices[:least])

    def chance(self, percent: int) -> bool:
        """Return True in so many of a hundred cases."""
        return percent > 0 and next(self._drawn, 0) * _PERCENT >= (_PERCENT - percent) * _BYTE
