"""How long the lists are that a record brings along: what a client is told that an operation may cost."""

import strawberry

from engine import ListSize


def about(size: int) -> list[ListSize]:
    """Return what says that a list is seldom longer than this."""
    return [ListSize(assumed_size=size, require_one_slicing_argument=strawberry.UNSET)]
