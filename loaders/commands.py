"""What Redis is told, and under which keys: those that one command needs share what is in braces, and so a slot."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from loaders import scripts
from loaders.kept import Sealed
from loaders.link import Argument
from loaders.links import VALUES

LEASE_SECONDS = 1.0

Command: TypeAlias = Sequence[Argument]


class Fill(NamedTuple):
    """A value to keep."""

    name: str
    sealed: Sealed
    tags: Sequence[str]


def lease(name: str, token: str) -> Command:
    """Lease the fetch of a value; null where somebody else has."""
    return ("SET", _lease(name), token, "NX", "PX", round(LEASE_SECONDS * 1000))


def release(name: str, token: str) -> Command:
    """Give up a lease that this token stands for."""
    return ("EVALSHA", scripts.RELEASE.digest, 2, name, _lease(name), token)


def register(tag: str, fills: Sequence[Fill], epoch: int) -> Command:
    """Put values under a tag."""
    lifetime = max(fill.sealed.lifetime for fill in fills)
    names = [fill.name for fill in fills]
    return ("EVALSHA", scripts.REGISTER.digest, 2, _index(tag), mark(tag), epoch, lifetime, *names)


def fill(one: Fill, epoch: int, token: str) -> Command:
    """Keep a value, and end its lease."""
    keys = (one.name, _fence(one.name), _lease(one.name))
    oldest = scripts.MAX_FILL_SECONDS * 1_000_000
    data, lifetime = one.sealed
    return ("EVALSHA", scripts.FILL.digest, 3, *keys, epoch, lifetime, oldest, token, data)


def take(tag: str, epoch: int) -> Command:
    """Mark a tag, and take the names that are under it."""
    guard = scripts.GUARD_SECONDS * 1000
    return ("EVALSHA", scripts.TAKE.digest, 3, _index(tag), mark(tag), _doomed(tag), epoch, guard)


def drop(name: str, epoch: int) -> Command:
    """Fence and delete a value."""
    guard = scripts.GUARD_SECONDS * 1000
    return ("EVALSHA", scripts.DROP.digest, 3, name, _fence(name), _lease(name), epoch, guard)


def done(tag: str, epoch: int, names: Sequence[bytes]) -> Command:
    """Forget names that were taken from a tag, and are deleted."""
    return ("EVALSHA", scripts.DONE.digest, 1, _doomed(tag), epoch, *names)


def keep_answer(key: str, body: bytes, cost: int, parts: Mapping[bytes, bytes], seconds: float) -> Command:
    """Keep an answer with the heads of its parts by their names."""
    what, lifetime = f"{key}\n{cost}", round(seconds * 1000)
    made_of: Command = (len(parts), *parts.keys(), *parts.values())
    return ("EVALSHA", scripts.KEEP_ANSWER.digest, 1, key, what, body, lifetime, *made_of)


def check_answer(key: str) -> Command:
    """Delete an answer unless all its parts are what they were; tell whether they are."""
    return ("EVALSHA", scripts.CHECK_ANSWER.digest, 1, key)


def answer(name: str) -> str:
    """Return the key of an answer."""
    owner, _, rest = name.partition(":")
    return f"oc3:a:{{{owner}}}:{rest}"


def mark(tag: str) -> str:
    """Return the key that says when a tag was last invalidated; all of the tag's keys are where it is."""
    return f"oc3:m:{{{tag}}}"


def _fence(name: str) -> str:
    return f"oc3:f:{name[len(VALUES) :]}"


def _lease(name: str) -> str:
    return f"oc3:l:{name[len(VALUES) :]}"


def _index(tag: str) -> str:
    return f"oc3:t:{{{tag}}}"


def _doomed(tag: str) -> str:
    return f"oc3:d:{{{tag}}}"
