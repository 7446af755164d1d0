"""Where this gateway's time goes: py-spy watches the server process under load and draws a flame graph."""

import subprocess
from threading import Thread

from benchmarks.compare.contender import Contender
from benchmarks.flame.profile import Profile, hot_spots, read_frames, read_parts, titled
from benchmarks.kept import keep
from benchmarks.modes import find_modes
from benchmarks.places import PICTURES, RESULTS, BenchmarkError, program
from benchmarks.queries import Query, customers, our_query
from benchmarks.rig import Rig, machine, rigged
from benchmarks.servers import OURS, SERVERS
from benchmarks.table import table

FILE = RESULTS / "flame.json"
PER_SECOND = 200
PEOPLE = 50
CONCURRENCY = 16
# py-spy needs a moment to begin; the load must last longer than it watches.
MORE_SECONDS = 3.0


def run(seconds: int, query: str) -> str:
    """Draw ``docs/performance/<query>.svg``, write ``benchmarks/results/flame.json``, and return its hot spots.

    Args:
        seconds: How long the server is watched.
        query: Name of what it answers meanwhile.

    Raises:
        BenchmarkError: There is no such query, or py-spy may not watch the process.
    """
    picture = PICTURES / f"{query}.svg"
    PICTURES.mkdir(parents=True, exist_ok=True)
    with rigged() as rig:
        _watch(rig, our_query(query), seconds, str(picture))
    svg = picture.read_text()
    picture.write_text(titled(svg, f"{OURS} answering {query}: {seconds} s at {PER_SECOND} samples a second"))
    samples, spots = hot_spots(read_frames(svg), read_parts())
    profile = Profile(machine.describe(), query, seconds, CONCURRENCY, samples, spots)
    keep(FILE, profile)
    return hot_spots_table(profile)


def hot_spots_table(profile: Profile) -> str:
    """Return a line per part of the code, with the functions that take most of it."""
    lines = [
        [spot.part, f"{spot.share:.1%}", ", ".join(f"{one.name} {one.share:.1%}" for one in spot.functions)]
        for spot in profile.spots
    ]
    return table(["part", "share of the time", "of which"], lines, words=3)


def _watch(rig: Rig, query: Query, seconds: int, picture: str) -> None:
    (mode,) = find_modes("no-cache")
    contender = Contender(rig, SERVERS[OURS], mode, 0)
    try:
        contender.will_ask(query, customers(PEOPLE))
        contender.warm_up(query, 1.0, CONCURRENCY)
        load = Thread(target=contender.measure, args=(query, CONCURRENCY, seconds + MORE_SECONDS))
        load.start()
        options = ["--function", "--duration", str(seconds), "--rate", str(PER_SECOND), "--output", picture]
        command = [program("py-spy"), "record", "--pid", str(contender.running.pid), *options]
        done = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603  our own command
        load.join()
    finally:
        contender.stop()
    if done.returncode:
        raise BenchmarkError(f"py-spy could not watch the server: {done.stderr.strip()[-300:]}")
