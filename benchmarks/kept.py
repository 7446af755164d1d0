"""The files in ``benchmarks/results``: what one command leaves for another, as JSON."""

from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")


def keep(file: Path, found: object) -> None:
    """Write a file that both people and machines can read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


def read(file: Path, kind: type[T]) -> T | None:
    """Return what a file holds; None where no run has left it yet."""
    return msgspec.json.decode(file.read_bytes(), type=kind) if file.exists() else None
