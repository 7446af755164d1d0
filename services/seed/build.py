"""Makes a seed once, whole or not at all."""

import fcntl
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final

from services.seed.world import World

# Counts up with every change of what the seed writes.
VERSION: Final = 2

_FINGERPRINT: Final = "seed.json"
_DATABASES: Final = ("order.sqlite", "payment.sqlite", "recs.sqlite")
_LEFTOVERS: Final = ("-wal", "-shm", "-journal")


def ensure_seed(directory: Path, report: Callable[[str], object] = print, *, scale: float = 1.0) -> Path:
    """Make order.sqlite, payment.sqlite and recs.sqlite in `directory`, unless a seed of this version is there.

    Databases of another version or scale are replaced. A service that has them open must be stopped before.

    Args:
        directory: Made when missing; other files in it stay.
        report: Told line by line what happens.
        scale: 1.0 is the full world, see `World`.

    Returns:
        The directory.

    Raises:
        OSError: It cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory):
        if _is_finished(directory, scale):
            report(f"seed: version {VERSION} is already there, nothing to do")
            return directory
        start = perf_counter()
        # Beside the target, so that the files are renamed and not copied.
        with tempfile.TemporaryDirectory(prefix=f".{directory.name}-", dir=directory.absolute().parent) as draft:
            World(Path(draft), scale, report).build()
            _put_in_place(Path(draft), directory, scale)
        report(f"seed: done in {perf_counter() - start:.1f} s")
    return directory


def ensure_copy(seed: Path, directory: Path, report: Callable[[str], object] = print, *, fresh: bool = False) -> None:
    """Copy a seed to where it may be changed, unless a copy of this seed is there: what was changed in it stays.

    Args:
        seed: Made by `ensure_seed`.
        directory: Made when missing; other files in it stay.
        report: Told what happens.
        fresh: Replace the copy that is there.

    Raises:
        OSError: It cannot be written.
    """
    fingerprint = (seed / _FINGERPRINT).read_text(encoding="utf-8")
    copied = directory / _FINGERPRINT
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory):
        if not fresh and copied.is_file() and copied.read_text(encoding="utf-8") == fingerprint:
            return
        copied.unlink(missing_ok=True)
        for name in _DATABASES:
            for suffix in ("", *_LEFTOVERS):
                (directory / f"{name}{suffix}").unlink(missing_ok=True)
            with closing(sqlite3.connect(seed / name)) as source, closing(sqlite3.connect(directory / name)) as target:
                source.backup(target)
        copied.write_text(fingerprint, encoding="utf-8")
        report(f"seed: copied to {directory}, where it may be changed")


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Wait until no other process seeds this directory. The lock ends with its process, however that ends."""
    with (directory / "seed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_finished(directory: Path, scale: float) -> bool:
    try:
        found = (directory / _FINGERPRINT).read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return found == _fingerprint(scale) and all((directory / name).is_file() for name in _DATABASES)


def _put_in_place(draft: Path, directory: Path, scale: float) -> None:
    # Without the fingerprint nothing counts: it goes first and comes last.
    (directory / _FINGERPRINT).unlink(missing_ok=True)
    for name in _DATABASES:
        for suffix in _LEFTOVERS:
            (directory / f"{name}{suffix}").unlink(missing_ok=True)
        (draft / name).replace(directory / name)
    (draft / _FINGERPRINT).write_text(_fingerprint(scale), encoding="utf-8")
    (draft / _FINGERPRINT).replace(directory / _FINGERPRINT)


def _fingerprint(scale: float) -> str:
    return json.dumps({"version": VERSION, "scale": scale}) + "\n"
