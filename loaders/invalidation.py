"""Making sure that nothing older than now is served of what a tag stands for."""

from collections.abc import Iterable, Sequence
from typing import Any

from loaders.cache import Cache
from loaders.declaration import Declaration
from loaders.failures import FAILURES
from loaders.kept import Keeping
from loaders.tags import is_tag


class InvalidationError(Exception):
    """Redis did not confirm: older values may still be served, at most for their time to live."""


class Invalidator:
    """Invalidates by tag, in Redis and through it in every process.

    Args:
        cache: This process's cache.
        declarations: All loaders; what a shared one keeps is found by its name, without an index.
    """

    def __init__(self, cache: Cache, declarations: Iterable[Declaration[Any, Any]]) -> None:
        self._cache = cache
        self._shared: dict[str, list[Keeping[str, Any]]] = {}
        for one in declarations:
            if one.policy.subject and one.endpoint.is_shared:
                keeping = Keeping(one.name, one.endpoint, one.policy)
                self._shared.setdefault(one.policy.subject, []).append(keeping)

    async def invalidate(self, tags: Sequence[str]) -> None:
        """Return when nothing older is served any more of what these tags stand for.

        Other processes learn it from Redis, on the connection that they read by. Work grows with the number of values
        that are under the tags, and with nothing else.

        Raises:
            InvalidationError: Redis cannot be reached, or did not confirm all of it.
            ValueError: A tag has not the form of one.
        """
        for tag in tags:
            if not is_tag(tag):
                raise ValueError("a tag is <kind>:<id>")
        self._cache.epoch += 1
        store = self._cache.store
        if store is None:
            if self._cache.memory is not None:
                self._cache.memory.clear()
            return
        try:
            is_confirmed = await store.invalidate(tags, [name for tag in tags for name in self._names(tag)])
        except FAILURES:
            is_confirmed = False
        if not is_confirmed:
            raise InvalidationError

    def _names(self, tag: str) -> Iterable[str]:
        kind, _, thing = tag.partition(":")
        return [name for keeping in self._shared.get(kind, ()) if (name := keeping.name(thing)) is not None]
