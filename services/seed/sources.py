"""Where people meet products."""

from typing import Final

from services.seed.dice import Dice, Weighted

# Channel and creator's handle, as two columns; both null where nobody knows.
Source = tuple[str | None, str | None]

_CHANNELS: Final = Weighted[str | None](
    [(None, 22), ("SHOP", 24), ("SEARCH", 20), ("VIDEO", 18), ("LIVE", 9), ("ORDER_CENTER", 7)]
)
_CREATORS: Final = (
    "cozy.with.kai",
    "lina_unboxes",
    "the.slow.kitchen",
    "dr.gadget",
    "petit.atelier",
    "hoshi_reviews",
    "runwithtunde",
    "plantdad.oskar",
    "nour.styles",
    "budgetbenita",
    "mochi_and_me",
    "tarasmakes",
)


def drawn_source(dice: Dice) -> Source:
    """Draw a source; videos and live shows have a creator."""
    channel = dice.weighted(_CHANNELS)
    return channel, dice.pick(_CREATORS) if channel in {"VIDEO", "LIVE"} else None
