"""From py-spy's flame graph to hot spots: which part of the code was at work, and in which functions."""

import html
import re
import tomllib
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct, convert

from benchmarks.rig.machine import Machine

FUNCTIONS = 4
# Below this a part is no hot spot.
LEAST_SHARE = 0.02
PARTS = Path(__file__).parent / "parts.toml"
_FRAME = re.compile(
    r'<g><title>(?P<name>.*?) \((?P<samples>[\d,]+) samples, [^<]*</title><rect [^>]*? y="(?P<y>[\d.]+)"'
    r'[^>]*? fg:x="(?P<x>\d+)" fg:w="(?P<width>\d+)"'
)
_TITLE = re.compile(r'(<text id="title"[^>]*>)[^<]*')


class Function(Struct, frozen=True):
    """A function and its own share of the samples, without what it calls in other parts or functions."""

    name: str
    share: float


class Spot(Struct, frozen=True):
    """A part of the code: its share of the samples, and the functions that have most of it."""

    part: str
    share: float
    functions: list[Function]


class Profile(Struct, frozen=True):
    """A run: ``samples`` were taken in ``seconds`` while ``query`` was answered to ``concurrency`` connections."""

    machine: Machine
    query: str
    seconds: int
    concurrency: int
    samples: int
    spots: list[Spot]


class Part(Struct, frozen=True):
    """A part of the code: its files begin with one of ``paths``; ``words`` say what it does and why that costs time."""

    name: str
    paths: list[str]
    words: str


@dataclass(frozen=True)
class Frame:
    """A box of the flame graph: a function with all that it called, in samples."""

    name: str
    path: str
    depth: float
    start: int
    width: int


def read_parts() -> Sequence[Part]:
    """Return the parts of the code."""
    return convert(tomllib.loads(PARTS.read_text())["part"], list[Part])


def read_frames(svg: str) -> Sequence[Frame]:
    """Return the boxes of a flame graph, callers before what they call."""
    frames = []
    for found in _FRAME.finditer(svg):
        name, _, place = html.unescape(found["name"]).rpartition(" (")
        path = place.rstrip(")").partition(":")[0]
        frames.append(Frame(name or path, path, float(found["y"]), int(found["x"]), int(found["width"])))
    return sorted(frames, key=lambda frame: (frame.depth, frame.start))


def titled(svg: str, title: str) -> str:
    """Return the graph under another title; py-spy's own is its command line."""
    return _TITLE.sub(lambda found: found[1] + html.escape(title), svg, count=1)


def hot_spots(frames: Sequence[Frame], parts: Sequence[Part]) -> tuple[int, list[Spot]]:
    """Return the number of samples, and the parts by their share; what is no part's counts for its caller's."""
    own: dict[str, Counter[str]] = defaultdict(Counter)
    callers: Mapping[float, list[tuple[Frame, str]]] = defaultdict(list)
    depths = sorted({frame.depth for frame in frames})
    above = dict(zip(depths[1:], depths, strict=False))
    for frame in frames:
        caller = _caller(frame, callers[above[frame.depth]]) if frame.depth in above else None
        part = _part(frame, parts) or (caller[1] if caller else "others")
        callers[frame.depth].append((frame, part))
        own[part][frame.name] += frame.width
        if caller:
            own[caller[1]][caller[0].name] -= frame.width
    total = sum(counter.total() for counter in own.values())
    spots = [_spot(part, counter, total) for part, counter in own.items() if counter.total() >= LEAST_SHARE * total]
    return total, sorted(spots, key=lambda spot: -spot.share)


def _caller(frame: Frame, candidates: Sequence[tuple[Frame, str]]) -> tuple[Frame, str] | None:
    place = bisect_right(candidates, frame.start, key=lambda one: one[0].start) - 1
    return candidates[place] if place >= 0 else None


def _part(frame: Frame, parts: Sequence[Part]) -> str | None:
    return next((part.name for part in parts if frame.path.startswith(tuple(part.paths))), None)


def _spot(part: str, counter: Counter[str], total: int) -> Spot:
    most = [(name, count) for name, count in counter.most_common(FUNCTIONS) if count > 0]
    functions = [Function(name, round(count / total, 4)) for name, count in most]
    return Spot(part, round(counter.total() / total, 4), functions)
