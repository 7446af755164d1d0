"""Whole answers, kept with what they were made of and valid for exactly as long as all of it.

An answer is made of values that the cache holds. In the process it is dropped as soon as one of them changes, by the
same news from Redis that drops the value. In Redis, where there is no tier in the process, it is given out only after
Redis has compared, in the same step, that every value is still the very one it was made of.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from loaders.cache import Cache
from loaders.kept import Part
from loaders.memory import Answer
from loaders.store import Store

# Larger questions are hardly asked twice.
MAX_VARIABLES_BYTES = 2048
MAX_KNOWN = 1000
MAX_PARTS = 2000
# What may be used for less than this is not worth keeping.
LEAST_SECONDS = 0.05


class Question(NamedTuple):
    """Who asks what. Nothing else may decide what the answer is.

    Attributes:
        viewer: Id of the person; None: nobody is signed in.
        scopes: What they may do.
        document: The document.
        operation: Which of its operations.
        variables: JSON of the variables.
        is_router: Whether a router asks, who may ask for more than a client.
    """

    viewer: str | None
    scopes: frozenset[str]
    document: str
    operation: str | None
    variables: bytes
    is_router: bool = False


class Answers:
    """The answers of a process, or of all processes through Redis where the process keeps nothing itself.

    Args:
        cache: The tiers.
    """

    def __init__(self, cache: Cache) -> None:
        self._memory = cache.memory
        # In a cluster an answer and what it is made of are on different nodes.
        shared = self._memory is None and cache.store is not None and not cache.store.is_cluster
        self._store: Store | None = cache.store if shared else None
        self._tally = cache.tally
        # Operations of which an answer was kept: others are not looked for in Redis.
        self._known: OrderedDict[tuple[str, str | None], None] = OrderedDict()

    def recall(self, question: Question) -> Answer | None:
        """Return an answer that this process keeps."""
        if self._memory is None:
            return None
        answer = self._memory.answers.get(question)
        if answer is None or answer.until <= asyncio.get_running_loop().time():
            return None
        answer.used = True
        self._tally.answers += 1
        return answer

    def may_find(self, question: Question) -> bool:
        """Tell whether Redis may have an answer."""
        return self._store is not None and self._store.is_up and question[2:4] in self._known

    async def find(self, question: Question) -> Answer | None:
        """Return an answer that Redis keeps."""
        if self._store is None:
            return None
        found = await self._store.find_answer(_name(question))
        if found is None:
            return None
        self._tally.answers += 1
        body, cost = found
        return Answer(question, body, cost, 0.0, ())

    def keep(self, question: Question, body: bytes, cost: int, parts: Sequence[Part]) -> None:
        """Keep an answer that was made of these values and of nothing else."""
        if len(question.variables) > MAX_VARIABLES_BYTES or not 0 < len(parts) <= MAX_PARTS:
            return
        until = min(part.until for part in parts)
        left = until - asyncio.get_running_loop().time()
        if left < LEAST_SECONDS:
            return
        if self._memory is not None:
            names = tuple({part.name for part in parts})
            self._memory.put_answer(Answer(question, body, cost, until, names))
        elif self._store is not None and self._store.is_up:
            self._known[question.document, question.operation] = None
            if len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)
            heads = {part.name: part.head for part in parts}
            self._store.keep_answer(_name(question), body, cost, heads, left)


def _name(question: Question) -> str:
    digest = hashlib.blake2b(digest_size=24)
    scopes = ",".join(sorted(question.scopes))
    for part in ("router" * question.is_router, scopes, question.operation or "", question.document):
        digest.update(b"%d:" % len(part) + part.encode(errors="surrogatepass"))
    digest.update(question.variables)
    # An id cannot hold a space, so nobody's name is that of nobody.
    owner = question.viewer or " "
    return f"{owner}:{digest.hexdigest()}"
