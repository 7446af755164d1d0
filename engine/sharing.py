"""Fields that show attributes of one thing: whoever finds it is asked once for all of them."""

from collections.abc import Awaitable, Sequence
from operator import attrgetter
from typing import Any

from engine.batching import BatchResolver
from engine.loads import loads

_SHARED = "shared"


class Shared:
    """What a field shows.

    Args:
        whole: Finds the thing for each parent.
        attribute: What is shown of it.
    """

    __slots__ = ("_take", "whole")

    def __init__(self, whole: BatchResolver, attribute: str) -> None:
        self.whole = whole
        self._take = attrgetter(attribute)

    def of(self, found: Sequence[Any]) -> list[Any]:
        """Return the attribute of each thing, or why it cannot be had; exceptions and None stay what they are."""
        take = self._take
        try:
            return [one if one is None or isinstance(one, BaseException) else take(one) for one in found]
        except Exception:  # noqa: BLE001  seldom, so only then one by one
            return [one if one is None or isinstance(one, BaseException) else self._try(one) for one in found]

    def _try(self, one: object) -> object:
        try:
            return self._take(one)
        except Exception as error:  # noqa: BLE001  it becomes the field's error
            return error


def attribute_of(whole: BatchResolver, attribute: str) -> BatchResolver:
    """Return a batch resolver without arguments that answers with an attribute of what another one finds.

    In one level of an operation the other one is asked once, for all fields that show something of what it finds.

    Args:
        whole: Finds a thing, an exception or None for each parent; it takes no arguments.
        attribute: Its name in Python.
    """
    shared = Shared(whole, attribute)

    @loads(whole)
    def resolve(parents: Sequence[object], context: object) -> Sequence[object] | Awaitable[Sequence[object]]:
        found = whole(parents, context)
        return _later(shared, found) if isinstance(found, Awaitable) else shared.of(found)

    setattr(resolve, _SHARED, shared)
    return resolve


def shared_by(resolver: object) -> Shared | None:
    """Return what a resolver shares with others; None: nothing."""
    found = getattr(resolver, _SHARED, None)
    return found if isinstance(found, Shared) else None


async def _later(shared: Shared, found: Awaitable[Sequence[Any]]) -> list[Any]:
    return shared.of(await found)
